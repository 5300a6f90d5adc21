//! What the object itself says: the BEGIN record of its stream, for objects whose metadata has no guid.

use std::io::{Cursor, Read};

use super::Stored;
use crate::codec::{self, Compressor};
use crate::error::Result;
use crate::store::ObjectStore;
use crate::stream::{self, BEGIN_RECORD_BYTES, Begin};

/// How much of an object is fetched, in bytes: as much gzip data as holds a record with room to spare.
const BLOCK_BYTES: u64 = 4096;

/// The BEGIN record of a stored stream, from one small GET. `None` where it cannot be known: gpg gives nothing before it
/// has seen all, an archived object cannot be read, and what is no stream has none.
pub fn begin_of(store: &dyn ObjectStore, stored: &Stored) -> Result<Option<Begin>> {
    let compressor = stored.compressor();
    let count = stored.head.size_bytes.min(BLOCK_BYTES) as usize;
    if stored.head.archived || compressor == Compressor::Gpg || count == 0 {
        return Ok(None);
    }
    let mut block = vec![0; count];
    store.get_range(&stored.key, &stored.head.etag, 0, &mut block)?;
    let mut first = Vec::with_capacity(BEGIN_RECORD_BYTES);
    let stream = codec::decompress(compressor, Box::new(Cursor::new(block)))?;
    // Data that ends early, as this does, or that is damaged has given what there was before its error.
    let _ = stream
        .take(BEGIN_RECORD_BYTES as u64)
        .read_to_end(&mut first);
    Ok(stream::begin_of(&first))
}
