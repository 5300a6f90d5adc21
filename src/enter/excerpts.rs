//! Places in a stored stream from which single objects are read.
//!
//! Responsible for finding a place at which, or shortly before which, something begins, by halves, and for what was seen on the
//! way: later searches begin with it. A place only has to lie before what is wanted, and is proved; what is wanted may be
//! missing. Not responsible for what is read from there.

use super::finder::Spot;
use super::goal::Goal;
use super::look::{Look, Sight};
use super::opening::Opening;
use super::packing::Packing;
use super::proof::Proved;
use super::quest::SeenRecord;
use super::{Bounds, Entry, Found, ObjectFacts, Ranges};
use crate::codec::Compressor;
use crate::error::Result;
use crate::size::MIB;
use crate::stream::Header;

/// How many places are remembered.
const MOST_SEEN: usize = 4096;

/// A stored stream that can be entered.
pub struct Excerpts<'a> {
    look: Look<'a>,
    compressor: Compressor,
    /// BEGIN and its list.
    head: Vec<u8>,
    begin: Header,
    size_bytes: u64,
    /// In the order of their places; the beginning is among them.
    seen: Vec<Seen>,
}

/// What was seen from some place on: the first record and the last.
struct Seen {
    at: u64,
    /// Up to here it was looked.
    end: u64,
    records: [Proved; 2],
}

impl<'a> Excerpts<'a> {
    /// Looks at the beginning of the object, and whether it can be entered behind it.
    pub fn open(object: &ObjectFacts, ranges: Ranges<'a>) -> Result<Found<Self>> {
        Self::open_within(Bounds::of_excerpts(object), object, ranges)
    }

    /// The same within other bounds.
    pub fn open_within(
        bounds: Bounds,
        object: &ObjectFacts,
        mut ranges: Ranges<'a>,
    ) -> Result<Found<Self>> {
        let mut first = vec![0; bounds.head_bytes.min(object.size_bytes) as usize];
        ranges(0, &mut first)?;
        let compressor = object.compressor.or_else(|| Compressor::of_bytes(&first));
        let compressor = compressor.unwrap_or(Compressor::None);
        let Some(packing) = Packing::of(compressor, &first) else {
            return Ok(Err("its data can be read from its beginning only"));
        };
        let bytes = packing.unpacked(&first, MIB);
        let (Some((head, records)), Some(begin)) = (Opening::of(&bytes), bytes.first_chunk())
        else {
            return Ok(Err("its records carry no checksums of their own"));
        };
        let begin = Header {
            bytes: *begin,
            order: head.marks.order,
        };
        let mut excerpts = Self {
            look: Look::new(ranges, packing, head.marks, object.size_bytes, bounds),
            compressor,
            head: head.bytes,
            begin,
            size_bytes: object.size_bytes,
            seen: Vec::new(),
        };
        let start = Sight {
            at: 0,
            bytes,
            seeming_at: 0,
            records,
        };
        excerpts.note(&start, first.len() as u64);
        Ok(Ok(excerpts))
    }

    /// The BEGIN record.
    pub fn begin(&self) -> &Header {
        &self.begin
    }

    /// The first place at or behind this one at which there are records; none if there are no more. The first of them is not
    /// proved, but what follows from it is.
    pub fn behind(&mut self, mut at: u64) -> Result<Option<Entry>> {
        while at < self.size_bytes {
            self.look.begin();
            let sight = self.look.at(at, None)?;
            let seeming = sight.and_then(|sight| {
                let mut record = sight.records.first()?.clone();
                record.at = sight.seeming_at;
                Some(SeenRecord {
                    at: sight.at,
                    record,
                })
            });
            if let Some(seeming) = seeming {
                return Ok(Some(self.entry(&seeming)));
            }
            at = at.saturating_add(self.look.step_bytes());
        }
        Ok(None)
    }

    fn entry(&self, before: &SeenRecord) -> Entry {
        Entry {
            compressor: self.compressor,
            head: self.head.clone(),
            spot: Spot::of(before, Vec::new(), self.look.is_plain()),
        }
    }

    /// A place before the first record that tells of this object or a later one, and shortly before it.
    pub fn object(&mut self, object: u64) -> Result<Found<Entry>> {
        self.search(&Goal::Object(object))
    }

    /// A place before the first data of this object or a later one, and shortly before it.
    pub fn content(&mut self, object: u64) -> Result<Found<Entry>> {
        self.search(&Goal::Content(object))
    }

    fn search(&mut self, goal: &Goal) -> Result<Found<Entry>> {
        let astray = Ok(Err("its records were not found where they should be"));
        let Some((mut before, mut behind_at)) = self.between(goal) else {
            return astray;
        };
        self.look.begin();
        while behind_at.saturating_sub(before.at) > self.look.window_bytes() {
            if !self.look.may_look() {
                return astray;
            }
            let at = before.at.midpoint(behind_at);
            let sight = self.look.at(at, None)?;
            let Some(sight) = sight.filter(|sight| sight.at < behind_at) else {
                behind_at = at;
                continue;
            };
            self.note(&sight, at.saturating_add(self.look.window_bytes()));
            let place = goal.place_of(&sight.records);
            match place.last.and_then(|last| sight.records.get(last)) {
                Some(record) => {
                    let (at, record) = (sight.at, record.clone());
                    before = SeenRecord { at, record };
                    if place.reached {
                        break;
                    }
                }
                None => behind_at = at,
            }
        }
        Ok(Ok(self.entry(&before)))
    }

    /// The last record before the goal that was seen, and where something behind it was.
    fn between(&self, goal: &Goal) -> Option<(SeenRecord, u64)> {
        let mut before = None;
        let mut behind_at = self.size_bytes;
        for seen in &self.seen {
            let place = goal.place_of(&seen.records);
            // Nothing comes before the first record of the stream.
            if place.last.is_some() || before.is_none() {
                before = Some((seen, place.last.unwrap_or_default()));
            }
            if place.reached {
                behind_at = match place.last {
                    Some(_) => seen.end,
                    None => seen.at,
                };
                break;
            }
        }
        let (seen, place) = before?;
        let record = seen.records.get(place)?.clone();
        let at = seen.at;
        Some((SeenRecord { at, record }, behind_at))
    }

    fn note(&mut self, sight: &Sight, end: u64) {
        let (Some(first), Some(last)) = (sight.records.first(), sight.records.last()) else {
            return;
        };
        let place = self.seen.partition_point(|seen| seen.at < sight.at);
        let known = self.seen.get(place).is_some_and(|seen| seen.at == sight.at);
        if !known && self.seen.len() < MOST_SEEN {
            let (at, end) = (sight.at, end.min(self.size_bytes));
            let records = [first.clone(), last.clone()];
            self.seen.insert(place, Seen { at, end, records });
        }
    }
}
