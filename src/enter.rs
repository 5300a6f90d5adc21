//! Where a stored object is entered for the rest of its stream: near the point of a token, so that what was received is not fetched
//! again.
//!
//! Responsible for finding a record before the point by a few small ranges of the object, and for proving it: by the checksums that
//! records carry. Whatever cannot be found or proved costs no more than that all is fetched. Not responsible for the object's
//! transfer ([`crate::download`]), nor for which records the receiver gets ([`crate::resume`]).

mod excerpts;
mod facts;
mod finder;
#[cfg(fuzzing)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub mod fuzz;
mod goal;
mod look;
mod opening;
mod packing;
mod proof;
mod quest;
#[cfg(test)]
mod tests;

use std::io::{self, Chain, Cursor, Read};
use std::sync::{Arc, OnceLock};

pub use excerpts::Excerpts;
use facts::LEAST_BYTES;
pub use facts::{Bounds, ObjectFacts};
use finder::{Finder, Spot};
pub use goal::{first_of_block, is_data};
use look::{Look, Sight};
use opening::Opening;
use packing::Packing;

use crate::codec::Compressor;
use crate::error::{Error, Result};
use crate::resume::Token;
use crate::size::MIB;
use crate::stream::{Check, Checked, EMBEDDED, RAW, StreamSummary, Sums};

/// Fills a buffer with the bytes of the object from an offset on.
pub type Ranges<'a> = Box<dyn FnMut(u64, &mut [u8]) -> Result<()> + 'a>;
/// What was found, or in words why it was not.
pub type Found<T> = std::result::Result<T, &'static str>;
/// BEGIN, records from before the place, and what follows from there, checked.
pub type Entered<R> = Chain<Cursor<Vec<u8>>, Checked<R>>;
/// Where the report will be once end of file was reached.
pub type LateSummary = Arc<OnceLock<StreamSummary>>;

/// Where the rest of a stream begins.
pub struct Entry {
    /// What undoes the compression of the object.
    pub compressor: Compressor,
    /// BEGIN and its list.
    head: Vec<u8>,
    spot: Spot,
}

/// What has come of looking for it.
pub struct Looked {
    pub entry: Found<Entry>,
    /// How much was fetched for that.
    pub spent_bytes: u64,
}

impl Looked {
    /// What was not looked for, and why.
    pub fn in_vain(why: &'static str, spent_bytes: u64) -> Self {
        let entry = Err(why);
        Self { entry, spent_bytes }
    }
}

const TOO_LITTLE: &str = "too little of it was received";

/// Looks for the place at which to enter the object for the rest of the token's stream. If there is none, all has to be fetched.
pub fn find(object: &ObjectFacts, token: &Token, ranges: Ranges<'_>) -> Result<Looked> {
    let limits = Bounds::of(object, token.bytes);
    if limits.most_bytes < LEAST_BYTES {
        return Ok(Looked::in_vain(TOO_LITTLE, 0));
    }
    let Looked { entry, spent_bytes } = find_within(limits, object, token, ranges)?;
    let worth = |entry: Entry| match entry.at() > spent_bytes {
        true => Ok(entry),
        false => Err(TOO_LITTLE),
    };
    let entry = entry.and_then(worth);
    Ok(Looked { entry, spent_bytes })
}

fn find_within(
    limits: Bounds,
    object: &ObjectFacts,
    token: &Token,
    mut ranges: Ranges<'_>,
) -> Result<Looked> {
    let head_bytes = limits.head_bytes.min(object.size_bytes);
    let mut first = vec![0; head_bytes as usize];
    ranges(0, &mut first)?;
    let compressor = object.compressor.or_else(|| Compressor::of_bytes(&first));
    let compressor = compressor.unwrap_or(Compressor::None);
    let (packing, head, start) = match begun(compressor, &first, object, token) {
        Ok(begun) => begun,
        Err(why) => return Ok(Looked::in_vain(why, head_bytes)),
    };
    let look = Look::new(ranges, packing, head.marks, object.size_bytes, limits);
    let mut finder = Finder::new(look, object, token, &start);
    let spot = finder.find(head.features & RAW != 0)?;
    Ok(Looked {
        spent_bytes: finder.spent_bytes() + head_bytes,
        entry: spot.map(|spot| Entry {
            compressor,
            head: head.bytes,
            spot,
        }),
    })
}

/// What the first bytes of the object tell.
fn begun(
    compressor: Compressor,
    first: &[u8],
    object: &ObjectFacts,
    token: &Token,
) -> Found<(Packing, Opening, Sight)> {
    let packing = Packing::of(compressor, first);
    let packing = packing.ok_or("its data can be read from its beginning only")?;
    let bytes = packing.unpacked(first, MIB);
    let opening = Opening::of(&bytes).filter(|(head, _)| head.marks.toguid == token.toguid);
    let (head, records) = opening
        .ok_or("its first bytes are not those of a stream of that snapshot with checksums")?;
    if head.features & EMBEDDED != 0 && !object.looked_at {
        return Err("zfs may have lost spill blocks of what was received");
    }
    let start = Sight {
        at: 0,
        bytes,
        seeming_at: 0,
        records,
    };
    Ok((packing, head, start))
}

impl Entry {
    /// Where in the object it is fetched from.
    pub fn at(&self) -> u64 {
        self.spot.at
    }

    /// BEGIN and its list, the rest out of what the object holds from there on, unpacked, and the checksum of all before that.
    pub fn rest<R: Read>(self, mut source: R) -> Result<(Vec<u8>, R, Sums)> {
        let Self { head, spot, .. } = self;
        let skipped = source.by_ref().take(spot.skip_bytes);
        let skipped = io::copy(&mut { skipped }, &mut io::sink());
        skipped.map_err(|error| Error::io("read the object", error))?;
        Ok((head, source, spot.sums))
    }

    /// The stream for [`crate::resume::rest_of`], out of what the object holds from there on, unpacked. Behind BEGIN the check goes
    /// on as in a whole stream.
    pub fn stream<R: Read>(mut self, source: R, check: Check) -> Result<(Entered<R>, LateSummary)> {
        let records = std::mem::take(&mut self.spot.records);
        let (head, source, sums) = self.rest(source)?;
        let check = check.entered(&head, sums)?;
        let checked = Checked::new(source, check);
        let verdict = checked.report();
        let before = [head, records].concat();
        Ok((Cursor::new(before).chain(checked), verdict))
    }
}
