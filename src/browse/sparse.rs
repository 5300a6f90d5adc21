//! A content in a file: written piece by piece as the streams have them, with holes where nothing is.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::chain::{ContentPiece, What};
use crate::system;

/// Zeros at a time, where a file system cannot make holes.
const ZEROS: u64 = 64 << 10;

/// A file that is as long as the content, and all of it a hole at first.
pub struct Sparse {
    file: File,
    bytes: u64,
}

impl Sparse {
    /// Makes this empty file one of this length.
    pub fn new(file: File, bytes: u64) -> io::Result<Self> {
        file.set_len(bytes)?;
        Ok(Self { file, bytes })
    }

    /// Writes what of a piece lies within it.
    pub fn take(&mut self, piece: &ContentPiece<'_>) -> io::Result<()> {
        let left = self.bytes.saturating_sub(piece.offset);
        if left == 0 {
            return Ok(());
        }
        match piece.what {
            What::Data(bytes) => {
                let left = left.min(bytes.len() as u64);
                let bytes = bytes.get(..left as usize).unwrap_or_default();
                self.file.write_all_at(bytes, piece.offset)
            }
            What::Hole(bytes) => self.hole(piece.offset, left.min(bytes)),
        }
    }

    fn hole(&self, offset: u64, bytes: u64) -> io::Result<()> {
        if bytes == 0 || system::punch_hole(&self.file, offset, bytes) {
            return Ok(());
        }
        let zeros = vec![0; bytes.min(ZEROS) as usize];
        let (mut at, mut left) = (offset, bytes);
        while left > 0 {
            let count = left.min(ZEROS);
            let piece = zeros.get(..count as usize).unwrap_or_default();
            self.file.write_all_at(piece, at)?;
            (at, left) = (at + count, left - count);
        }
        Ok(())
    }

    /// The file.
    pub fn into_file(self) -> File {
        self.file
    }
}
