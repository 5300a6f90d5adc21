//! The contents of files, out of the streams in which they stand.
//!
//! Responsible for reading no stream that has nothing of them, none further than they go, and for giving no block before the
//! checksum behind it has held. (Streams of old zfs have one at their end only: it has held when the names were read, and
//! such a stream is read to its end again.) Nothing is kept but one block. Not responsible for where the bytes go.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::Read;

use super::parts::{LEAP_BYTES, Parts};
use super::{StreamChain, StreamLink};
use crate::block::record::{self as block, Block};
use crate::enter::{first_of_block, is_data};
use crate::error::{Error, Result};
use crate::files::{Tree, unread};
use crate::order::gathered;
use crate::salvage::Damage;
use crate::stream::{Header, RecordType, Records};
use crate::terminal::plain;

/// A part of a content. Later ones count before those that came before them; what none has is zero.
pub struct ContentPiece<'a> {
    /// The number of the object.
    pub object: u64,
    /// Where it begins in the object.
    pub offset: u64,
    /// What is there.
    pub what: What<'a>,
}

/// What is there from some place on.
pub enum What<'a> {
    /// These bytes.
    Data(&'a [u8]),
    /// Nothing any more, for so many bytes, which may be much more than the file has.
    Hole(u64),
}

/// Where damage is noted, and which stream of its chain it is in.
type Noted<'a> = Option<(&'a Damage, usize)>;

/// Who takes the pieces.
pub type Give<'g> = &'g mut dyn FnMut(ContentPiece<'_>) -> Result<()>;

/// The streams that have to be read once more for the contents of these objects, by their places in the chain.
pub fn streams(tree: &Tree, wanted: &BTreeSet<u64>) -> BTreeSet<usize> {
    let ranges = wanted.iter().filter_map(|&object| tree.streams_of(object));
    gathered(ranges.flat_map(|(first, last)| first as usize..=last as usize))
}

/// Gives the contents of these objects, in the order of the streams and in each by object and offset. What fails where they go
/// is no stream's fault, and does not bear its name.
pub fn give(
    chain: &StreamChain<'_>,
    tree: &Tree,
    wanted: &BTreeSet<u64>,
    give: Give<'_>,
) -> Result<()> {
    let is_taken = Cell::new(true);
    let mut taking = |piece: ContentPiece<'_>| {
        let taken = give(piece);
        is_taken.set(taken.is_ok());
        taken
    };
    read(
        (chain, tree),
        wanted,
        &mut taking,
        |link, error| match is_taken.get() {
            true => error.about(plain(&link.name)),
            false => error,
        },
    )
}

/// `named` puts the stream to an error in whose place it has come up.
fn read(
    (chain, tree): (&StreamChain<'_>, &Tree),
    wanted: &BTreeSet<u64>,
    give: Give<'_>,
    named: impl Fn(&StreamLink<'_>, Error) -> Error,
) -> Result<()> {
    let streams = streams(tree, wanted);
    for (place, link) in chain.links.iter().enumerate() {
        if !streams.contains(&place) {
            continue;
        }
        let has = |object: &&u64| {
            let range = tree.streams_of(**object);
            range.is_some_and(|(first, last)| (first..=last).contains(&(place as u32)))
        };
        let wanted: BTreeSet<u64> = wanted.iter().filter(has).copied().collect();
        let damage = chain.damage.as_ref().map(|damage| (damage, place));
        let given = match &link.parts {
            Some(parts) => {
                let was = |object: &u64| {
                    tree.streams_of(*object)
                        .is_some_and(|it| (it.0 as usize) < place)
                };
                let before: Vec<u64> = wanted.iter().copied().filter(was).collect();
                in_parts((link, parts), wanted, &before, (damage, give))
            }
            None => (link.open)()
                .and_then(|stream| one(stream, &wanted, None, (damage, give)).map(drop)),
        };
        given.map_err(|error| named(link, error))?;
    }
    Ok(())
}

/// The same with leaps over what is not wanted. Where those end that were there before may be told far from their data.
fn in_parts(
    (link, parts): (&StreamLink<'_>, &Parts<'_>),
    mut wanted: BTreeSet<u64>,
    before: &[u64],
    (damage, give): (Noted<'_>, Give<'_>),
) -> Result<()> {
    for &object in before {
        let Ok(end) = parts.end_of(object)? else {
            return one((link.open)()?, &wanted, None, (damage, give)).map(drop);
        };
        if let Some(end) = end {
            Held::Hole(object, end, u64::MAX - end).give(give)?;
        }
    }
    while let Some(first) = wanted.first().copied() {
        let entry = parts.excerpts.borrow_mut().content(first)?;
        let (stream, leap_bytes) = match entry {
            Ok(entry) => ((parts.enter)(entry)?, Some(LEAP_BYTES)),
            Err(_) => ((link.open)()?, None),
        };
        match one(stream, &wanted, leap_bytes, (damage, give))? {
            Some(next) => wanted = wanted.split_off(&next),
            None => break,
        }
    }
    Ok(())
}

/// What one stream has of them; or the next one, when so much was read over behind the first.
fn one(
    stream: impl Read,
    wanted: &BTreeSet<u64>,
    leap_bytes: Option<u64>,
    (damage, give): (Noted<'_>, Give<'_>),
) -> Result<Option<u64>> {
    let first = wanted.first().copied().unwrap_or_default();
    let last = wanted.last().copied().unwrap_or_default();
    let mut over_bytes = 0;
    let mut records = Records::new(stream);
    let mut held: Option<Held> = None;
    while let Some((kind, header)) = records.next().map_err(unread)? {
        if let Some(held) = held.take() {
            held.give(give)?;
        }
        let proved = header.sums() != [0; 4];
        if proved && is_behind(kind, &header, last) {
            return Ok(None);
        }
        let object = header.u64(8);
        if object > first && is_data(kind, &header) {
            over_bytes += records.payload_left();
        }
        let is_wanted = wanted.contains(&object);
        if is_wanted {
            over_bytes = 0;
        } else if leap_bytes.is_some_and(|most| over_bytes > most) {
            return Ok(wanted.range(object..).next().copied());
        }
        held = match kind {
            RecordType::Write | RecordType::WriteEmbedded if is_wanted => {
                let payload = block::payload_of(&mut records).map_err(unread)?;
                let block = block::of(kind, &header, payload).map(Held::Data);
                Some(block.or_else(|problem| left_out(kind, &header, damage, problem))?)
            }
            RecordType::Free if is_wanted => {
                Some(Held::Hole(header.u64(8), header.u64(16), header.u64(24)))
            }
            _ => None,
        };
    }
    held.map_or(Ok(()), |held| held.give(give))?;
    Ok(None)
}

/// In the place of a block that nobody can unpack, though its checksum holds: nothing, where damage is noted.
fn left_out(kind: RecordType, header: &Header, damage: Noted<'_>, problem: String) -> Result<Held> {
    let place = block::place_of(kind, header);
    let object = header.u64(8);
    match damage {
        Some((damage, stream)) if damage.may_go_on(stream) => {
            damage.note_block(stream, object, place.clone());
            let bytes = place.end.saturating_sub(place.start);
            Ok(Held::Hole(object, place.start, bytes))
        }
        _ => Err(Error::refused(format!("object {object}: {problem}"))),
    }
}

/// Data comes by the numbers of its objects. What else is told of objects comes before that of each, but of OpenZFS before 2.0
/// before that of all in the same block of dnodes.
fn is_behind(kind: RecordType, header: &Header, last: u64) -> bool {
    let object = header.u64(8);
    let to_the_end = || header.u64(16).saturating_add(header.u64(24)) == u64::MAX;
    match kind {
        RecordType::Object => first_of_block(object) > last,
        RecordType::Free if to_the_end() => first_of_block(object) > last,
        RecordType::Write | RecordType::WriteEmbedded | RecordType::Free => object > last,
        _ => false,
    }
}

/// A piece that the next checksum proves.
enum Held {
    Data(Block),
    Hole(u64, u64, u64),
}

impl Held {
    fn give(self, give: Give<'_>) -> Result<()> {
        let (object, offset, what) = match &self {
            Self::Data(block) => (block.object, block.offset, What::Data(&block.bytes)),
            &Self::Hole(object, offset, bytes) => (object, offset, What::Hole(bytes)),
        };
        give(ContentPiece {
            object,
            offset,
            what,
        })
    }
}
