//! What was found damaged: gaps between records, and what lies in them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use crate::enter::{first_of_block, is_data};
use crate::stream::{Header, RecordType};

/// How many gaps of a stream are got over; behind more of them all is lost.
const MOST_GAPS: usize = 1024;
/// How many words are remembered that were put right.
const MOST_WORDS: usize = 4096;
/// How many dnodes are in a block.
const DNODES: u64 = 32;

/// An object, and where in it: 0 is its OBJECT record, 1 what else is told of it, and data at an offset is two more than that.
pub type RecordPlace = (u64, u64);

/// Where a record lies.
pub fn place_of(kind: RecordType, header: &Header) -> RecordPlace {
    let object = header.u64(8);
    match kind {
        RecordType::End => (u64::MAX, u64::MAX),
        RecordType::Object | RecordType::FreeObjects | RecordType::ObjectRange => (object, 0),
        _ if !is_data(kind, header) || header.beyond_files(kind).is_some() => (object, 1),
        RecordType::Write => (object, header.u64(24).saturating_add(2)),
        _ => (object, header.u64(16).saturating_add(2)),
    }
}

/// Where a gap ends at most before this record. A spill block may come behind the data of its object.
pub fn end_before(kind: RecordType, header: &Header) -> RecordPlace {
    match (kind, place_of(kind, header)) {
        (RecordType::Spill | RecordType::WriteEmbedded, (object, 1)) => (object, u64::MAX),
        (_, place) => place,
    }
}

/// What lies from one place up to another one of a stream may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamGap {
    pub stream: usize,
    pub from: RecordPlace,
    pub end: RecordPlace,
}

/// What an object may have lost.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Something that is told of it: its attributes.
    pub told: bool,
    /// Data, in these places.
    pub data: Vec<Range<u64>>,
}

/// What was found damaged in a chain, by whoever reads it.
#[derive(Debug, Clone, Default)]
pub struct Damage(Rc<RefCell<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    gaps: BTreeSet<StreamGap>,
    /// Where words were put right.
    words: BTreeSet<(usize, RecordPlace)>,
    /// Streams of which each block of dnodes is told of before its data, as of OpenZFS before 2.0.
    by_blocks: BTreeSet<usize>,
    /// Objects with names some of which cannot be read.
    named: BTreeSet<u64>,
    /// Streams behind whose end there is more.
    followed: BTreeSet<usize>,
}

impl Damage {
    /// Notes a gap.
    pub fn note_gap(&self, gap: StreamGap) {
        self.0.borrow_mut().gaps.insert(gap);
    }

    /// Notes a block that is there and cannot be unpacked, by its place in its object.
    pub fn note_block(&self, stream: usize, object: u64, place: Range<u64>) {
        let [from, end] = [place.start, place.end].map(|at| (object, at.saturating_add(2)));
        self.note_gap(StreamGap { stream, from, end });
    }

    /// Whether one more gap is got over.
    pub fn may_go_on(&self, stream: usize) -> bool {
        let noted = self.0.borrow();
        noted.gaps.iter().filter(|gap| gap.stream == stream).count() < MOST_GAPS
    }

    /// Notes that a word was put right near this place.
    pub fn note_word(&self, stream: usize, place: RecordPlace) {
        let words = &mut self.0.borrow_mut().words;
        if words.len() < MOST_WORDS {
            words.insert((stream, place));
        }
    }

    /// Notes which record follows which.
    pub fn note_place(&self, stream: usize, last: RecordPlace, next: RecordPlace) {
        if next.0 < last.0 && next.1 > 1 {
            self.0.borrow_mut().by_blocks.insert(stream);
        }
    }

    /// Notes an object not all of whose names can be read.
    pub fn note_names(&self, object: u64) {
        self.0.borrow_mut().named.insert(object);
    }

    /// Notes that something follows the end of a stream.
    pub fn note_followed(&self, stream: usize) {
        self.0.borrow_mut().followed.insert(stream);
    }

    /// Whether something does.
    pub fn is_followed(&self, stream: usize) -> bool {
        self.0.borrow().followed.contains(&stream)
    }

    /// Whether not all of its names can be read.
    pub fn has_lost_names(&self, object: u64) -> bool {
        self.0.borrow().named.contains(&object)
    }

    /// How many words of a stream were put right, and how many gaps are left.
    pub fn of_stream(&self, stream: usize) -> (usize, usize) {
        let noted = self.0.borrow();
        let words = noted.words.iter().filter(|(of, _)| *of == stream);
        let gaps = noted.gaps.iter().filter(|gap| gap.stream == stream);
        (words.count(), gaps.count())
    }

    /// What an object may have lost whose content seems to begin in this stream.
    pub fn of(&self, object: u64, born: usize) -> Lost {
        let noted = self.0.borrow();
        let mut lost = Lost::default();
        for gap in &noted.gaps {
            let (from, end) = match noted.by_blocks.contains(&gap.stream) {
                true => gap.in_whole_blocks(),
                false => (gap.from, gap.end),
            };
            let first = if from.0 == object { from.1 } else { 0 };
            // It may have been born where that was not seen.
            let matters = gap.stream >= born || first == 0;
            if from.0 > object || end <= (object, 0) || !matters {
                continue;
            }
            let mut behind = if end.0 == object { end.1 } else { u64::MAX };
            if first < 2 && gap.stream != born {
                // What is told of it may have freed any of its data.
                behind = u64::MAX;
            }
            lost.told |= first == 0;
            let data = first.saturating_sub(2)..behind.saturating_sub(2);
            lost.data.extend((!data.is_empty()).then_some(data));
        }
        lost
    }
}

impl StreamGap {
    fn in_whole_blocks(&self) -> (RecordPlace, RecordPlace) {
        let behind = first_of_block(self.end.0).saturating_add(DNODES);
        ((first_of_block(self.from.0), 0), (behind, 0))
    }
}
