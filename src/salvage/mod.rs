//! What is left of a damaged stream: all records that can be proved, and what may be missing between them.
//!
//! Responsible for giving no record before the checksum behind it has held, for putting single words right where the checksums
//! tell which they are, and for noting each gap. A record is proved by the one that follows; where damage breaks that row, the
//! next record is taken at its word only if what follows bears it out, and counts as part of the gap. Not responsible for where a
//! stream can be entered behind damage (who opens one says that), nor for what the gaps mean for files ([`crate::chain`]).

mod begin;
mod gap;
mod lost;
#[cfg(test)]
mod tests;
mod word;

use std::io::{self, ErrorKind, Read};

use begin::beginning;
pub use gap::{Damage, Lost};
use gap::{RecordPlace, StreamGap, end_before, place_of};

use crate::error::{Error, Result};
use crate::stream::{BEGIN_RECORD_BYTES, Check, Fletcher4, Header, RecordType, Sums};

/// The most that a record has behind its header.
const PAYLOAD_BYTES: u64 = 16 << 20;
/// Where every record but BEGIN has its own checksum.
const SUMS_AT: usize = 280;

/// The rest of a stream from a record on, and the checksum of all before it.
pub type Rest<'a> = (Box<dyn Read + 'a>, Sums);
/// Where it goes on behind damage: at a record from which those behind it follow. It is told how much of the last rest lies
/// before that. Each answer lies behind the last one.
pub type Onward<'a> = Box<dyn FnMut(u64) -> Result<Option<Box<dyn Read + 'a>>> + 'a>;

/// A record whose header counts as right, and whose payload does when the next one bears it out.
struct Held {
    kind: RecordType,
    place: RecordPlace,
    bytes: Vec<u8>,
    /// It has something behind its header, which the next one has to prove.
    is_open: bool,
    /// Its header is taken at its word, since what lies before it is damaged; and where it begins.
    assumed_at: Option<u64>,
}

/// BEGIN and every record that can be proved, as a stream again. Only what reads it fails; that it ends says nothing.
pub struct Salvaged<'a> {
    source: Box<dyn Read + 'a>,
    onward: Onward<'a>,
    damage: Damage,
    /// The place of the stream in its chain.
    stream: usize,
    begin: Header,
    sum: Fletcher4,
    /// How much of the rest was read, and where its current record begins.
    read_bytes: u64,
    record_at: u64,
    held: Option<Held>,
    last: RecordPlace,
    /// Where the gap begins that is not at its end yet.
    gap: Option<RecordPlace>,
    out: Vec<u8>,
    given: usize,
    done: bool,
}

impl<'a> Salvaged<'a> {
    /// Of a stream from its beginning on, which has to pass this check.
    pub fn whole(
        mut source: Box<dyn Read + 'a>,
        check: Check,
        onward: Onward<'a>,
        (damage, stream): (Damage, usize),
    ) -> Result<Self> {
        let (begin, bytes) = beginning(&mut source)?;
        check.entered(&bytes, [0; 4])?;
        let mut sum = Fletcher4::new(begin.order);
        sum.absorb(&bytes);
        let read_bytes = bytes.len() as u64;
        let mut salvaged = Self::new(begin, (source, [0; 4]), onward, (damage, stream));
        (salvaged.sum, salvaged.read_bytes) = (sum, read_bytes);
        salvaged.held = Some(Held {
            kind: RecordType::Begin,
            place: (0, 0),
            bytes,
            is_open: true,
            assumed_at: None,
        });
        Ok(salvaged)
    }

    /// Of one that is entered behind its beginning: BEGIN and its list, which has to pass this check, and the rest.
    pub fn entered(
        head: Vec<u8>,
        rest: Rest<'a>,
        check: Check,
        onward: Onward<'a>,
        damage: (Damage, usize),
    ) -> Result<Self> {
        let (begin, _) = beginning(&mut &head[..])?;
        check.entered(&head, rest.1)?;
        let mut salvaged = Self::new(begin, rest, onward, damage);
        salvaged.out = head;
        Ok(salvaged)
    }

    fn new(
        begin: Header,
        (source, sums): Rest<'a>,
        onward: Onward<'a>,
        (damage, stream): (Damage, usize),
    ) -> Self {
        Self {
            source,
            onward,
            damage,
            stream,
            sum: Fletcher4::behind(begin.order, sums),
            begin,
            read_bytes: 0,
            record_at: 0,
            held: None,
            last: (0, 0),
            gap: None,
            out: Vec::new(),
            given: 0,
            done: false,
        }
    }

    fn step(&mut self) -> io::Result<()> {
        self.record_at = self.read_bytes;
        let bytes = self.piece(BEGIN_RECORD_BYTES as u64)?;
        let Some(bytes) = bytes.first_chunk().copied() else {
            return self.lost(None);
        };
        let order = self.begin.order;
        let mut header = Header { bytes, order };
        self.sum
            .absorb(header.bytes.get(..SUMS_AT).unwrap_or_default());
        let sums = self.sum.value();
        if header.sums() != sums {
            self.expect_sums(&header)?;
            let held = self.held.as_mut().filter(|held| held.assumed_at.is_none());
            let payload = held.map(|held| (held.kind, &mut held.bytes));
            if !word::put_right(&mut header, payload, sums) {
                return self.lost(Some(header));
            }
            let place = self.held.as_ref().map_or(self.last, |held| held.place);
            self.damage.note_word(self.stream, place);
        }
        self.proved(&header)
    }

    /// Streams of old zfs have one checksum, at their end: of a damaged one nothing can be proved.
    fn expect_sums(&self, header: &Header) -> io::Result<()> {
        let is_first = self
            .held
            .as_ref()
            .is_some_and(|it| it.kind == RecordType::Begin);
        match is_first && header.sums() == [0; 4] {
            true => Err(Error::refused(
                "nothing can be salvaged: its records carry no checksums of their own",
            )
            .into()),
            false => Ok(()),
        }
    }

    /// The header counts, and all that it proves.
    fn proved(&mut self, header: &Header) -> io::Result<()> {
        let odd = |number| Error::refused(format!("{number} is no record type"));
        let kind = header.kind().map_err(odd)?;
        let place = place_of(kind, header);
        if let Some(held) = self
            .held
            .take()
            .filter(|held| self.is_in_place(held, place))
        {
            self.last = held.place;
            (self.out, self.given) = (held.bytes, 0);
        }
        self.end_gap(end_before(kind, header));
        self.damage.note_place(self.stream, self.last, place);
        self.hold(kind, header, None)
    }

    /// What was taken at its word must lie where the gap is, and concern nothing else.
    fn is_in_place(&self, held: &Held, next: RecordPlace) -> bool {
        let within = |from| (from..=next).contains(&held.place);
        let is_simple = matches!(
            held.kind,
            RecordType::Object | RecordType::Write | RecordType::WriteEmbedded | RecordType::Spill
        );
        held.assumed_at.is_none() || is_simple && self.gap.is_some_and(within)
    }

    /// Reads what belongs to a header.
    fn hold(
        &mut self,
        kind: RecordType,
        header: &Header,
        assumed_at: Option<u64>,
    ) -> io::Result<()> {
        let place = place_of(kind, header);
        self.sum = Fletcher4::behind(self.begin.order, header.sums());
        self.sum
            .absorb(header.bytes.get(SUMS_AT..).unwrap_or_default());
        let wanted = header.payload_bytes(kind).map_err(Error::refused)?;
        let payload = self.piece(wanted)?;
        let is_whole = payload.len() as u64 == wanted;
        self.sum.absorb(match is_whole {
            true => &payload,
            false => &[],
        });
        self.held = Some(Held {
            kind,
            place,
            bytes: [&header.bytes[..], &payload].concat(),
            is_open: wanted > 0,
            assumed_at,
        });
        match (is_whole, kind) {
            (false, _) => self.lost(None),
            // It has nothing that another one would have to prove.
            (true, RecordType::End) if assumed_at.is_none() => {
                let end = self.held.take().map(|held| held.bytes);
                self.out.extend(end.unwrap_or_default());
                self.done = true;
                if !self.piece(1)?.is_empty() {
                    self.damage.note_followed(self.stream);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end_gap(&mut self, end: RecordPlace) {
        if let Some(from) = self.gap.take() {
            let stream = self.stream;
            self.damage.note_gap(StreamGap { stream, from, end });
        }
    }

    /// The next bytes; less where the source ends, or holds nothing that can be unpacked.
    fn piece(&mut self, bytes: u64) -> io::Result<Vec<u8>> {
        let mut piece = Vec::new();
        let mut source = (&mut self.source).take(bytes.min(PAYLOAD_BYTES));
        match source.read_to_end(&mut piece) {
            Err(error) if !is_damage(&error) => return Err(error),
            _ => self.read_bytes += piece.len() as u64,
        }
        Ok(piece)
    }
}

/// Whether a decoder says so; what comes from the store or the disk is its own error.
fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof
    )
}

impl Read for Salvaged<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.out.get(self.given..).unwrap_or_default();
            if !left.is_empty() || self.done || into.is_empty() {
                let count = { left }.read(into)?;
                self.given += count;
                return Ok(count);
            }
            self.step()?;
        }
    }
}
