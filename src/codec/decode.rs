//! The way back from gzip and zstd, whoever made it: in one piece (member, frame) or several.
//!
//! Responsible for end of file meaning that all of the data was there and its checksums are right: data that ends early,
//! is corrupt or has anything but another piece behind it is an error.

use std::io::{self, BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use super::latch::Latch;

/// How much compressed data is read at a time.
const BUFFER_BYTES: usize = 128 << 10;

/// Decompresses gzip data, whose first bytes are awaited here. One thread does about 800 MB of output a second, if it is
/// asked for 64 KiB or more at a time; nothing is gained by more.
pub fn gunzip(source: impl Read) -> impl Read {
    let members = MultiGzDecoder::new(buffered(source));
    Latch(Decoder(members, "gzip"), false)
}

/// Decompresses zstd data: any number of frames with windows of up to 128 MiB, as `zstd -d` does (z3 makes 2 MiB, 4 at the
/// highest level). The window is what it takes of memory.
#[cfg(feature = "zstd")]
pub fn unzstd<R: Read>(source: R) -> io::Result<impl Read + use<R>> {
    let frames = zstd::stream::read::Decoder::with_buffer(buffered(source))?;
    Ok(Latch(Decoder(frames, "zstd"), false))
}

fn buffered<R: Read>(source: R) -> BufReader<Source<R>> {
    BufReader::with_capacity(BUFFER_BYTES, Source(source))
}

/// A decoder, and what it decodes.
struct Decoder<D>(D, &'static str);

impl<D: Read> Read for Decoder<D> {
    /// Gives errors of the source as they are, and puts the decoder's into our words.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Self(decoder, format) = self;
        let read = decoder.read(into);
        read.map_err(|error| match error.downcast::<Passing>() {
            Ok(Passing(error)) => error,
            Err(error) => worded(format, error),
        })
    }
}

/// An error on its way through a decoder, which is not the decoder's.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Passing(io::Error);

struct Source<R>(R);

impl<R: Read> Read for Source<R> {
    /// Tries again by itself when it is interrupted: not every place in the decoders would.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read.map_err(|error| io::Error::other(Passing(error))),
            }
        }
    }
}

fn worded(format: &str, error: io::Error) -> io::Error {
    match error.kind() {
        kind @ ErrorKind::UnexpectedEof => {
            io::Error::new(kind, format!("{format} data ends early"))
        }
        _ => io::Error::new(
            ErrorKind::InvalidData,
            format!("{format} data is corrupt: {error}"),
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
mod tests;
