//! The way back from gzip and zstd, whoever made it: in one piece (member, frame) or several.
//!
//! Responsible for end of file meaning that all of the data was there and its checksums are right: data that ends early,
//! is corrupt or has anything but another piece behind it is an error.

use std::io::{self, BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use crate::error::Error;
use crate::latch::Latched;

/// How much compressed data is read at a time.
const BUFFER_BYTES: usize = 128 << 10;

/// The largest window of zstd data, as a power of two.
#[cfg(feature = "zstd")]
const LARGEST_WINDOW: u32 = 24;

/// What libzstd says of a larger one (`ZSTD_error_frameParameter_windowTooLarge`).
const TOO_LARGE: &str = "Frame requires too much memory";
/// What it says where there is no memory (`ZSTD_error_memory_allocation`), here and on the other way.
const NO_MEMORY: &str = "not enough memory";

/// Decompresses gzip data, whose first bytes are awaited here. One thread does about 800 MB of output a second, if it is
/// asked for 64 KiB or more at a time; nothing is gained by more.
pub fn gunzip(source: impl Read) -> impl Read {
    let members = MultiGzDecoder::new(buffered(source));
    Latched::new(Decoder(members, "gzip"))
}

/// Decompresses zstd data: any number of frames with windows of up to 16 MiB (z3 makes 2 MiB, 4 at the highest level; `zstd`
/// itself at most 8 below `--ultra`). The window is what it takes of memory: who wrote the object shall not choose that.
#[cfg(feature = "zstd")]
pub fn unzstd<R: Read>(source: R) -> io::Result<impl Read + use<R>> {
    let mut frames = zstd::stream::read::Decoder::with_buffer(buffered(source))?;
    frames.window_log_max(LARGEST_WINDOW)?;
    Ok(Latched::new(Decoder(frames, "zstd")))
}

fn buffered<R: Read>(source: R) -> BufReader<Encoded<R>> {
    BufReader::with_capacity(BUFFER_BYTES, Encoded(source))
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

struct Encoded<R>(R);

impl<R: Read> Read for Encoded<R> {
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

/// Says what to do where libzstd has found no memory.
pub fn no_memory(error: &io::Error) -> Option<Error> {
    let text = error.to_string();
    text.contains(NO_MEMORY).then(|| {
        Error::refused("there is no memory for zstd").hint("set a lower MAX_MEMORY or CONCURRENCY")
    })
}

fn worded(format: &str, error: io::Error) -> io::Error {
    let text = error.to_string();
    if text.contains(TOO_LARGE) {
        let large = Error::refused(format!("{format} data with a window of more than 16 MiB"));
        return large
            .hint("z3 makes no such data; by hand: z3_get KEY | zstd -d --long=31 | zfs receive")
            .into();
    }
    if let Some(error) = no_memory(&error) {
        return error.into();
    }
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
mod tests;
