//! What `make fuzz` proves of the ways into an object; not compiled otherwise.

use std::io::{Cursor, Read};

use super::{Bounds, Compressor, ObjectFacts, Ranges, Token, find_within};
use crate::codec;
use crate::config::GzipEngine;
use crate::resume::rest_of;
use crate::stream::{Accept, Check, Checked, Expect, begin_of};

/// So little that a small object is searched like a large one.
const BOUNDS: Bounds = Bounds {
    head_bytes: 4096,
    window_bytes: 2048,
    most_bytes: 16 << 20,
};

/// How the stream lies in the object.
const PACKINGS: [&str; 4] = ["none", "gzip1", "gzip6", "zstd1"];

/// Looks for a way into an object that holds this stream, or that is these bytes, to the data behind a point.
///
/// # Panics
/// If more than the object is asked for, or if what is entered out of a good stream is no rest of it.
pub fn entry(bytes: &[u8], packing: u8, point: [u64; 3]) {
    let name = PACKINGS[usize::from(packing) % PACKINGS.len()];
    let compressor = Compressor::parse(name).unwrap_or(Compressor::None);
    let object = match packing & 0x80 {
        0 => packed(compressor, bytes),
        _ => bytes.to_vec(),
    };
    let facts = ObjectFacts {
        size_bytes: object.len() as u64,
        compressor: Some(compressor).filter(|_| packing & 0x40 == 0),
        stream_bytes: Some(bytes.len() as u64),
        looked_at: true,
    };
    let [number, offset, received] = point;
    let token = Token {
        object: number,
        offset,
        bytes: received,
        toguid: begin_of(bytes).unwrap_or_default().toguid,
        fromguid: 0,
        toname: String::new(),
    };
    let looked = find_within(BOUNDS, &facts, &token, ranges(&object)).unwrap();
    let Ok(entry) = looked.entry else { return };
    let data = object[entry.at() as usize..].to_vec();
    let source = codec::decompress(entry.compressor, Box::new(Cursor::new(data))).unwrap();
    let check = |accept| Check::new(accept, Expect::default()).with_lost_spills();
    let Ok((stream, _)) = entry.stream(source, check(Accept::OnePlain)) else {
        return;
    };
    let mut rest = Vec::new();
    if rest_of(stream, token).read_to_end(&mut rest).is_ok() {
        let verdict = Checked::new(&rest[..], check(Accept::Any)).drain();
        assert!(verdict.is_ok(), "{verdict:?}");
    }
}

fn packed(compressor: Compressor, bytes: &[u8]) -> Vec<u8> {
    let mut object = Vec::new();
    let source = Box::new(Cursor::new(bytes.to_vec()));
    let mut packed = codec::compress(compressor, GzipEngine::Native, "", source, 1).unwrap();
    packed.read_to_end(&mut object).unwrap();
    object
}

fn ranges(object: &[u8]) -> Ranges<'_> {
    Box::new(|at, into| {
        into.copy_from_slice(&object[at as usize..][..into.len()]);
        Ok(())
    })
}
