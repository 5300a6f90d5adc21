//! Extended attributes of a file.
//!
//! Responsible for both ways in which they are stored: packed into one system attribute (`xattr=sa`), and as files in a
//! directory without a name. Not responsible for which of them mean something to this machine.
//!
//! Source of the packed form: OpenZFS, `module/nvpair/nvpair.c`; RFC 4506.

use super::{Attributes, Tree};

/// `DATA_TYPE_BYTE_ARRAY`.
const BYTE_ARRAY: u32 = 10;

/// Those of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Xattrs {
    /// With their values.
    pub here: Vec<(Vec<u8>, Vec<u8>)>,
    /// With the objects whose contents are their values.
    pub elsewhere: Vec<(Vec<u8>, u64)>,
}

impl Xattrs {
    /// What the file has; the error says why they cannot be read.
    pub fn of(tree: &Tree, attributes: &Attributes) -> Result<Self, String> {
        let here = match attributes.xattrs.as_slice() {
            [] => Vec::new(),
            packed => unpacked(packed).ok_or("its extended attributes are damaged")?,
        };
        let elsewhere = match attributes.xattr_directory {
            0 => Vec::new(),
            directory => tree.entries_of(directory)?,
        };
        Ok(Self { here, elsewhere })
    }
}

/// An nvlist in XDR behind four bytes, a version and flags: of each pair its length, its length in memory, its name, type and
/// count, then its value, which of bytes has no length of its own.
fn unpacked(packed: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut rest = packed.strip_prefix(&[1])?.get(11..)?;
    let mut found = Vec::new();
    loop {
        let mut pair = Xdr(rest);
        let length = pair.number()? as usize;
        if (length, pair.number()?) == (0, 0) {
            return Some(found);
        }
        let name = pair.opaque()?;
        let (kind, count) = (pair.number()?, pair.number()?);
        if kind == BYTE_ARRAY {
            let value = pair.0.get(..count as usize)?;
            found.push((name.to_vec(), value.to_vec()));
        }
        rest = rest.get(length..).filter(|_| length > 0)?;
    }
}

/// The rest of some XDR.
struct Xdr<'a>(&'a [u8]);

impl<'a> Xdr<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// Bytes with their length before them, padded.
    fn opaque(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let bytes = self.0.get(..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..)?;
        Some(bytes)
    }
}
