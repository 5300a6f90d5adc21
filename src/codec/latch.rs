//! What every coder is read through: after an error comes the same again, and never an end of file.

use std::io::{self, ErrorKind, Read};

/// Reads `R` until it has failed. A coder may forget that, and its next read would say that all is well.
pub struct Latch<R> {
    inner: R,
    failed: bool,
}

impl<R> Latch<R> {
    /// Has not failed yet.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            failed: false,
        }
    }
}

impl<R: Read> Read for Latch<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("read on after a failure"));
        }
        self.inner.read(into).inspect_err(|error| {
            self.failed = error.kind() != ErrorKind::Interrupted;
        })
    }
}
