//! For readers: after an error comes another one, and never an end of file, which would say that all is well.

use std::io::{self, ErrorKind, Read};

/// Remembers that a reader has failed.
#[derive(Debug, Default)]
pub struct Latch {
    failed: bool,
}

impl Latch {
    /// One read, if none has failed before.
    pub fn check(&self) -> io::Result<()> {
        match self.failed {
            true => Err(io::Error::other("read on after a failure")),
            false => Ok(()),
        }
    }

    /// Passes on how a read ended.
    pub fn note<T>(&mut self, read: io::Result<T>) -> io::Result<T> {
        self.failed |= read.is_err();
        read
    }
}

/// A reader that may forget that it has failed, behind a latch.
pub struct Latched<R> {
    reader: R,
    latch: Latch,
}

impl<R> Latched<R> {
    /// The reader, which has not failed yet.
    pub fn new(reader: R) -> Self {
        let latch = Latch::default();
        Self { reader, latch }
    }
}

impl<R: Read> Read for Latched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.latch.check()?;
        match self.reader.read(into) {
            // Nothing has happened yet: it is to be repeated.
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            read => self.latch.note(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_the_last_that_is_read() {
        struct Odd(Vec<io::Result<usize>>);
        impl Read for Odd {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                self.0.remove(0)
            }
        }
        let failure = |kind| Err(io::Error::from(kind));
        let reads = vec![
            Ok(1),
            failure(ErrorKind::Interrupted),
            Ok(2),
            failure(ErrorKind::BrokenPipe),
            Ok(0),
        ];
        let mut reader = Latched::new(Odd(reads));
        let mut kinds = || reader.read(&mut [0; 4]).map_err(|error| error.kind());
        assert_eq!(kinds(), Ok(1));
        assert_eq!(kinds(), Err(ErrorKind::Interrupted));
        assert_eq!(kinds(), Ok(2));
        assert_eq!(kinds(), Err(ErrorKind::BrokenPipe));
        assert_eq!(kinds(), Err(ErrorKind::Other));
        assert_eq!(kinds(), Err(ErrorKind::Other));
    }
}
