//! The download engine: one object as a [`Read`], fetched in ranges by N workers, in order.
//!
//! Responsible for the whole object or an error: every range must answer with 206, its exact length and the ETag that
//! HEAD gave (invariant 4). Memory is range size times workers, exactly: a range is asked for only when the buffer that
//! will hold it is free, in order, so that later ranges can never hold every buffer while the first one waits. Not
//! responsible for repeating a failed request ([`crate::s3`]).

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use crate::buffer::zeroed;
use crate::config::PartLimits;
use crate::error::{Error, Result};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::store::{Head, ObjectStore, StoreError};

/// The largest range, in bytes.
const MAX_RANGE_BYTES: u64 = 16 << 20;

/// A range on its way: where it begins and the buffer that it fills.
type Range = (u64, Vec<u8>);

/// An object being read.
pub struct Download {
    pool: Pool<Range, Result<Vec<u8>, StoreError>>,
    size_bytes: u64,
    range_bytes: u64,
    /// Where the next range to ask for begins.
    next: u64,
    current: Vec<u8>,
    /// How much of `current` has been read.
    taken: usize,
    failed: bool,
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
        let wanted = limits.concurrency.max(1) as u64;
        let range_bytes = (limits.max_memory_bytes / wanted).clamp(1, MAX_RANGE_BYTES);
        let workers = head.size_bytes.div_ceil(range_bytes).clamp(1, wanted) as usize;
        let (store, key, etag) = (Arc::clone(store), key.to_owned(), head.etag.clone());
        let pool = Pool::new(workers, "download", move |(offset, mut buffer): Range| {
            store
                .get_range(&key, &etag, offset, &mut buffer)
                .map(|()| buffer)
        })?;
        let size_bytes = head.size_bytes;
        let mut download = Self {
            pool,
            size_bytes,
            range_bytes,
            next: 0,
            current: Vec::new(),
            taken: 0,
            failed: false,
            progress,
        };
        for _ in 0..workers {
            download.ask(Vec::new())?;
        }
        Ok(download)
    }

    /// Asks for the next range, to be put into this buffer.
    fn ask(&mut self, mut buffer: Vec<u8>) -> Result<()> {
        let length = self.range_bytes.min(self.size_bytes - self.next) as usize;
        if length == 0 {
            return Ok(());
        }
        if buffer.capacity() < length {
            buffer = zeroed(length)?;
        }
        buffer.resize(length, 0);
        self.pool.submit((self.next, buffer));
        self.next += length as u64;
        Ok(())
    }

    /// Replaces the range that has been read by the next one; by nothing at the end.
    fn advance(&mut self) -> io::Result<()> {
        let spent = std::mem::take(&mut self.current);
        self.taken = 0;
        // Stays so after an early return: whoever reads on must not get the ranges behind the one that is missing.
        if std::mem::replace(&mut self.failed, true) {
            return Err(io::Error::other("read on after a failure"));
        }
        if spent.capacity() > 0 {
            self.ask(spent)?;
        }
        if let Some(range) = self.pool.next_in_order() {
            self.current = range.map_err(Error::from)?;
            self.progress.add(self.current.len() as u64);
        }
        self.failed = false;
        Ok(())
    }
}

/// Gives the ranges where they lie, for whoever can do without a copy.
impl BufRead for Download {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.current.len() {
            self.advance()?;
        }
        Ok(self.current.get(self.taken..).unwrap_or_default())
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
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::store::Kind;
    use crate::store::memory::{Fault, MemoryStore};

    fn limits() -> PartLimits {
        PartLimits {
            max_parts: 9,
            min_part_bytes: 1,
            growth: true,
            max_memory_bytes: 4000,
            concurrency: 4,
        }
    }

    fn body(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|index| (index % 251) as u8).collect()
    }

    fn open(store: MemoryStore, bytes: usize) -> Download {
        store.insert("k", &[], &body(bytes));
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        let head = store.head("k").unwrap().unwrap();
        let progress = Arc::new(Progress::new("", None, crate::progress::Mode::Off));
        Download::new(&store, "k", &head, &limits(), progress).unwrap()
    }

    #[test]
    fn the_bytes_of_the_object_in_order() {
        for bytes in [0, 1, 999, 1000, 1001, 12_345] {
            let mut all = Vec::new();
            open(MemoryStore::new(), bytes)
                .read_to_end(&mut all)
                .unwrap();
            assert_eq!(all, body(bytes), "{bytes}");
        }
    }

    #[test]
    fn a_range_that_fails_is_an_error_and_no_end() {
        for offset in [0, 3000, 12_000] {
            let store =
                MemoryStore::new().with_faults(move |call| match (call.verb, call.number) {
                    ("get_range", number) if number == offset => Fault::Before(Kind::Unknown),
                    _ => Fault::None,
                });
            let mut download = open(store, 12_345);
            let mut all = Vec::new();
            assert!(download.read_to_end(&mut all).is_err(), "{offset}");
            assert_eq!(all, body(12_345)[..offset as usize]);
            assert!(
                download.read(&mut [0]).is_err(),
                "the next range is no substitute"
            );
        }
    }
}
