//! What can be seen of a stream from a place of its object on, by a range of that or a few.
//!
//! Responsible for bounds: of bytes, of ranges, and of memory, whatever the object holds. Not responsible for where to look
//! ([`super::quest`]).

use super::goal::Need;
use super::packing::Packing;
use super::proof::{Marks, Proved, records_in};
use super::{Bounds, Ranges};
use crate::error::Result;

/// How often an object is looked into. Some ten suffice where the first guess is not far off.
const LOOKS: u32 = 48;
/// How often nothing may be found in the longest window: then the pieces are longer than that, or there is only one.
const MISSES: u32 = 2;

/// Records that were proved, in a piece of the object.
pub struct Sight {
    /// Where in the object the piece begins.
    pub at: u64,
    /// What comes out of it from there.
    pub bytes: Vec<u8>,
    /// Where in that the record before them begins.
    pub seeming_at: usize,
    pub records: Vec<Proved>,
}

impl Sight {
    /// The bytes of what is needed, behind so many records. A payload is proved by the record that follows.
    pub fn told(&self, need: Need, behind: usize) -> Option<Vec<u8>> {
        let behind = self.records.get(behind..)?;
        let at = behind.iter().position(|record| need.begins_with(record))?;
        let (first, rest) = behind.get(at..)?.split_first()?;
        let next = rest.iter().find(|record| !need.goes_on_with(record))?;
        self.bytes.get(first.at..next.at).map(<[u8]>::to_vec)
    }
}

/// Looks into one object.
pub struct Look<'a> {
    ranges: Ranges<'a>,
    packing: Packing,
    marks: Marks,
    size_bytes: u64,
    /// How much is looked at in one place, as far as is known by now.
    window_bytes: u64,
    /// How much more may be fetched.
    left_bytes: u64,
    spent_bytes: u64,
    looks: u32,
    misses: u32,
}

impl<'a> Look<'a> {
    pub fn new(
        ranges: Ranges<'a>,
        packing: Packing,
        marks: Marks,
        size_bytes: u64,
        limits: Bounds,
    ) -> Self {
        Self {
            ranges,
            packing,
            marks,
            size_bytes,
            window_bytes: limits.window_bytes,
            left_bytes: limits.most_bytes,
            spent_bytes: 0,
            looks: 0,
            misses: 0,
        }
    }

    /// Whether the stream lies in the object as it is.
    pub fn is_plain(&self) -> bool {
        self.packing == Packing::None
    }

    /// How much of the stream is in a piece of the object.
    pub fn piece_bytes(&self) -> u64 {
        self.packing.piece_bytes()
    }

    /// How much is looked at in one place.
    pub fn window_bytes(&self) -> u64 {
        self.window_bytes
    }

    /// How far it is from a place where nothing is to the next one, so that every record that is common lies whole in a window.
    pub fn step_bytes(&self) -> u64 {
        self.packing.window_bytes() / 2
    }

    /// Begins anew to look for something.
    pub fn begin(&mut self) {
        (self.looks, self.misses) = (0, 0);
    }

    /// How much was fetched.
    pub fn spent_bytes(&self) -> u64 {
        self.spent_bytes
    }

    pub fn may_look(&self) -> bool {
        self.looks < LOOKS && self.misses < MISSES && self.left_bytes >= self.window_bytes
    }

    /// What can be seen from there on: in so many bytes, or in as few as there have to be.
    pub fn at(&mut self, at: u64, bytes: Option<u64>) -> Result<Option<Sight>> {
        self.looks += 1;
        let most_bytes = self.packing.window_bytes();
        let mut wanted = bytes.unwrap_or(self.window_bytes).min(most_bytes);
        let mut window = Vec::new();
        while self.widen(at, &mut window, wanted)? {
            if let Some(sight) = self.seen(at, &window) {
                if bytes.is_none() {
                    self.window_bytes = wanted;
                }
                return Ok(Some(sight));
            }
            if wanted == most_bytes {
                self.misses += 1;
                break;
            }
            wanted = (wanted + wanted / 2).min(most_bytes);
        }
        Ok(None)
    }

    /// Fetches what is missing of a window from there on, if there is more, and it may be had.
    fn widen(&mut self, at: u64, window: &mut Vec<u8>, wanted: u64) -> Result<bool> {
        let had = window.len() as u64;
        let end = at.saturating_add(wanted).min(self.size_bytes);
        let more = end.saturating_sub(at.saturating_add(had));
        if more == 0 || more > self.left_bytes {
            return Ok(false);
        }
        window.resize((had + more) as usize, 0);
        self.left_bytes -= more;
        self.spent_bytes += more;
        let into = window.get_mut(had as usize..).unwrap_or_default();
        (self.ranges)(at + had, into)?;
        Ok(true)
    }

    fn seen(&self, at: u64, window: &[u8]) -> Option<Sight> {
        self.packing.first(window, |place, bytes| {
            let (seeming_at, records) = records_in(&bytes, self.marks);
            (!records.is_empty()).then(|| Sight {
                at: at + place as u64,
                bytes: bytes.into_owned(),
                seeming_at,
                records,
            })
        })
    }
}
