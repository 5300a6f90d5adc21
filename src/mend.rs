//! A stream in which zfs has lost spill blocks, mended: each is put back where a receiver looks for it.
//!
//! `zfs send -e` of OpenZFS 2.3.0 to 2.4.x, and `-w` of what is not encrypted, puts a spill block that lies embedded in its
//! block pointer into a WRITE_EMBEDDED record at `-2 * length` (openzfs/zfs#18239); `zfs receive` drops that without a word.
//! The data is all there: a SPILL record with it unpacked is what the sender should have written.
//!
//! Responsible for these records only. Not responsible for writing the stream ([`crate::rewrite`]), nor for whether it is right.

use std::io::{self, Read};

use crate::block;
use crate::error::Error;
use crate::latch::Latched;
use crate::rewrite::{self, Change, RecordWriter, payload_of};
use crate::stream::{Header, RecordType, Records};

/// The longest payload of WRITE_EMBEDDED: what a block pointer has room for, padded.
const EMBEDDED_BYTES: u64 = 112;
/// `DMU_OT_SA`, the type of a spill block.
const SYSTEM_ATTRIBUTES: u32 = 44;
/// `SPA_MINBLOCKSIZE`, of which every block is a multiple.
const LEAST_BYTES: u64 = 512;

/// Where WRITE_EMBEDDED has its fields.
mod embedded {
    pub const OBJECT_AT: usize = 8;
    pub const OFFSET_AT: usize = 16;
    pub const LENGTH_AT: usize = 24;
    pub const TOGUID_AT: usize = 32;
    pub const COMPRESSION_AT: usize = 40;
    pub const TYPE_AT: usize = 41;
    pub const LOGICAL_BYTES_AT: usize = 48;
    pub const PACKED_BYTES_AT: usize = 52;
}

/// Where SPILL has its own.
mod spill {
    pub const OBJECT_AT: usize = 8;
    pub const LENGTH_AT: usize = 16;
    pub const TOGUID_AT: usize = 24;
    pub const TYPE_AT: usize = 84;
}

/// The stream of a file system with its spill blocks back. One that cannot be put back is an error.
pub fn mended<R: Read>(stream: R) -> Latched<impl Read> {
    rewrite::changed(stream, Mend::default())
}

#[derive(Default)]
struct Mend {
    file_system: bool,
}

impl Change for Mend {
    fn begin(&mut self, header: &mut Header, list: Vec<u8>) -> io::Result<Vec<u8>> {
        self.file_system = header.is_of_file_system();
        Ok(list)
    }

    fn record<R: Read>(
        &mut self,
        kind: RecordType,
        header: Header,
        records: &mut Records<R>,
        writer: &mut RecordWriter,
    ) -> io::Result<()> {
        let beyond = header.beyond_files(kind).filter(|_| self.file_system);
        let Some((object, _)) = beyond else {
            writer.keep(kind, header);
            return Ok(());
        };
        let payload = payload_of(records, EMBEDDED_BYTES)?;
        let mended = spill_of(&header, &payload).map_err(|problem| {
            Error::refused(format!(
                "the lost spill block of inode {object} cannot be mended: {problem}"
            ))
        });
        let (header, block) = mended?;
        writer.insert(RecordType::Spill, header, &block);
        Ok(())
    }
}

/// The SPILL record with what WRITE_EMBEDDED holds.
pub fn spill_of(header: &Header, payload: &[u8]) -> Result<(Header, Vec<u8>), String> {
    let bytes = u64::from(header.u32(embedded::LOGICAL_BYTES_AT));
    let (offset, length) = (
        header.u64(embedded::OFFSET_AT),
        header.u64(embedded::LENGTH_AT),
    );
    if offset != 0_u64.wrapping_sub(length.wrapping_mul(2)) || length != bytes {
        return Err(format!(
            "it has {bytes} bytes for {length} at offset {offset}"
        ));
    }
    if bytes == 0 || bytes % LEAST_BYTES != 0 || header.u8(embedded::TYPE_AT) != 0 {
        return Err(format!("{bytes} bytes are no block of data"));
    }
    let packed = payload.get(..header.u32(embedded::PACKED_BYTES_AT) as usize);
    let compression = header.u8(embedded::COMPRESSION_AT);
    let block = block::unpack(compression, packed.unwrap_or_default(), bytes as usize);
    let block = block.map_err(|error| error.to_string())?;
    let mut spill = Header::new(RecordType::Spill, header.order);
    spill.set_u64(spill::OBJECT_AT, header.u64(embedded::OBJECT_AT));
    spill.set_u64(spill::LENGTH_AT, bytes);
    spill.set_u64(spill::TOGUID_AT, header.u64(embedded::TOGUID_AT));
    spill.set_u32(spill::TYPE_AT, SYSTEM_ATTRIBUTES);
    // If the sender writes a checksum into each record, the writer puts in the right one.
    spill.set_own_sums(header.sums());
    Ok((spill, block))
}

#[cfg(test)]
mod tests;
