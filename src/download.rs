//! The download engine: one object as a [`Read`], fetched in ranges by N workers, in order.
//!
//! Responsible for the whole object or an error: every range must answer with 206, its exact length and the ETag that
//! HEAD gave (invariant 4). Memory is range size times workers at most: a range is asked for only when the buffer that
//! will hold it is free, in order, so that later ranges can never hold every buffer while the first one waits; how many
//! are in use, [`ahead`] decides. Not responsible for repeating a failed request ([`crate::s3`]).

mod ahead;

use std::io::{self, BufRead, Read};
use std::ops::Range as Part;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahead::ReadAhead;

use crate::buffer::Buffer;
use crate::config::PartLimits;
use crate::error::Result;
use crate::latch::Latch;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::store::{Head, ObjectStore, StoreError};

/// The largest range, in bytes.
const MAX_RANGE_BYTES: u64 = 16 << 20;
/// The first range: so little that the time it takes is that of the way.
const FIRST_RANGE_BYTES: u64 = 32 << 10;

fn range_bytes(limits: &PartLimits) -> u64 {
    let wanted = limits.concurrency.max(1) as u64;
    (limits.max_memory_bytes / wanted).clamp(1, MAX_RANGE_BYTES)
}

/// How many ranges a download of the object asks for.
pub fn requests(head: &Head, limits: &PartLimits) -> u64 {
    let range_bytes = range_bytes(limits);
    let first = range_bytes.min(FIRST_RANGE_BYTES);
    match head.size_bytes {
        0 => 0,
        size => 1 + size.saturating_sub(first).div_ceil(range_bytes),
    }
}

/// A buffer, and the bytes of the object that it holds or will hold.
struct Range {
    buffer: Buffer,
    offset: u64,
    length: usize,
    took: Duration,
}

/// An object being read.
pub struct Download {
    pool: Pool<Range, Result<Range, StoreError>>,
    /// What is fetched of the object.
    begin: u64,
    end: u64,
    range_bytes: u64,
    /// Where the next range to ask for begins.
    next: u64,
    ahead: ReadAhead,
    current: Option<Range>,
    /// How much of `current` has been read.
    taken: usize,
    /// When `current` came.
    came: Instant,
    latch: Latch,
    progress: Arc<Progress>,
}

impl Download {
    /// Starts to fetch the object that `head` describes. A range is 16 MiB, or less if `MAX_MEMORY` says so.
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
        part: Part<u64>,
        limits: &PartLimits,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        let wanted = limits.concurrency.max(1) as u64;
        let range_bytes = range_bytes(limits);
        let (begin, end) = (part.start, part.end.min(head.size_bytes));
        let size_bytes = end.saturating_sub(begin);
        let workers = size_bytes.div_ceil(range_bytes).clamp(1, wanted) as usize;
        let (store, key, head) = (Arc::clone(store), key.to_owned(), head.clone());
        let pool = Pool::new(workers, "download", move |mut range: Range| {
            let into = range.buffer.get_mut(..range.length).unwrap_or_default();
            let asked = Instant::now();
            store.get_range(&key, &head, range.offset, into)?;
            range.took = asked.elapsed();
            Ok(range)
        })?;
        let mut download = Self {
            begin,
            end,
            range_bytes,
            next: begin,
            // One buffer is the reader's.
            ahead: ReadAhead::new(pool.workers() - 1),
            pool,
            current: None,
            taken: 0,
            came: Instant::now(),
            latch: Latch::default(),
            progress,
        };
        download.ask(None)?;
        Ok(download)
    }

    /// Asks for the next range, to be put into this buffer or a new one.
    fn ask(&mut self, used: Option<Buffer>) -> Result<()> {
        let most = match self.next == self.begin {
            true => self.range_bytes.min(FIRST_RANGE_BYTES),
            false => self.range_bytes,
        };
        let length = most.min(self.end.saturating_sub(self.next)) as usize;
        if length == 0 {
            return Ok(());
        }
        let fits = used.filter(|buffer| buffer.len() >= length);
        let buffer = fits.map_or_else(|| Buffer::new(length), Ok)?;
        let offset = self.next;
        self.next += length as u64;
        self.pool.submit(Range {
            buffer,
            offset,
            length,
            took: Duration::ZERO,
        });
        Ok(())
    }

    /// Replaces the range that has been read by the next one; by nothing at the end.
    fn advance(&mut self) -> Result<()> {
        let mut spent = self.current.take().map(|range| range.buffer);
        self.taken = 0;
        // While it waits, the reader needs no buffer of its own.
        let pending = self.pool.pending();
        if pending == 0 || (self.ahead.all() && pending <= self.ahead.now() as u64) {
            self.ask(spent.take())?;
        }
        let asked = Instant::now();
        if let Some(range) = self.pool.next_in_order() {
            let range = range?;
            let came = Instant::now();
            let elapsed = came - std::mem::replace(&mut self.came, came);
            match range.offset == self.begin {
                true => self.ahead.first(range.took),
                false => self.ahead.note(range.length as u64, came - asked, elapsed),
            }
            self.progress.add(range.length as u64);
            self.current = Some(range);
        }
        while self.pool.pending() < self.ahead.now() as u64 && self.next < self.end {
            self.ask(spent.take())?;
        }
        Ok(())
    }
}

/// Gives the ranges where they lie, for whoever can do without a copy.
impl BufRead for Download {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let unread = |current: &Option<Range>| current.as_ref().map_or(0, |it| it.length);
        if self.taken == unread(&self.current) {
            // Whoever reads on after a failure must not get the ranges behind the one that is missing.
            self.latch.check()?;
            let advanced = self.advance().map_err(Into::into);
            self.latch.note(advanced)?;
        }
        let current = self.current.as_ref();
        let range = current.and_then(|range| range.buffer.get(self.taken..range.length));
        Ok(range.unwrap_or_default())
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
