//! A block as a pool has compressed it, unpacked: what `zfs send -c`, `-e` and `-w` put into a stream.
//!
//! Responsible for every compression that OpenZFS has, and for giving the whole block or nothing. The bytes are a stranger's:
//! nothing is read before they begin or behind their end, and no more is made of them than the block is long. Not
//! responsible for where a block lies, nor for encrypted ones.
//!
//! Source of the numbers and the formats: `enum zio_compress` in OpenZFS's `include/sys/zio_compress.h`, and the files in
//! `module/zfs` that are named with each.

mod history;
mod lz4;
mod lzjb;
pub mod record;
#[cfg(test)]
mod tests;
mod zle;

use std::io::{self, Read};

use flate2::bufread::ZlibDecoder;

/// The longest block, `SPA_MAXBLOCKSIZE`.
pub const MOST_BYTES: usize = 16 << 20;

/// What stands before the compressed data of lz4 and zstd: its length, as behind it there may be padding.
const LENGTH_BYTES: usize = 4;

/// Why a block cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A pool that is newer than this program, or damage.
    #[error("it has compression {0}, which is not known here")]
    Unknown(u8),
    /// More than any block has.
    #[error("it would be {0} bytes long, at most {MOST_BYTES} are possible")]
    TooLong(usize),
    /// What is there is not a block of this length.
    #[error("its {0} data is damaged")]
    Damaged(&'static str),
    /// Left out when this program was built.
    #[error("it is compressed with zstd, and this z3 was built without it")]
    #[cfg(not(feature = "zstd"))]
    NoZstd,
}

/// The block of `bytes` bytes of which a pool has made `packed`, which may be padded; `compression` as in `drr_compressiontype`.
pub fn unpack(compression: u8, packed: &[u8], bytes: usize) -> Result<Vec<u8>, BlockError> {
    if bytes > MOST_BYTES {
        return Err(BlockError::TooLong(bytes));
    }
    let (name, block) = match compression {
        0..=2 => ("uncompressed", packed.get(..bytes).map(<[u8]>::to_vec)),
        3 => ("lzjb", lzjb::unpack(packed, bytes)),
        4 => ("empty", Some(vec![0; bytes])),
        5..=13 => ("gzip", read(ZlibDecoder::new(packed), bytes)),
        14 => ("zle", zle::unpack(packed, bytes)),
        15 => (
            "lz4",
            of_known_length(packed).and_then(|packed| lz4::unpack(packed, bytes)),
        ),
        16 => ("zstd", zstd(packed, bytes)?),
        unknown => return Err(BlockError::Unknown(unknown)),
    };
    let whole = block.filter(|block| block.len() == bytes);
    whole.ok_or(BlockError::Damaged(name))
}

/// The data behind its length.
fn of_known_length(packed: &[u8]) -> Option<&[u8]> {
    let (length, rest) = packed.split_first_chunk::<LENGTH_BYTES>()?;
    rest.get(..u32::from_be_bytes(*length) as usize)
}

/// One byte more than is wanted shows that there would be more.
fn read(decoder: impl Read, bytes: usize) -> Option<Vec<u8>> {
    let mut block = Vec::with_capacity(bytes + 1);
    let read: io::Result<usize> = decoder.take(bytes as u64 + 1).read_to_end(&mut block);
    read.ok().map(|_| block)
}

/// Behind the length stand the version and the level; the frame lacks the four bytes with which zstd's own begin
/// (`module/zstd/zfs_zstd.c`).
#[cfg(feature = "zstd")]
fn zstd(packed: &[u8], bytes: usize) -> Result<Option<Vec<u8>>, BlockError> {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    const LEVEL_BYTES: usize = 4;
    let frame = || {
        let (length, rest) = packed.split_first_chunk::<LENGTH_BYTES>()?;
        let (_, rest) = rest.split_at_checked(LEVEL_BYTES)?;
        rest.get(..u32::from_be_bytes(*length) as usize)
    };
    let decoder = frame().map(|frame| zstd::stream::read::Decoder::with_buffer(MAGIC.chain(frame)));
    Ok(decoder
        .and_then(Result::ok)
        .and_then(|decoder| read(decoder, bytes)))
}

#[cfg(not(feature = "zstd"))]
fn zstd(_: &[u8], _: usize) -> Result<Option<Vec<u8>>, BlockError> {
    Err(BlockError::NoZstd)
}
