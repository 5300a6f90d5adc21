//! What was read last of some stored streams.
//!
//! Neighbours are asked for one after the other, and each time it is looked where they are: what was read for one is there for
//! the next. No more than 32 MiB are kept of all streams of a chain. Long ranges pass by.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::parts::Fetch;
use crate::codec::ByteSource;
use crate::error::{Error, Result};
use crate::sync::lock;

/// What is read and kept at once, and how many of them.
const CHUNK_BYTES: u64 = 128 << 10;
const MOST_CHUNKS: usize = 256;
/// Longer ranges are neither kept nor looked for.
const LONG_BYTES: u64 = 4 << 20;

/// A chunk: of which stream, and its number there.
type Key = (usize, u64);

/// What was read last of the streams of one chain.
#[derive(Default)]
pub struct Near(Mutex<VecDeque<(Key, Arc<[u8]>)>>);

impl Near {
    /// The same bytes of this stream, which has so many, by way of what was read last.
    pub fn of(self: &Arc<Self>, stream: usize, size_bytes: u64, fetch: Fetch) -> Fetch {
        let near = Arc::clone(self);
        Arc::new(move |range: Range<u64>| {
            if range.end.saturating_sub(range.start) > LONG_BYTES {
                return fetch(range);
            }
            let bytes = near.read(stream, size_bytes, &fetch, range)?;
            Ok(Box::new(Cursor::new(bytes)) as ByteSource)
        })
    }

    fn read(
        &self,
        stream: usize,
        size_bytes: u64,
        fetch: &Fetch,
        range: Range<u64>,
    ) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut next = range.start / CHUNK_BYTES;
        let behind = range.end.div_ceil(CHUNK_BYTES);
        let first_at = next * CHUNK_BYTES;
        while next < behind {
            if let Some(chunk) = self.get((stream, next)) {
                bytes.extend_from_slice(&chunk);
                next += 1;
                continue;
            }
            let missing = (next..behind).find(|&number| self.get((stream, number)).is_some());
            let end = missing.unwrap_or(behind);
            let part = next * CHUNK_BYTES..(end * CHUNK_BYTES).min(size_bytes);
            let had = bytes.len();
            let mut source = fetch(part)?;
            let read = source.read_to_end(&mut bytes);
            read.map_err(|error| Error::io("read the object", error))?;
            self.keep(stream, next, bytes.get(had..).unwrap_or_default());
            next = end;
        }
        let skip = (range.start - first_at) as usize;
        let wanted = skip..skip + (range.end - range.start) as usize;
        let short = || Error::io("read the object", io::ErrorKind::UnexpectedEof.into());
        bytes.get(wanted).map(<[u8]>::to_vec).ok_or_else(short)
    }

    fn get(&self, key: Key) -> Option<Arc<[u8]>> {
        let kept = lock(&self.0);
        let found = kept.iter().rev().find(|(known, _)| *known == key);
        found.map(|(_, chunk)| Arc::clone(chunk))
    }

    fn keep(&self, stream: usize, first: u64, bytes: &[u8]) {
        let mut kept = lock(&self.0);
        for (number, chunk) in (first..).zip(bytes.chunks(CHUNK_BYTES as usize)) {
            kept.push_back(((stream, number), chunk.into()));
        }
        let over = kept.len().saturating_sub(MOST_CHUNKS);
        kept.drain(..over);
    }
}
