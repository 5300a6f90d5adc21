//! Compressed data, given to a decoder so that it never has more of it than it has looked at.
//!
//! Responsible for the place behind damage from which another decoder can go on: a piece ends before each place where a member of
//! gzip or a frame of zstd data may begin. A checksum that does not hold is found at the end of one, and the next one must not
//! be gone by then. What is damaged may also be longer than it was by its own word, and swallow what follows.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::codec::{ByteSource, Compressor};

/// How much a decoder gets at once.
const SIP_BYTES: usize = 4 << 10;

/// How far a decoder has come.
pub struct Progressed {
    /// Up to where it was given the object.
    given: AtomicU64,
    /// The first beginning that it was given since something came out; none is the highest number. It may have taken that for
    /// part of what is damaged.
    begun: AtomicU64,
}

impl Progressed {
    /// From where on nothing has come out.
    pub fn behind(&self) -> u64 {
        let begun = self.begun.load(Ordering::Relaxed);
        begun.min(self.given.load(Ordering::Relaxed))
    }
}

/// A decoder of which it is noted that something comes out.
pub struct Noted<R>(pub R, pub Arc<Progressed>);

impl<R: Read> Read for Noted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count > 0 {
            self.1.begun.store(u64::MAX, Ordering::Relaxed);
        }
        Ok(count)
    }
}

/// Gives little at once.
pub struct Sips {
    source: ByteSource,
    begin: &'static [u8],
    /// What was read and is not given yet.
    left: Vec<u8>,
    is_at_end: bool,
    progressed: Arc<Progressed>,
}

impl Sips {
    /// What this compressor has made, from a place in the object on; and how far it has come.
    pub fn new(source: ByteSource, compressor: Compressor, at: u64) -> (Self, Arc<Progressed>) {
        let progressed = Arc::new(Progressed {
            given: AtomicU64::new(at),
            begun: AtomicU64::new(u64::MAX),
        });
        let sips = Self {
            source,
            begin: match compressor {
                Compressor::Gzip(_) => &[0x1f, 0x8b, 8],
                _ => &[0x28, 0xb5, 0x2f, 0xfd],
            },
            left: Vec::new(),
            is_at_end: false,
            progressed: Arc::clone(&progressed),
        };
        (sips, progressed)
    }

    /// Reads on until a beginning would be seen.
    fn fill(&mut self) -> io::Result<()> {
        while self.left.len() < self.begin.len() && !self.is_at_end {
            let mut more = [0; SIP_BYTES];
            let count = self.source.read(&mut more)?;
            self.left.extend(more.iter().take(count));
            self.is_at_end = count == 0;
        }
        Ok(())
    }

    /// How much lies before the next beginning, or before what may be one.
    fn sip_bytes(&self) -> usize {
        let mut places = self.left.windows(self.begin.len()).skip(1);
        if let Some(place) = places.position(|bytes| bytes == self.begin) {
            return place + 1;
        }
        let unsure = match self.is_at_end {
            true => 0,
            false => self.begin.len() - 1,
        };
        self.left.len().saturating_sub(unsure)
    }
}

impl Read for Sips {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let Progressed { given, begun } = &*self.progressed;
        if self.left.starts_with(self.begin) {
            begun.fetch_min(given.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        let count = self.sip_bytes().min(buffer.len());
        for (to, byte) in buffer.iter_mut().zip(self.left.drain(..count)) {
            *to = byte;
        }
        given.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Cursor;

    use super::*;

    #[test]
    fn what_was_taken_for_more_of_the_same_is_tried_again() {
        let zstd = Compressor::parse("zstd3").unwrap();
        let bytes = [&[0x28, 0xb5, 0x2f, 0xfd, 1][..]; 3].concat();
        let (sips, progressed) = Sips::new(Box::new(Cursor::new(bytes)), zstd, 0);
        let mut noted = Noted(sips, Arc::clone(&progressed));
        for end in [5, 10] {
            assert_eq!(noted.read(&mut [0; 99]).unwrap(), 5);
            assert_eq!(progressed.behind(), end);
        }
        assert!(noted.0.read(&mut [0; 99]).unwrap() > 0);
        assert_eq!(progressed.behind(), 10);
    }

    #[test]
    fn a_piece_ends_where_another_decoder_could_begin() {
        let zstd = Compressor::parse("zstd3").unwrap();
        let frame = [0x28, 0xb5, 0x2f, 0xfd];
        let lengths = [4, 5, 4093, 4094, 4096, 4099, 9000];
        let object: Vec<u8> = lengths
            .iter()
            .flat_map(|&bytes| [&frame[..], &vec![0x28; bytes - 4]].concat())
            .collect();
        let (mut sips, progressed) = Sips::new(Box::new(Cursor::new(object.clone())), zstd, 7);
        let (mut read, mut ends) = (Vec::new(), Vec::new());
        loop {
            let mut buffer = [0; 1 << 16];
            let count = sips.read(&mut buffer).unwrap();
            read.extend_from_slice(&buffer[..count]);
            assert_eq!(
                progressed.given.load(Ordering::Relaxed),
                7 + read.len() as u64
            );
            assert_eq!(progressed.behind(), 7);
            if count == 0 {
                break;
            }
            assert!(count <= SIP_BYTES + 4);
            ends.push(read.len());
        }
        assert!(read == object);
        let mut end = 0;
        for bytes in lengths {
            end += bytes;
            assert!(ends.contains(&end), "{end}");
        }
    }
}
