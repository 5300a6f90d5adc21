//! The way back from gzip, whoever made it: pigz, gzip or [`super::gzip`], in one member or several.
//!
//! Responsible for end of file meaning that all of the data was there and its checksums are right: data that ends early,
//! is corrupt or has anything but a member behind it is an error.

use std::io::{self, BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

/// How much compressed data is read at a time.
const BUFFER_BYTES: usize = 128 << 10;

/// Decompresses `source`, whose first bytes are awaited here. One thread does about 450 MB of output a second; nothing
/// is gained by more.
pub fn gunzip(source: impl Read) -> impl Read {
    let source = Source {
        inner: source,
        failed: false,
    };
    Gunzip {
        decoder: MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, source)),
        failed: false,
    }
}

struct Gunzip<R> {
    decoder: MultiGzDecoder<BufReader<Source<R>>>,
    failed: bool,
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // The decoder forgets that it has failed, and the next read might say that all is well.
        if self.failed {
            return Err(io::Error::other("decompression has failed before"));
        }
        self.decoder.read(into).map_err(|error| {
            self.failed = true;
            match self.decoder.get_ref().get_ref().failed {
                true => error,
                false => worded(error),
            }
        })
    }
}

/// Remembers whether an error was its own: such a one goes through as it is, the decoder's are put into our words.
struct Source<R> {
    inner: R,
    failed: bool,
}

impl<R: Read> Read for Source<R> {
    /// Tries again by itself when it is interrupted: not every place in the decoder would.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => {
                    self.failed = result.is_err();
                    return result;
                }
            }
        }
    }
}

fn worded(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "gzip data ends early"),
        _ => io::Error::new(
            ErrorKind::InvalidData,
            format!("gzip data is corrupt: {error}"),
        ),
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
mod tests {
    use super::*;

    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use crate::codec::samples::{Trickle, mixed};

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

    fn decoded(gzip: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut decoder = gunzip(gzip);
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

    #[test]
    fn several_members_in_odd_reads_are_one_stream() {
        let data = mixed(1_500_000);
        let mut gzip = Vec::new();
        for part in data.chunks(400_000) {
            gzip.extend(member(part));
        }
        for seed in 1..=5 {
            let mut out = Vec::new();
            gunzip(Trickle::new(&gzip, seed))
                .read_to_end(&mut out)
                .unwrap();
            assert!(out == data, "{seed}");
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
        let gzip = [member(b"spam "), member(b"eggs")].concat();
        let mut out = String::new();
        gunzip(Dribble(&gzip, false))
            .read_to_string(&mut out)
            .unwrap();
        assert_eq!(out, "spam eggs");
    }

    #[test]
    fn every_truncation_ends_early() {
        let gzip = member(&mixed(3000));
        for size in 0..gzip.len() {
            let error = decoded(&gzip[..size]).unwrap_err();
            assert_eq!(error.to_string(), "gzip data ends early", "{size}");
        }
        // The same in a second member, where only its complete absence is an end.
        for size in 1..gzip.len() {
            let two = [&gzip, &gzip[..size]].concat();
            let error = decoded(&two).unwrap_err();
            assert_eq!(error.to_string(), "gzip data ends early", "{size}");
        }
    }

    #[test]
    fn whatever_follows_a_member_is_refused() {
        let gzip = member(b"spam");
        for garbage in [&b"0123456789abcdef"[..], &[0; 512], b"x", b"\0"] {
            decoded(&[&gzip, garbage].concat()).unwrap_err();
        }
        let error = decoded(&[&gzip[..], &[0; 512]].concat()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "gzip data is corrupt: invalid gzip header"
        );
        decoded(b"this is no gzip data at all").unwrap_err();
    }

    #[test]
    fn a_changed_byte_is_found_or_changes_nothing() {
        let data = mixed(2000);
        let gzip = member(&data);
        let mut found = 0;
        for place in gzip.len() - 1000..gzip.len() {
            let mut bad = gzip.clone();
            bad[place] ^= 0x10;
            match decoded(&bad) {
                // Zeros copied from a little further back are the same zeros.
                Ok(out) => assert!(out == data),
                Err(error) => {
                    assert!(error.to_string().starts_with("gzip data "), "{error}");
                    found += 1;
                }
            }
        }
        assert!(found > 950, "{found}");
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
        let gzip = member(&mixed(3000));
        for size in [0, 5, 10, 200, gzip.len() - 3, gzip.len()] {
            let mut decoder = gunzip(Breaks(&gzip[..size]));
            let error = io::copy(&mut decoder, &mut io::sink()).unwrap_err();
            assert_eq!(error.to_string(), "the connection broke", "{size}");
            decoder.read(&mut [0; 9]).unwrap_err();
        }
    }
}
