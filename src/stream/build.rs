//! Makes small streams for tests and fuzzing: every record type, both byte orders, packages, raw, resuming, redacted and
//! saved streams. Its checksum is the definition, word by word, and shares nothing with the one under test.

#[cfg(test)]
mod package;

use super::record::{KINDS, Order, RecordType};
use super::{REDACTED, RESUMING};

#[cfg(test)]
pub use package::{end_package, package, package_header, package_list, package_of};

const U64: usize = 8;
const U32: usize = 4;
const U8: usize = 1;

/// One field of a header: offset, width, value.
type Field = (usize, usize, u64);

pub const TOGUID: u64 = 0x1111_2222_3333_4444;
pub const FROMGUID: u64 = 0x5555_6666_7777_8888;

/// Bytes that are never all alike and the same in every run.
pub fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// Fletcher-4 as it is defined.
pub fn oracle(bytes: &[u8], order: Order) -> [u64; 4] {
    let mut sums = [0; 4];
    more(&mut sums, bytes, order);
    sums
}

fn more(sums: &mut [u64; 4], bytes: &[u8], order: Order) {
    assert_eq!(bytes.len() % 4, 0, "whole words");
    let [mut a, mut b, mut c, mut d] = *sums;
    for word in bytes.chunks(4) {
        let word = word.try_into().unwrap();
        let word = match order {
            Order::Little => u32::from_le_bytes(word),
            Order::Big => u32::from_be_bytes(word),
        };
        a = a.wrapping_add(word.into());
        b = b.wrapping_add(a);
        c = c.wrapping_add(b);
        d = d.wrapping_add(c);
    }
    *sums = [a, b, c, d];
}

/// A stream in the making.
pub struct Stream {
    pub bytes: Vec<u8>,
    order: Order,
    /// Records carry a checksum of their own, as since OpenZFS 0.7.
    pub record_sums: bool,
    /// Of a file system (2) or of a volume (3).
    pub objset: u64,
    toguid: u64,
    /// The checksum of what was sent since BEGIN, up to where.
    summed: ([u64; 4], usize),
}

impl Stream {
    pub fn new(order: Order, record_sums: bool) -> Self {
        Self {
            bytes: Vec::new(),
            order,
            record_sums,
            objset: 2,
            toguid: 0,
            summed: ([0; 4], 0),
        }
    }

    /// `versioninfo`: header type 1 or 2, the features from bit 2 on.
    pub fn begin(&mut self, versioninfo: u64, toguid: u64, fromguid: u64, nvlist: &[u8]) {
        self.summed = ([0; 4], self.bytes.len());
        self.toguid = toguid;
        let mut header = self.header(
            RecordType::Begin,
            &[
                (4, U32, nvlist.len() as u64),
                (8, U64, 0x2_F5BA_CBAC),
                (16, U64, versioninfo),
                (24, U64, 1_700_000_000),
                (32, U32, self.objset),
                (36, U32, 4),
                (40, U64, toguid),
                (48, U64, fromguid),
            ],
        );
        header[56..67].copy_from_slice(b"tank/a@snap");
        self.bytes.extend(header);
        self.bytes.extend(nvlist);
    }

    pub fn record(&mut self, kind: RecordType, fields: &[Field], payload: &[u8]) {
        let header = self.header(kind, fields);
        self.bytes.extend(&header[..280]);
        let sums = match self.record_sums {
            true => self.sums(),
            false => [0; 4],
        };
        for sum in sums {
            self.bytes.extend(self.number(U64, sum));
        }
        self.bytes.extend(payload);
    }

    pub fn write(&mut self, payload: &[u8]) {
        let size = (32, U64, payload.len() as u64);
        self.record(
            RecordType::Write,
            &[(8, U64, 7), (16, U32, 19), size],
            payload,
        );
    }

    pub fn end(&mut self) {
        let [a, b, c, d] = self.sums();
        self.end_with(&[
            (8, U64, a),
            (16, U64, b),
            (24, U64, c),
            (32, U64, d),
            (40, U64, self.toguid),
        ]);
    }

    pub fn end_with(&mut self, fields: &[Field]) {
        self.record(RecordType::End, fields, &[]);
    }

    /// One record of each type that may stand between BEGIN and END, and of each way to state a length.
    pub fn one_of_each(&mut self) {
        use RecordType::*;
        let bytes = noise(1024);
        let lone = |at| (at, U64, self.toguid);
        let (at24, at32) = (lone(24), lone(32));
        self.record(ObjectRange, &[(16, U64, 32), at24], &[]);
        self.record(Object, &[(8, U64, 1), (28, U32, 5)], &bytes[..8]);
        let raw = [(28, U32, 176), (36, U32, 12)];
        self.record(Object, &raw, &bytes[..12]);
        self.record(Object, &[(8, U64, 2)], &[]);
        self.record(FreeObjects, &[(8, U64, 3), (16, U64, 29), at24], &[]);
        self.write(&bytes[..512]);
        let packed = [(32, U64, 4096), (50, U8, 15), (96, U64, 64)];
        self.record(Write, &packed, &bytes[..64]);
        self.record(Free, &[(16, U64, 512), (24, U64, u64::MAX), at32], &[]);
        let fields = [(48, U32, 90), (52, U32, 13)];
        self.record(WriteEmbedded, &fields, &bytes[..16]);
        self.record(Spill, &[(8, U64, 1), (16, U64, 512)], &bytes[512..]);
        let packed = [(16, U64, 512), (33, U8, 15), (40, U64, 32)];
        self.record(Spill, &packed, &bytes[..32]);
        self.record(WriteByref, &[(24, U64, 131_072), (40, U64, 9)], &[]);
        self.record(Redact, &[(8, U64, 7), (24, U64, 512), at32], &[]);
    }

    /// The spill block of an object, where OpenZFS 2.3 puts one that is embedded.
    pub fn lost_spill(&mut self, object: u64, offset: u64) {
        let place = [(8, U64, object), (16, U64, offset), (24, U64, 1024)];
        let fields = [&place[..], &[(48, U32, 1024), (52, U32, 30)]].concat();
        self.record(RecordType::WriteEmbedded, &fields, &noise(32));
    }

    fn sums(&mut self) -> [u64; 4] {
        let (sums, at) = &mut self.summed;
        more(sums, &self.bytes[*at..], self.order);
        *at = self.bytes.len();
        *sums
    }

    pub fn header(&self, kind: RecordType, fields: &[Field]) -> [u8; 312] {
        let number = KINDS.iter().position(|&(other, _)| other == kind);
        let mut header = [0; 312];
        header[..4].copy_from_slice(&self.number(U32, number.unwrap() as u64));
        for &(at, width, value) in fields {
            header[at..at + width].copy_from_slice(&self.number(width, value));
        }
        header
    }

    fn number(&self, width: usize, value: u64) -> Vec<u8> {
        match self.order {
            Order::Little => value.to_le_bytes()[..width].to_vec(),
            Order::Big => value.to_be_bytes()[8 - width..].to_vec(),
        }
    }
}

/// A full stream with every record type.
pub fn everything(order: Order, record_sums: bool) -> Vec<u8> {
    let mut stream = Stream::new(order, record_sums);
    stream.begin(1 | 4 << 2, TOGUID, 0, &noise(20));
    stream.one_of_each();
    stream.end();
    stream.bytes
}

/// `DMU_BACKUP_FEATURE_COMPRESSED` and `_RAW`.
const RAW: u64 = 1 << 22 | 1 << 24;

/// An encrypted increment as it lies on the disks (`zfs send -w -i`): keys in BEGIN, lengths by their raw fields.
pub fn raw(order: Order) -> Vec<u8> {
    let mut stream = Stream::new(order, true);
    stream.begin(1 | RAW << 2, TOGUID, FROMGUID, &noise(96));
    let bytes = noise(1024);
    let range = [(16, U64, 32), (24, U64, TOGUID), (40, U64, 7), (68, U8, 2)];
    stream.record(RecordType::ObjectRange, &range, &[]);
    let object = [(8, U64, 3), (28, U32, 168), (33, U8, 2), (36, U32, 320)];
    stream.record(RecordType::Object, &object, &bytes[..320]);
    let off = [(32, U64, 1024), (50, U8, 2), (96, U64, 1024)];
    stream.record(RecordType::Write, &off, &bytes);
    let spill = [(16, U64, 1024), (33, U8, 15), (40, U64, 512), (84, U32, 44)];
    stream.record(RecordType::Spill, &spill, &bytes[..512]);
    stream.end();
    stream.bytes
}

/// The rest of an interrupted stream (`zfs send -t`): it goes on in the middle of an object that BEGIN's list names.
pub fn resuming(order: Order) -> Vec<u8> {
    let mut stream = Stream::new(order, true);
    stream.begin(1 | RESUMING << 2, TOGUID, FROMGUID, &noise(136));
    stream.write(&noise(512));
    stream.record(RecordType::Free, &[(8, U64, 7), (24, U64, u64::MAX)], &[]);
    stream.end();
    stream.bytes
}

/// A stream with blocks left out on purpose (`zfs send --redact`).
pub fn redacted(order: Order) -> Vec<u8> {
    let mut stream = Stream::new(order, true);
    stream.begin(1 | REDACTED << 2, TOGUID, 0, &noise(64));
    stream.record(RecordType::Redact, &[(8, U64, 7), (24, U64, 4096)], &[]);
    stream.write(&noise(512));
    stream.end();
    stream.bytes
}

/// What a partly received file system has (`zfs send -S`): its records bear the guid of the snapshot that it was to become,
/// BEGIN another one, and there is no END.
pub fn saved(order: Order) -> Vec<u8> {
    let mut stream = Stream::new(order, true);
    stream.begin(1, TOGUID, 0, &[]);
    stream.toguid = FROMGUID;
    stream.one_of_each();
    stream.bytes
}
