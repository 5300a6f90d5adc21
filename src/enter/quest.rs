//! The narrowing of one place between two others in an object: in growing steps from a guess until it is enclosed, then by halves.
//!
//! Responsible for where to look next, and for what is taken of what is seen there: it lies before the place, or is nothing. Not
//! responsible for looking ([`super::look`]).

use super::facts::LEAST_BYTES;
use super::goal::{Goal, Need, Whereabouts};
use super::look::Sight;
use super::proof::Proved;

/// Of the object, so much is near enough to the place.
const NEAR_SHARE: u64 = 256;
/// Of the object, so much is too much for one more look that only confirms what was expected.
const DEAR_SHARE: u64 = 64;
/// How often the nearest piece is read on for what is needed whole, each time four times as far.
const READS: u32 = 4;

/// A record, and where the piece of the object begins in which it was seen.
#[derive(Clone)]
pub struct SeenRecord {
    pub at: u64,
    pub record: Proved,
}

/// What is looked for, and between which places it lies.
pub struct Quest {
    goal: Goal,
    need: Option<Need>,
    size_bytes: u64,
    /// Where the place should be.
    expected: Option<u64>,
    /// Where the last piece begins that lies before the place, and where the first is that does not.
    low: u64,
    high: u64,
    /// The last record before the place; none where that comes first in the stream.
    last: Option<SeenRecord>,
    /// The first record behind it was seen, too.
    reached: bool,
    /// What is needed, once it was seen.
    told: Option<Vec<u8>>,
    /// Where to look next while the place is not enclosed, and how far to go from there.
    at: u64,
    step: u64,
    enclosed: (bool, bool),
    reads: u32,
}

impl Quest {
    pub fn new(goal: Goal, need: Option<Need>, size_bytes: u64) -> Self {
        Self {
            goal,
            need,
            size_bytes,
            expected: None,
            low: 0,
            high: size_bytes,
            last: None,
            reached: false,
            told: None,
            at: 0,
            step: 0,
            enclosed: (false, false),
            reads: 0,
        }
    }

    /// The last record before the place.
    pub fn last(&self) -> Option<&SeenRecord> {
        self.last.as_ref()
    }

    /// What is needed.
    pub fn told(&self) -> Option<&[u8]> {
        self.told.as_deref()
    }

    /// Says where the place should be.
    pub fn expect(&mut self, at: u64) {
        self.expected = Some(at);
    }

    /// Begins to look there.
    pub fn begin(&mut self, guess: u64) {
        (self.at, self.step) = (guess, 0);
        self.enclosed = (false, false);
    }

    /// Where to look next and, if that is known, how much there, when a look takes about so much; nothing when it is found, or so
    /// near that it is not worth more.
    pub fn next(&mut self, window_bytes: u64) -> Option<(u64, Option<u64>)> {
        let done = match self.need {
            None => self.is_near(window_bytes),
            Some(_) => self.told.is_some() || self.reads == READS,
        };
        if done {
            return None;
        }
        let gap = self.high.saturating_sub(self.low);
        let is_next = self.reached
            || gap <= window_bytes.saturating_mul(2)
            || self.reads == 0 && self.at <= self.low.saturating_add(window_bytes);
        if self.need.is_none() || !is_next {
            return Some((self.between(window_bytes), None));
        }
        self.reads += 1;
        Some((self.low, Some(LEAST_BYTES << (2 * self.reads - 1))))
    }

    fn is_near(&self, window_bytes: u64) -> bool {
        let gap = self.high.saturating_sub(self.low);
        let near = (self.size_bytes / NEAR_SHARE).max(window_bytes.saturating_mul(2));
        let is_dear = window_bytes > self.size_bytes / DEAR_SHARE;
        let range = self.low..=self.low.saturating_add(near);
        let as_expected = |at: u64| self.enclosed.0 && range.contains(&at);
        self.reached || gap <= near || is_dear && self.expected.is_some_and(as_expected)
    }

    fn between(&mut self, window_bytes: u64) -> u64 {
        let at = match self.enclosed {
            (false, false) => self.at.max(self.low.saturating_add(window_bytes)),
            (true, false) => self.at.saturating_add(self.step),
            (false, true) => self.at.saturating_sub(self.step),
            (true, true) => self.low,
        };
        self.step = self.step.saturating_mul(4).max(window_bytes);
        self.at = match at > self.low && at < self.high {
            true => at,
            false => self.low.midpoint(self.high),
        };
        self.at
    }

    /// Takes what was seen from there on. What begins behind `at` is seen as well, so that nothing begins between the two.
    pub fn note(&mut self, at: u64, sight: Option<&Sight>) {
        let place = sight.map(|sight| (sight, self.goal.place_of(&sight.records)));
        match place.filter(|(sight, place)| self.is_before(sight, place)) {
            Some((sight, place)) => self.take(sight, place),
            None if at > self.low => {
                self.high = self.high.min(at);
                self.enclosed.1 = true;
            }
            None => {}
        }
    }

    /// Nothing lies before the beginning of the stream.
    fn is_before(&self, sight: &Sight, place: &Whereabouts) -> bool {
        let is_before = place.last.is_some() || sight.at == 0;
        is_before && sight.at >= self.low && sight.at < self.high
    }

    fn take(&mut self, sight: &Sight, place: Whereabouts) {
        (self.low, self.enclosed.0) = (sight.at, true);
        self.reached = place.reached;
        let record = place.last.and_then(|last| sight.records.get(last));
        self.last = record.cloned().map(|record| SeenRecord {
            at: sight.at,
            record,
        });
        let behind = place.last.map_or(0, |last| last + 1);
        let told = self.need.and_then(|need| sight.told(need, behind));
        self.told = told.or(self.told.take());
    }
}
