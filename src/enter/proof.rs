//! Records out of the middle of a stream: found by the guid that each of them bears, and proved by the checksums that each of them
//! carries of all that came before it.
//!
//! Responsible for work that is linear in the bytes, whatever they are.

use crate::stream::{BEGIN_RECORD_BYTES, Fletcher4, Header, Order, RecordType, Sums};

/// The length of any record's header.
const HEADER_BYTES: usize = BEGIN_RECORD_BYTES;
/// Where every record but BEGIN has its own checksum.
const SUMS_AT: usize = 280;
/// Where records have `drr_toguid`.
const GUID_AT: [usize; 3] = [40, 32, 24];
/// How many records have to fit behind a place where one seems to begin.
const PROOF_RECORDS: usize = 2;
/// How often each byte may be summed up in vain.
const TRIES: usize = 8;
/// The most records of one place that are kept.
const MOST_RECORDS: usize = 16 << 10;

/// By what the records of a stream are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// `drr_toguid`.
    pub toguid: u64,
    /// The byte order.
    pub order: Order,
}

/// A record whose header is right, as is everything between it and the record before.
#[derive(Clone)]
pub struct Proved {
    /// Where it begins in the bytes, and where its payload ends, which may not be there yet.
    pub at: usize,
    pub end: usize,
    pub kind: RecordType,
    pub header: Header,
    /// The checksum of all of the stream before it.
    pub sums: Sums,
}

/// The records of these bytes, from the first one that can be proved, and where the one before it begins, of which nothing is
/// believed but that the rest follows from it.
pub fn records_in(bytes: &[u8], marks: Marks) -> (usize, Vec<Proved>) {
    let mut left = bytes.len().saturating_mul(TRIES);
    for (at, kind, header) in seeming(bytes, marks) {
        let records = behind(bytes, at, kind, &header, marks);
        if records.len() >= PROOF_RECORDS || ends(&records) {
            return (at, records);
        }
        let end = records
            .last()
            .map_or(end_of(at, kind, &header), |it| it.end);
        left = left.saturating_sub(end.min(bytes.len()) - at);
        if left == 0 {
            break;
        }
    }
    (0, Vec::new())
}

/// Where a record seems to begin, behind which there is another one.
fn seeming(bytes: &[u8], marks: Marks) -> impl Iterator<Item = (usize, RecordType, Header)> {
    let guid = marks.order.bytes_of_u64(marks.toguid);
    let places = bytes.windows(guid.len()).enumerate();
    let places = places.filter(move |(_, word)| *word == guid);
    let begins = places.flat_map(|(at, _)| GUID_AT.map(|guid_at| at.checked_sub(guid_at)));
    begins.flatten().filter_map(move |at| {
        let (kind, header) = header_at(bytes, at, marks)?;
        // Most of what only looks like a record is found out before anything is summed up.
        header_at(bytes, end_of(at, kind, &header), marks)?;
        Some((at, kind, header))
    })
}

/// The records that follow from a beginning: all bytes before `at`, which have this checksum.
pub fn records_from(bytes: &[u8], mut at: usize, mut sum: Fletcher4, marks: Marks) -> Vec<Proved> {
    let mut records = Vec::new();
    while let Some((kind, header)) = header_at(bytes, at, marks) {
        let sums = sum.value();
        let (body, own) = header.bytes.split_at(SUMS_AT);
        sum.absorb(body);
        let end_fits = kind != RecordType::End || header.end_sums() == sums;
        if header.sums() != sum.value() || !end_fits {
            break;
        }
        sum.absorb(own);
        let payload = payload_of(bytes, at, kind, &header);
        payload.into_iter().for_each(|payload| sum.absorb(payload));
        let end = end_of(at, kind, &header);
        records.push(Proved {
            at,
            end,
            kind,
            header,
            sums,
        });
        if payload.is_none() || kind == RecordType::End || records.len() == MOST_RECORDS {
            break;
        }
        at = end;
    }
    records
}

/// The records behind one that only seems to be there: it says which checksum it has.
fn behind(bytes: &[u8], at: usize, kind: RecordType, header: &Header, marks: Marks) -> Vec<Proved> {
    let (_, own) = header.bytes.split_at(SUMS_AT);
    let payload = payload_of(bytes, at, kind, header);
    let mut sum = Fletcher4::behind(marks.order, header.sums());
    sum.absorb(own);
    sum.absorb(payload.unwrap_or_default());
    records_from(bytes, end_of(at, kind, header), sum, marks)
}

fn ends(records: &[Proved]) -> bool {
    records
        .last()
        .is_some_and(|last| last.kind == RecordType::End)
}

/// What could be the header of a record of this stream with a checksum of its own.
fn header_at(bytes: &[u8], at: usize, marks: Marks) -> Option<(RecordType, Header)> {
    let number = *bytes.get(at..)?.first_chunk()?;
    if marks.order.u32(number) > u32::from(u8::MAX) {
        return None;
    }
    let header = Header {
        bytes: *bytes.get(at..)?.first_chunk()?,
        order: marks.order,
    };
    let kind = header
        .kind()
        .ok()
        .filter(|&kind| kind != RecordType::Begin)?;
    let fits = header.toguid(kind) == marks.toguid
        && header.sums() != [0; 4]
        && header.payload_bytes(kind).is_ok();
    fits.then_some((kind, header))
}

/// Payloads are at most 16 MiB long.
fn end_of(at: usize, kind: RecordType, header: &Header) -> usize {
    let payload = header.payload_bytes(kind).unwrap_or_default();
    at + HEADER_BYTES + payload as usize
}

/// All of a record's payload, if it is there.
fn payload_of<'b>(
    bytes: &'b [u8],
    at: usize,
    kind: RecordType,
    header: &Header,
) -> Option<&'b [u8]> {
    bytes.get(at + HEADER_BYTES..end_of(at, kind, header))
}
