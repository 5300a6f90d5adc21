//! The download engine: one object as a [`Read`], in order.
//!
//! Responsible for the whole object or an error: all of it is of the ETag and the length that HEAD gave (invariant 4), and
//! a part that is missing is no end. Near, it is one long GET, of which a worker hands on block by block; where that is
//! too slow, it comes in ranges by N workers. Which of them, and how many, [`ahead`] decides. Memory is range size times
//! workers at most. Not responsible for repeating what failed ([`crate::s3`]).

mod ahead;
mod horizon;
mod portions;

use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use ahead::ReadAhead;
use portions::{Portion, Portions, Subject};

use crate::buffer::Buffer;
use crate::config::PartLimits;
use crate::error::Result;
use crate::latch::Latch;
use crate::progress::Progress;
use crate::store::{Head, ObjectStore};

/// The largest range, in bytes.
const MAX_RANGE_BYTES: u64 = 16 << 20;
/// The first range: so little that the time it takes is that of the way.
const FIRST_RANGE_BYTES: u64 = 32 << 10;
/// What is taken of the long GET at a time, and how many of these there are: all of them stay in the cache.
const BLOCK_BYTES: u64 = 256 << 10;
const BLOCKS: u64 = 12;

fn range_bytes(limits: &PartLimits) -> u64 {
    let wanted = limits.concurrency.max(1) as u64;
    (limits.max_memory_bytes / wanted).clamp(1, MAX_RANGE_BYTES)
}

/// About how many requests a download of the object makes, if none fails: on a slow line its ranges are shorter, near it has fewer.
pub fn requests(head: &Head, limits: &PartLimits) -> u64 {
    let range_bytes = range_bytes(limits);
    let first = range_bytes.min(FIRST_RANGE_BYTES);
    match head.size_bytes {
        0 => 0,
        size => 1 + size.saturating_sub(first).div_ceil(range_bytes),
    }
}

/// An object being read.
pub struct Download {
    subject: Arc<Subject>,
    /// What is fetched of the object.
    begin: u64,
    end: u64,
    /// Where the bytes begin that nobody has been asked for.
    next: u64,
    /// Where the bytes begin that have not been given.
    given: u64,
    range_bytes: u64,
    workers: usize,
    ahead: ReadAhead,
    portions: Option<Portions>,
    current: Option<Portion>,
    /// How much of `current` has been read.
    taken: usize,
    /// When `current` came.
    came: Instant,
    latch: Latch,
    progress: Arc<Progress>,
}

impl Download {
    /// The object that `head` describes; nothing is fetched before it is read. A range is at most
    /// 16 MiB, or less if `MAX_MEMORY` says so.
    pub fn new(
        store: &Arc<dyn ObjectStore>,
        key: &str,
        head: &Head,
        limits: &PartLimits,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        Self::of_part(store, key, head, 0..head.size_bytes, limits, progress)
    }

    /// The same for some bytes of it.
    pub fn of_part(
        store: &Arc<dyn ObjectStore>,
        key: &str,
        head: &Head,
        part: Range<u64>,
        limits: &PartLimits,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        let wanted = limits.concurrency.max(1) as u64;
        let range_bytes = range_bytes(limits);
        let (begin, end) = (part.start, part.end.min(head.size_bytes));
        let size_bytes = end.saturating_sub(begin);
        let workers = size_bytes.div_ceil(range_bytes).clamp(1, wanted) as usize;
        let subject = Subject {
            store: Arc::clone(store),
            key: key.to_owned(),
            head: head.clone(),
            horizon: Arc::default(),
        };
        Ok(Self {
            subject: Arc::new(subject),
            begin,
            end,
            next: begin,
            given: begin,
            range_bytes,
            workers,
            // One buffer is the reader's.
            ahead: ReadAhead::new(workers - 1, range_bytes),
            portions: None,
            current: None,
            taken: 0,
            came: Instant::now(),
            latch: Latch::default(),
            progress,
        })
    }

    /// Replaces the portion that has been read by the next one; by nothing at the end.
    fn advance(&mut self) -> Result<()> {
        let mut spent = self.current.take().map(Portion::into_buffer);
        self.taken = 0;
        let first = self.next == self.begin;
        let asked = Instant::now();
        let mut portions = self.choose()?;
        // While it waits, the reader needs no buffer of its own.
        let most = self.buffers(portions.ranged);
        while portions.pending() < most && self.next < self.end {
            self.ask(&mut portions, spent.take())?;
        }
        self.current = portions.next(self.given)?;
        self.portions = Some(portions);
        if let Some(portion) = &self.current {
            self.next = portion.rest.unwrap_or(self.next);
            let came = Instant::now();
            let elapsed = came - std::mem::replace(&mut self.came, came);
            let bytes = portion.bytes().len() as u64;
            self.given += bytes;
            match first {
                true => self.ahead.first(came - asked),
                false => self.ahead.note(bytes, came - asked, elapsed),
            }
            self.progress.add(bytes);
        }
        Ok(())
    }

    /// The workers for the number of requests that there shall be now, as soon as the others have given what they were
    /// asked for.
    fn choose(&mut self) -> Result<Portions> {
        let ranged = self.ahead.now() > 0;
        let usable = |it: &Portions| it.ranged == ranged || it.pending() > 0;
        match self.portions.take().filter(usable) {
            Some(portions) => Ok(portions),
            None if ranged => Portions::of_ranges(&self.subject, self.workers),
            None => Portions::of_stream(&self.subject),
        }
    }

    /// How many buffers may be in use.
    fn buffers(&self, ranged: bool) -> u64 {
        let ahead = self.ahead.now();
        match (self.next == self.begin, ranged, ahead) {
            (true, _, _) => 1,
            (_, true, 1..) => ahead as u64 + 1,
            (_, false, 0) => (self.range_bytes / BLOCK_BYTES).clamp(1, BLOCKS),
            // Another kind of them is to come.
            _ => 0,
        }
    }

    fn ask(&mut self, portions: &mut Portions, used: Option<Buffer>) -> Result<()> {
        let first = self.next == self.begin;
        let most = match (first, portions.ranged) {
            (true, _) => FIRST_RANGE_BYTES,
            (_, true) => self.ahead.length(),
            (_, false) => BLOCK_BYTES,
        };
        let left = self.end.saturating_sub(self.next);
        let length = most.min(self.range_bytes).min(left);
        let next = self.next + length;
        // The first request has only one portion, each range is one, and the long GET goes on.
        let to = if first || portions.ranged {
            next
        } else {
            self.end
        };
        portions.ask(self.next, length as usize, to, used)?;
        self.next = next;
        Ok(())
    }
}

/// Gives the portions where they lie, for whoever can do without a copy.
impl BufRead for Download {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let length = self.current.as_ref().map_or(0, |it| it.bytes().len());
        if self.taken == length {
            // Whoever reads on after a failure must not get the bytes behind those that are missing.
            self.latch.check()?;
            let advanced = self.advance().map_err(Into::into);
            self.latch.note(advanced)?;
        }
        let current = self.current.as_ref();
        let portion = current.and_then(|portion| portion.bytes().get(self.taken..));
        Ok(portion.unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
