//! The header of one record: 312 bytes, each field where `dmu_replay_record` in OpenZFS's `include/sys/zfs_ioctl.h` has
//! it. Not responsible for the order of records or for checksums: that is [`super::check`]'s.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use super::fletcher::Sums;
pub use super::order::Order;
use super::{Begin, FEATURES};
use crate::size::MIB;

/// Length of the header of any record, and of a whole END record.
pub const HEADER_BYTES: usize = 312;

/// Where a record's own checksum begins; a BEGIN record has none.
pub const SUM_AT: usize = 280;

/// `DMU_OST_ZFS`, the kind of objects that a file system has.
const FILE_SYSTEM: u32 = 2;
/// `DMU_OST_ZVOL`.
const VOLUME: u32 = 3;

/// No file is that long.
const FILE_BYTES: u64 = 1 << 63;

/// The record types, numbered from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordType {
    #[default]
    Begin,
    Object,
    FreeObjects,
    Write,
    Free,
    End,
    WriteByref,
    Spill,
    WriteEmbedded,
    ObjectRange,
    Redact,
}

/// All of them at the place of their number, with their names and articles.
pub const KINDS: [(RecordType, &str); 11] = [
    (RecordType::Begin, "a BEGIN record"),
    (RecordType::Object, "an OBJECT record"),
    (RecordType::FreeObjects, "a FREEOBJECTS record"),
    (RecordType::Write, "a WRITE record"),
    (RecordType::Free, "a FREE record"),
    (RecordType::End, "an END record"),
    (RecordType::WriteByref, "a WRITE_BYREF record"),
    (RecordType::Spill, "a SPILL record"),
    (RecordType::WriteEmbedded, "a WRITE_EMBEDDED record"),
    (RecordType::ObjectRange, "an OBJECT_RANGE record"),
    (RecordType::Redact, "a REDACT record"),
];

/// With the article: `a WRITE record`.
impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = KINDS.iter().find(|(kind, _)| kind == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

/// A complete header and the order in which to read it.
#[derive(Clone)]
pub struct Header {
    pub bytes: [u8; HEADER_BYTES],
    pub order: Order,
}

impl Header {
    /// A record of this type, all of whose fields are 0.
    pub fn new(kind: RecordType, order: Order) -> Self {
        let bytes = [0; HEADER_BYTES];
        let number = KINDS.iter().position(|(other, _)| *other == kind);
        let mut header = Self { bytes, order };
        header.set_u32(0, number.unwrap_or_default() as u32);
        header
    }

    /// The record type, or the number that is none.
    pub fn kind(&self) -> Result<RecordType, u32> {
        let number = self.u32(0);
        let row = usize::try_from(number).ok().and_then(|n| KINDS.get(n));
        row.map(|(kind, _)| *kind).ok_or(number)
    }

    /// The length of what follows this header.
    pub fn payload_bytes(&self, kind: RecordType) -> Result<u64, String> {
        let (bytes, limit) = match kind {
            // zstream takes this much; `zfs receive` 64 MiB unless told otherwise.
            RecordType::Begin => (self.u32(4).into(), 256 * MIB),
            RecordType::Object => (self.bonus_bytes(), 16 * MIB),
            RecordType::Write if self.u8(50) != 0 => (self.u64(96), 16 * MIB),
            RecordType::Write => (self.u64(32), 16 * MIB),
            RecordType::Spill if self.u64(40) != 0 => (self.u64(40), 16 * MIB),
            RecordType::Spill => (self.u64(16), 16 * MIB),
            RecordType::WriteEmbedded => (u64::from(self.u32(52)).next_multiple_of(8), 112),
            _ => (0, 0),
        };
        if bytes > limit {
            Err(format!(
                "{kind} claims a payload of {bytes} bytes, {limit} are possible"
            ))
        } else if bytes % 4 != 0 {
            Err(format!(
                "{kind} claims a payload of {bytes} bytes, no multiple of 4"
            ))
        } else {
            Ok(bytes)
        }
    }

    /// OBJECT: `drr_raw_bonuslen` of a raw send, else `drr_bonuslen`, padded.
    fn bonus_bytes(&self) -> u64 {
        match self.u32(36) {
            0 => u64::from(self.u32(28)).next_multiple_of(8),
            raw => raw.into(),
        }
    }

    /// Header type of a BEGIN record: 1 for a stream, 2 for a package.
    pub fn stream_type(&self) -> u64 {
        self.u64(16) & 3
    }

    /// Whether a BEGIN record is that of a file system, not of a volume.
    pub fn is_of_file_system(&self) -> bool {
        self.u32(32) == FILE_SYSTEM
    }

    /// The object and the offset of embedded data that lies where no file has any.
    pub fn beyond_files(&self, kind: RecordType) -> Option<(u64, u64)> {
        let (object, offset) = (self.u64(8), self.u64(16));
        (kind == RecordType::WriteEmbedded && offset >= FILE_BYTES).then_some((object, offset))
    }

    /// The fields of a BEGIN record.
    pub fn begin(&self) -> Begin {
        let name = self.bytes.get(56..).unwrap_or_default();
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        Begin {
            toguid: self.u64(40),
            fromguid: self.u64(48),
            toname: text(name),
            creation_time: self.u64(24),
            flags: self.u32(36),
            features: (self.u64(16) >> 2) & FEATURES,
            volume: self.u32(32) == VOLUME,
        }
    }

    /// The record's own checksum; senders before OpenZFS 0.7 leave it zero.
    pub fn sums(&self) -> Sums {
        self.sums_at(SUM_AT)
    }

    /// What an END record says about all bytes since BEGIN.
    pub fn end_sums(&self) -> Sums {
        self.sums_at(8)
    }

    /// `drr_toguid`, which every record has.
    pub fn toguid(&self, kind: RecordType) -> u64 {
        self.u64(match kind {
            RecordType::Begin | RecordType::Object | RecordType::Write | RecordType::End => 40,
            RecordType::Free
            | RecordType::Redact
            | RecordType::WriteByref
            | RecordType::WriteEmbedded => 32,
            RecordType::FreeObjects | RecordType::Spill | RecordType::ObjectRange => 24,
        })
    }

    /// Whether the bytes that an END record leaves unused are zero. Nothing else covers them in a record without a
    /// checksum of its own.
    pub fn end_is_clean(&self) -> bool {
        let unused = self.bytes.get(48..SUM_AT).unwrap_or_default();
        self.u32(4) == 0 && unused.iter().all(|&byte| byte == 0)
    }

    fn sums_at(&self, at: usize) -> Sums {
        [0, 8, 16, 24].map(|word| self.u64(at + word))
    }

    /// The field that begins there.
    pub fn u8(&self, at: usize) -> u8 {
        u8::from_le_bytes(self.array(at))
    }

    /// The field that begins there.
    pub fn u32(&self, at: usize) -> u32 {
        self.order.u32(self.array(at))
    }

    /// The field that begins there.
    pub fn u64(&self, at: usize) -> u64 {
        self.order.u64(self.array(at))
    }

    /// Gives a field another value.
    pub fn set_u32(&mut self, at: usize, value: u32) {
        self.set(at, self.order.bytes_of_u32(value));
    }

    /// Gives a field another value.
    pub fn set_u64(&mut self, at: usize, value: u64) {
        self.set(at, self.order.bytes_of_u64(value));
    }

    /// Gives the record's own checksum another value.
    pub fn set_own_sums(&mut self, sums: Sums) {
        self.set_sums(SUM_AT, sums);
    }

    /// Gives a checksum another value.
    pub fn set_sums(&mut self, at: usize, sums: Sums) {
        let places = [0, 8, 16, 24].map(|word| at + word);
        let words = places.into_iter().zip(sums);
        words.for_each(|(at, sum)| self.set_u64(at, sum));
    }

    fn set<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        let tail = self.bytes.get_mut(at..).unwrap_or_default();
        if let Some(field) = tail.first_chunk_mut() {
            *field = value;
        }
    }

    /// Every `at` stands in this file and lies within the header.
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let tail = self.bytes.get(at..).unwrap_or_default();
        tail.first_chunk().copied().unwrap_or([0; N])
    }
}

const CONTROLS_AND_PERCENT: &AsciiSet = &CONTROLS.add(b'%');

/// zfs makes names of ASCII letters only. What is no UTF-8 is kept byte for byte, each of those above ASCII as `%XX`.
fn text(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_owned(),
        Err(_) => percent_encode(name, CONTROLS_AND_PERCENT).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_whatever_its_bytes() {
        assert_eq!(text(b"tank/a@b%41"), "tank/a@b%41");
        assert_eq!(text("tank/\u{e9}@b".as_bytes()), "tank/\u{e9}@b");
        assert_eq!(text(b"tank/\xe9@b%41\x1b"), "tank/%E9@b%2541%1B");
    }
}
