use super::*;

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::codec::samples::{Trickle, mixed};

/// A format, and how a piece of it is made and read.
struct Format {
    name: &'static str,
    piece: fn(&[u8]) -> Vec<u8>,
    decoder: for<'a> fn(Box<dyn Read + 'a>) -> Box<dyn Read + 'a>,
}

const FORMATS: &[Format] = &[
    Format {
        name: "gzip",
        piece: member,
        decoder: |source| Box::new(gunzip(source)),
    },
    #[cfg(feature = "zstd")]
    Format {
        name: "zstd",
        piece: frame,
        decoder: |source| Box::new(unzstd(source).unwrap()),
    },
];

/// A member with all optional fields of the header, as `gzip FILE` writes some of them.
fn member(data: &[u8]) -> Vec<u8> {
    let mut encoder: GzEncoder<Vec<u8>> = flate2::GzBuilder::new()
        .filename("name")
        .comment("comment")
        .extra("extra")
        .mtime(7)
        .write(Vec::new(), Compression::new(6));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A frame with a checksum, as the tool writes it.
#[cfg(feature = "zstd")]
fn frame(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::read::Encoder::new(data, 3).unwrap();
    encoder.include_checksum(true).unwrap();
    let mut out = Vec::new();
    encoder.read_to_end(&mut out).unwrap();
    out
}

impl Format {
    fn decoded<'a>(&self, source: impl Read + 'a) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut decoder = (self.decoder)(Box::new(source));
        let result = decoder.read_to_end(&mut out);
        if result.is_err() {
            for _ in 0..3 {
                decoder
                    .read(&mut [0; 100])
                    .expect_err("no end after an error");
            }
        }
        result.map(|_| out)
    }
}

#[test]
fn several_pieces_in_odd_reads_are_one_stream() {
    let data = mixed(1_500_000);
    for format in FORMATS {
        let packed: Vec<u8> = data.chunks(400_000).flat_map(format.piece).collect();
        for seed in 1..=5 {
            let out = format.decoded(Trickle::new(&packed, seed)).unwrap();
            assert!(out == data, "{} {seed}", format.name);
        }
    }
}

#[test]
fn an_interruption_at_any_byte_is_no_end() {
    struct Dribble<'a>(&'a [u8], bool);
    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match self.1 {
                true => Err(ErrorKind::Interrupted.into()),
                false => self.0.read(&mut into[..1]),
            }
        }
    }
    for format in FORMATS {
        let packed = [(format.piece)(b"spam "), (format.piece)(b"eggs")].concat();
        let out = format.decoded(Dribble(&packed, false)).unwrap();
        assert_eq!(out, b"spam eggs", "{}", format.name);
    }
}

#[test]
fn every_truncation_ends_early() {
    for format in FORMATS {
        let packed = (format.piece)(&mixed(3000));
        let wanted = format!("{} data ends early", format.name);
        for size in 0..packed.len() {
            let error = format.decoded(&packed[..size]).unwrap_err();
            assert_eq!(error.to_string(), wanted, "{size}");
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        }
        // The same in a second piece, where only its complete absence is an end.
        for size in 1..packed.len() {
            let two = [&packed, &packed[..size]].concat();
            let error = format.decoded(&two[..]).unwrap_err();
            assert_eq!(error.to_string(), wanted, "{size}");
        }
    }
}

#[test]
fn whatever_follows_a_piece_is_refused() {
    for (format, words) in FORMATS
        .iter()
        .zip(["invalid gzip header", "Unknown frame descriptor"])
    {
        let packed = (format.piece)(b"spam");
        for garbage in [&b"0123456789abcdef"[..], &[0; 512], b"x", b"\0"] {
            let spoiled = [&packed, garbage].concat();
            format.decoded(&spoiled[..]).unwrap_err();
        }
        let spoiled = [&packed[..], &[0; 512]].concat();
        let error = format.decoded(&spoiled[..]).unwrap_err();
        let wanted = format!("{} data is corrupt: {words}", format.name);
        assert_eq!(error.to_string(), wanted);
        let text = &b"this is no compressed data at all"[..];
        format.decoded(text).unwrap_err();
    }
}

#[test]
fn a_changed_byte_is_found_or_changes_nothing() {
    let data = mixed(2000);
    for format in FORMATS {
        let packed = (format.piece)(&data);
        let (first, mut found) = (packed.len().saturating_sub(1000), 0);
        for place in first..packed.len() {
            let mut bad = packed.clone();
            bad[place] ^= 0x10;
            match format.decoded(&bad[..]) {
                // Zeros copied from a little further back are the same zeros.
                Ok(out) => assert!(out == data),
                Err(error) => {
                    let wanted = format!("{} data ", format.name);
                    assert!(error.to_string().starts_with(&wanted), "{error}");
                    found += 1;
                }
            }
        }
        assert!(found * 20 > (packed.len() - first) * 19, "{found}");
    }
}

#[test]
fn an_error_of_the_source_goes_through_as_it_is() {
    struct Breaks<'a>(&'a [u8]);
    impl Read for Breaks<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::new(
                    ErrorKind::UnexpectedEof,
                    "the connection broke",
                )),
                taken => Ok(taken),
            }
        }
    }
    for format in FORMATS {
        let packed = (format.piece)(&mixed(3000));
        for size in [0, 5, 10, 200, packed.len() - 3, packed.len()] {
            let error = format.decoded(Breaks(&packed[..size])).unwrap_err();
            assert_eq!(error.to_string(), "the connection broke", "{size}");
        }
    }
}
