//! What every coder is read through: after an error comes another one, and never an end of file.

use std::io::{self, ErrorKind, Read};

/// Reads the first until it has failed, which the second tells. A coder may forget that, and its next read would say that
/// all is well.
pub struct Latch<R>(pub R, pub bool);

impl<R: Read> Read for Latch<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Self(coder, failed) = self;
        if *failed {
            return Err(io::Error::other("read on after a failure"));
        }
        let read = coder.read(into);
        read.inspect_err(|error| *failed = error.kind() != ErrorKind::Interrupted)
    }
}
