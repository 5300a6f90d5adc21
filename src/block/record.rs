//! The payload of a record as the block that it is.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use super::MOST_BYTES;
use crate::stream::{Header, RecordType, Records};

/// A block of an object.
pub struct Block {
    pub object: u64,
    /// Where it lies in the object; 0 of a spill block.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// All of the payload of the last record, which is no longer than a block may be.
pub fn payload_of<R: Read>(records: &mut Records<R>) -> io::Result<Vec<u8>> {
    let mut payload = vec![0; records.payload_left().min(MOST_BYTES as u64) as usize];
    let mut filled = 0;
    while filled < payload.len() {
        let rest = payload.get_mut(filled..).unwrap_or_default();
        match records.payload(rest) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            count => filled += count?,
        }
    }
    Ok(payload)
}

/// Where the block of a WRITE or WRITE_EMBEDDED record lies in its object.
pub fn place_of(kind: RecordType, header: &Header) -> Range<u64> {
    let (offset, length) = match kind {
        RecordType::Write => (header.u64(24), header.u64(32)),
        _ => (header.u64(16), header.u64(24)),
    };
    offset..offset.saturating_add(length)
}

/// The block of a WRITE, WRITE_EMBEDDED or SPILL record.
pub fn of(kind: RecordType, header: &Header, payload: Vec<u8>) -> Result<Block, String> {
    let object = header.u64(8);
    let (offset, packed, compression, length) = match kind {
        RecordType::Write => (header.u64(24), payload, header.u8(50), header.u64(32)),
        RecordType::Spill if header.u64(40) != 0 => (0, payload, header.u8(33), header.u64(16)),
        RecordType::WriteEmbedded => return embedded(header, &payload),
        _ => (0, payload, 0, header.u64(16)),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let bytes = match compression {
        0 if packed.len() == length => packed,
        _ => super::unpack(compression, &packed, length).map_err(|error| error.to_string())?,
    };
    Ok(Block {
        object,
        offset,
        bytes,
    })
}

/// What stands in the block pointer itself, with zeros up to the length of the block.
fn embedded(header: &Header, payload: &[u8]) -> Result<Block, String> {
    let (length, logical) = (header.u64(24), header.u32(48) as usize);
    let packed = payload.get(..header.u32(52) as usize);
    if header.u8(41) != 0 || length > MOST_BYTES as u64 {
        return Err("an embedded block of no kind that is known".to_owned());
    }
    let bytes = super::unpack(header.u8(40), packed.unwrap_or_default(), logical);
    let mut bytes = bytes.map_err(|error| error.to_string())?;
    bytes.resize(bytes.len().max(length as usize), 0);
    Ok(Block {
        object: header.u64(8),
        offset: header.u64(16),
        bytes,
    })
}
