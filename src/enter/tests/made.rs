//! Streams that are made, in every packing.

use super::*;
use crate::stream::build::{Stream, TOGUID, noise};

/// Small files, one that is large, and small ones again; half of each block is noise.
fn made() -> Vec<u8> {
    let mut stream = Stream::new(Order::Little, true);
    stream.begin(1 | 4 << 2, TOGUID, 0, &[]);
    for object in 1..30 {
        let fields = [(8, 8, object), (28, 4, 5), (40, 8, TOGUID)];
        stream.record(RecordType::Object, &fields, &noise(8));
        let free = [
            (8, 8, object),
            (16, 8, 1 << 20),
            (24, 8, u64::MAX),
            (32, 8, TOGUID),
        ];
        stream.record(RecordType::Free, &free, &[]);
        let blocks = if object == 15 { 60 } else { 2 };
        for block in 0..blocks {
            let mut payload = noise(16 << 10);
            payload[..8 << 10].fill(object as u8);
            let place = [
                (8, 8, object),
                (24, 8, block << 14),
                (32, 8, 16 << 10),
                (40, 8, TOGUID),
            ];
            stream.record(RecordType::Write, &place, &payload);
        }
    }
    stream.end();
    stream.bytes
}

fn gzipped(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let source = Cursor::new(stream.to_vec());
    let mut members = crate::codec::gzip(source, 6, 1).unwrap();
    members.read_to_end(&mut out).unwrap();
    out
}

/// Almost any point is entered, and most of them not at the beginning.
fn is_entered(limits: Bounds, object: &[u8], compressor: &str, stream: &[u8]) {
    let facts = facts(object, compressor, stream.len());
    let (trials, far, went) = tried(limits, object, &facts, stream, 20);
    assert!(
        went * 10 > trials * 9 && far * 2 > trials,
        "{compressor}: {far} and {went} of {trials}"
    );
}

#[test]
fn a_stream_as_it_is_is_entered() {
    let stream = made();
    is_entered(TINY, &stream, "none", &stream);
}

#[test]
fn members_of_gzip_are_entered() {
    let stream = made();
    is_entered(TINY, &gzipped(&stream), "pigz6", &stream);
}

/// Nothing comes out of less than a block of zstd data.
#[cfg(feature = "zstd")]
const BLOCKWISE: Bounds = Bounds {
    head_bytes: 128 << 10,
    ..TINY
};

#[cfg(feature = "zstd")]
#[test]
fn frames_of_zstd_are_entered() {
    let stream = made();
    let frame = |it| zstd::stream::encode_all(it, 3).unwrap();
    let zstd: Vec<u8> = stream.chunks(40_000).flat_map(frame).collect();
    is_entered(BLOCKWISE, &zstd, "zstd3", &stream);
}

#[cfg(feature = "zstd")]
#[test]
fn one_frame_is_read_from_its_beginning() {
    let stream = made();
    let one = zstd::stream::encode_all(&stream[..], 3).unwrap();
    let facts = facts(&one, "zstd3", stream.len());
    let (trials, far, _) = tried(BLOCKWISE, &one, &facts, &stream, 3);
    assert!(trials > 3 && far == 0);
}

#[test]
fn where_records_carry_no_checksum_all_is_fetched() {
    let stream = crate::stream::build::everything(Order::Big, false);
    let facts = facts(&stream, "none", 9);
    let (trials, _, went) = tried(TINY, &stream, &facts, &stream, 9);
    assert!(trials > 9 && went == 0);
}
