use super::*;

use std::io::Cursor;

use flate2::read::MultiGzDecoder;

use crate::codec::samples::{Trickle, mixed, noise, piped};

fn encoded(data: &[u8], level: u8, workers: usize) -> Vec<u8> {
    let mut out = Vec::new();
    gzip(Cursor::new(data), level, workers)
        .unwrap()
        .read_to_end(&mut out)
        .unwrap();
    out
}

fn assert_everybody_reads(gzip: &[u8], data: &[u8]) {
    piped("gzip", "-t", gzip);
    assert!(piped("gzip", "-d", gzip) == data, "gzip -d");
    assert!(piped("pigz", "-d", gzip) == data, "pigz -d");
    let mut out = Vec::new();
    MultiGzDecoder::new(gzip).read_to_end(&mut out).unwrap();
    assert!(out == data, "flate2");
}

#[test]
fn every_size_around_a_block_boundary() {
    let data = mixed(3 * BLOCK_BYTES + 1);
    let block = BLOCK_BYTES;
    for size in [
        0,
        1,
        2,
        block - 1,
        block,
        block + 1,
        2 * block - 1,
        2 * block,
        2 * block + 1,
        3 * block,
    ] {
        assert_everybody_reads(&encoded(&data[..size], 2, 2), &data[..size]);
    }
}

#[test]
fn an_empty_source_is_a_valid_empty_member() {
    let gzip = encoded(b"", 2, 2);
    assert!(gzip.len() < 30, "{}", gzip.len());
    assert_everybody_reads(&gzip, b"");
}

#[test]
fn every_level_is_read_back() {
    let data = mixed(5 * BLOCK_BYTES + 77);
    for level in 1..=9 {
        assert_everybody_reads(&encoded(&data, level, 2), &data);
    }
}

/// A program, as much of a data set is; this one.
#[test]
fn twenty_megabytes_shrink_better_than_pigz_does_it_and_come_back() {
    let program = std::fs::File::open("/proc/self/exe").unwrap();
    let mut data = Vec::new();
    program.take(20_000_000).read_to_end(&mut data).unwrap();
    for (level, flag) in [(1, "-1"), (4, "-4")] {
        let gzip = encoded(&data, level, 2);
        let pigz = piped("pigz", flag, &data);
        assert!(gzip.len() < pigz.len(), "{} {}", gzip.len(), pigz.len());
        assert_everybody_reads(&gzip, &data);
    }
}

#[test]
fn what_cannot_shrink_hardly_grows() {
    let data = noise(1_000_003);
    for level in [2, 5, 9] {
        let gzip = encoded(&data, level, 3);
        assert!(
            gzip.len() < data.len() + data.len() / 1000 + 64,
            "level {level}: {}",
            gzip.len()
        );
        assert_everybody_reads(&gzip, &data);
    }
}

#[test]
fn the_same_bytes_whatever_the_workers_and_the_read_sizes() {
    let data = mixed(3_333_333);
    for level in [2, 5, 6] {
        let expected = encoded(&data, level, 1);
        for workers in 1..=4 {
            assert!(encoded(&data, level, workers) == expected, "{workers}");
            for seed in 1..=3 {
                let source = Trickle::new(&data, seed);
                let mut encoder = gzip(source, level, workers).unwrap();
                let mut out: Vec<u8> = Vec::new();
                let mut into = [0; 5000];
                for size in [1, 7, 4999, 5000].into_iter().cycle() {
                    match encoder.read(&mut into[..size]).unwrap() {
                        0 => break,
                        taken => out.extend(&into[..taken]),
                    }
                }
                assert!(out == expected, "{workers} workers, chunks {seed}");
            }
        }
    }
}

/// Gives some bytes, then an error, then claims to have ended.
struct Breaks {
    given: usize,
    failed: bool,
}

impl Read for Breaks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given > 0 {
            let size = into.len().min(self.given);
            self.given -= size;
            into[..size].fill(b'x');
            Ok(size)
        } else if self.failed {
            Ok(0)
        } else {
            self.failed = true;
            Err(crate::error::Error::refused("the source broke").into())
        }
    }
}

#[test]
fn an_error_of_the_source_passes_and_no_end_follows() {
    for given in [0, 1000, BLOCK_BYTES, 3 * BLOCK_BYTES + 5, 50 * BLOCK_BYTES] {
        let source = Breaks {
            given,
            failed: false,
        };
        let mut encoder = gzip(source, 2, 2).unwrap();
        let mut out = Vec::new();
        let error = encoder.read_to_end(&mut out).unwrap_err();
        assert_eq!(
            crate::error::Error::io("read", error).to_string(),
            "the source broke"
        );
        for _ in 0..3 {
            encoder.read(&mut [0; 100]).unwrap_err();
        }
    }
}

#[test]
fn the_end_stays_the_end() {
    let mut encoder = gzip(&b"abc"[..], 2, 2).unwrap();
    let mut out = Vec::new();
    encoder.read_to_end(&mut out).unwrap();
    assert_eq!(encoder.read(&mut [0; 10]).unwrap(), 0);
    assert_eq!(encoder.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn the_blocks_in_flight_are_bounded_and_reused() {
    let mut encoder = GzipEncoder::new(io::repeat(7).take(100 << 20), 2, 2).unwrap();
    let mut into = vec![0; 1 << 16];
    let mut blocks = 0;
    while encoder.read(&mut into).unwrap() > 0 {
        blocks = blocks.max(encoder.pool.pending() as usize + encoder.spare.len());
    }
    assert!(blocks <= 2 * 2 + 1, "{blocks}");
}
