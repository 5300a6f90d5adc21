//! The state machine: which record may follow which, and which checksum must hold where.
//!
//! Within one stream the checksum is that of all bytes since BEGIN, headers and payloads alike. It is compared in two
//! places: 280 bytes into each record with the record's own, and before END with the one that END carries.

mod begin;
mod enter;
mod finish;
mod spill;

use super::fill::is_fill;
use super::fletcher::{Fletcher4, Sums};
use super::package::Package;
use super::record::{HEADER_BYTES, Header, Order, RecordType, SUM_AT};
use super::{Accept, Expect, StreamError, StreamSummary};
use crate::name::SnapName;

pub use spill::LostSpills;

const NO_SUMS: Sums = [0; 4];

/// Where in the grammar the stream stands:
/// `stream = BEGIN record* END`, `package = BEGIN END stream* END`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Position {
    #[default]
    Start,
    Plain,
    PackageHeader,
    Package,
    PackedStream,
    Done,
}

/// Checks one stream that comes in pieces of any length.
#[derive(Default)]
pub struct Check {
    accept: Accept,
    expect: Expect,
    /// The name after the `@` that the stream must carry.
    snapshot: Option<SnapName>,
    place: Position,
    order: Order,
    /// Bytes taken so far.
    offset: u64,
    /// Where the current record began.
    record_at: u64,
    /// Up to here a checksum has held.
    proven: u64,
    /// The part of the current header that has arrived.
    header: Vec<u8>,
    kind: RecordType,
    payload_left: u64,
    /// The payload so far is nothing but the fill pattern.
    fill_only: bool,
    sum: Fletcher4,
    /// Of the BEGIN record in force; 0 between the streams of a package.
    toguid: u64,
    /// A record names another guid than BEGIN, as in a stream of `zfs send --saved`.
    saved: bool,
    /// The BEGIN record in force is that of a file system.
    file_system: bool,
    /// Whether spill blocks that are lost are counted instead of refused.
    with_lost_spills: bool,
    package: Package,
    /// It began behind BEGIN, at a place that may not be known.
    entered: bool,
    report: StreamSummary,
    failed: Option<StreamError>,
}

impl Check {
    /// A check at the beginning of a stream.
    pub fn new(accept: Accept, expect: Expect) -> Self {
        Self {
            accept,
            expect,
            ..Self::default()
        }
    }

    /// Only a stream of a snapshot of this name, the part after the `@`, passes.
    pub fn named(mut self, snapshot: &SnapName) -> Self {
        self.snapshot = Some(snapshot.clone());
        self
    }

    /// Takes the next bytes. The first error stays: everything after it, [`Check::finish`] too, answers the same.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        if self.failed.is_none() {
            let advanced = self.advance(bytes);
            self.failed = advanced.map_err(|error| self.placed(error)).err();
        }
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn advance(&mut self, mut bytes: &[u8]) -> Result<(), StreamError> {
        while !bytes.is_empty() {
            let wanted = match self.payload_left {
                0 => HEADER_BYTES - self.header.len(),
                left => usize::try_from(left).unwrap_or(usize::MAX),
            };
            let (piece, rest) = bytes.split_at(wanted.min(bytes.len()));
            if self.payload_left > 0 {
                self.take_payload(piece);
            } else {
                self.take_header(piece)?;
            }
            bytes = rest;
        }
        Ok(())
    }

    fn take_payload(&mut self, piece: &[u8]) {
        self.sum.absorb(piece);
        if self.place == Position::PackageHeader {
            self.package.take(piece);
        }
        // Headers are a multiple of 8 bytes long, so record_at counts like the beginning of the payload.
        let phase = (self.offset - self.record_at) % 8;
        self.fill_only = self.fill_only && is_fill(piece, phase as usize, self.order);
        self.offset += piece.len() as u64;
        self.payload_left -= piece.len() as u64;
        if self.payload_left == 0 && self.fill_only {
            self.report.corrupt_fill += 1;
        }
    }

    fn take_header(&mut self, piece: &[u8]) -> Result<(), StreamError> {
        if self.place == Position::Done {
            return Err(error(self.offset, "data follows the END record"));
        }
        if self.header.is_empty() {
            self.record_at = self.offset;
        }
        self.header.extend_from_slice(piece);
        self.offset += piece.len() as u64;
        if self.place == Position::Start && self.header.len() >= 16 {
            self.order = Order::detect(&self.header).ok_or_else(|| self.no_stream())?;
        }
        if let Ok(bytes) = <[u8; HEADER_BYTES]>::try_from(self.header.as_slice()) {
            self.header.clear();
            let order = self.order;
            self.take_record(&Header { bytes, order })
                .map_err(|problem| error(self.record_at, problem))?;
        }
        Ok(())
    }

    fn take_record(&mut self, header: &Header) -> Result<(), String> {
        let kind = header
            .kind()
            .map_err(|number| format!("{number} is no record type"))?;
        match (self.place, kind) {
            (Position::Start | Position::Package, RecordType::Begin) => self.begin(header)?,
            (Position::Plain | Position::PackedStream, RecordType::Begin) => {
                return Err(format!("{kind} inside a stream, before its END record"));
            }
            (_, RecordType::End) => self.end(header)?,
            (Position::Plain | Position::PackedStream, _) => {
                self.sum_up(header, kind)?;
                self.look_for_lost_spill(header, kind)?;
                self.saved |= header.toguid(kind) != self.toguid;
            }
            _ => return Err(format!("{kind} is out of place in a package")),
        }
        self.kind = kind;
        self.payload_left = header.payload_bytes(kind)?;
        self.fill_only = kind == RecordType::Write && self.payload_left > 0;
        Ok(())
    }

    /// Adds a header to the checksum and compares with the record's own, unless the sender left that zero.
    fn sum_up(&mut self, header: &Header, kind: RecordType) -> Result<(), String> {
        let (body, sums) = header.bytes.split_at(SUM_AT);
        self.sum.absorb(body);
        if header.sums() != NO_SUMS {
            if header.sums() != self.sum.value() {
                return Err(self.damaged(kind));
            }
            self.proven = self.record_at + SUM_AT as u64;
        }
        self.sum.absorb(sums);
        Ok(())
    }

    fn end(&mut self, header: &Header) -> Result<(), String> {
        let sums = self.sum.value();
        if header.end_sums() != sums {
            return Err(self.damaged(RecordType::End));
        }
        self.sum_up(header, RecordType::End)?;
        let (found, begun) = (header.toguid(RecordType::End), self.toguid);
        if found != begun {
            return Err(format!(
                "the END record is of guid {found}, BEGIN is of {begun}"
            ));
        }
        if header.sums() == NO_SUMS && !header.end_is_clean() {
            return Err("the unused bytes of the END record are not zero".to_owned());
        }
        match self.place {
            Position::PackageHeader => self.package.open()?,
            Position::Package if self.report.package == Some(0) => {
                return Err("the package holds no stream".to_owned());
            }
            Position::Package => self.package.close()?,
            _ => {}
        }
        self.place = match self.place {
            Position::PackageHeader | Position::PackedStream => Position::Package,
            _ => Position::Done,
        };
        if sums != NO_SUMS {
            self.report.end_checksum = sums;
        }
        self.report.stream_bytes = self.offset;
        self.toguid = 0;
        self.sum = Fletcher4::new(self.order);
        Ok(())
    }

    fn damaged(&self, kind: RecordType) -> String {
        let (from, to) = (self.proven, self.record_at + HEADER_BYTES as u64);
        format!(
            "the checksum of {kind} does not match, the damage lies between byte {from} and {to}"
        )
    }
}

fn error(offset: u64, problem: impl Into<String>) -> StreamError {
    StreamError {
        offset,
        problem: problem.into(),
    }
}
