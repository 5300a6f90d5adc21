//! Single objects of a stream that can be entered.
//!
//! Responsible for reading no more of a stream than tells of one object: from its block of dnodes on, with a leap over the data
//! of others. What is about other objects is not looked at. Right for both orders in which zfs has sent: of each object what is
//! told of it and its data, or that of a whole block of dnodes before their data. Not responsible for where an object is found
//! ([`crate::enter`]).

use std::cell::RefCell;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::enter::{Entry, Excerpts, Found, first_of_block, is_data};
use crate::error::Result;
use crate::files::{HAS_SPILL, Objects, SYSTEM_ATTRIBUTES, TELLS_SPILLS, unread};
use crate::stream::{Header, RecordType, Records};

/// How much is read over before it is leapt over.
pub const LEAP_BYTES: u64 = 1 << 20;
/// How much is kept of one object that is a file.
const ONE_BYTES: u64 = 64 << 20;
/// How many dnodes are in a block.
const DNODES: u64 = 32;

/// How a stream is read in parts.
pub struct Parts<'a> {
    /// Where they are.
    pub excerpts: RefCell<Excerpts<'a>>,
    /// Opens the stream there: BEGIN, and what follows from there, proved.
    pub enter: Box<dyn Fn(Entry) -> Result<Box<dyn Read + 'a>> + 'a>,
    /// How much was fetched so far.
    pub fetched_bytes: Arc<AtomicU64>,
}

impl Parts<'_> {
    /// The BEGIN record.
    pub fn begin(&self) -> Header {
        self.excerpts.borrow().begin().clone()
    }

    /// How much was fetched so far.
    pub fn fetched_bytes(&self) -> u64 {
        self.fetched_bytes.load(Ordering::Relaxed)
    }

    /// Does with what the stream has of one object as if there were nothing else in it.
    pub fn take(&self, number: u64, objects: &mut Objects) -> Result<Found<()>> {
        let scanned = self.scan(number, objects)?;
        Ok(scanned.map(drop))
    }

    /// From where on the stream frees what was in an object.
    pub fn end_of(&self, number: u64) -> Result<Found<Option<u64>>> {
        let mut objects = Objects::new(ONE_BYTES);
        objects.begin = self.begin().begin();
        let scanned = self.scan(number, &mut objects)?;
        Ok(scanned.map(|scan| scan.told.then_some(scan.end)))
    }

    fn scan(&self, number: u64, objects: &mut Objects) -> Result<Found<Scan>> {
        let mut scan = Scan::new(number);
        let first = first_of_block(number);
        let mut entry = self.excerpts.borrow_mut().object(first)?;
        loop {
            let stream = match entry {
                Ok(entry) => (self.enter)(entry)?,
                Err(why) => return Ok(Err(why)),
            };
            let excerpts = &self.excerpts;
            entry = match scan.read(stream, objects)? {
                Leap::None => return Ok(Ok(scan)),
                Leap::ToObject => excerpts.borrow_mut().object(number)?,
                Leap::ToContent => excerpts.borrow_mut().content(number)?,
                Leap::BehindContent => excerpts.borrow_mut().content(number.saturating_add(1))?,
            };
        }
    }
}

/// Where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leap {
    /// Nowhere: all was seen.
    None,
    ToObject,
    ToContent,
    BehindContent,
}

/// Where a record lies.
enum Side {
    Before,
    Here,
    Behind,
}

/// What was seen of an object by now.
struct Scan {
    number: u64,
    /// It was told of.
    told: bool,
    /// What is told of it may stand behind its data, too.
    has_spill: bool,
    /// Where its content ends at most.
    end: u64,
    /// Data of it was seen.
    data: bool,
    /// Each leap is made once.
    last: Leap,
}

impl Scan {
    fn new(number: u64) -> Self {
        Self {
            number,
            told: false,
            has_spill: false,
            end: u64::MAX,
            data: false,
            last: Leap::None,
        }
    }

    fn read(&mut self, stream: impl Read, objects: &mut Objects) -> Result<Leap> {
        let mut records = Records::new(stream);
        let mut over_bytes = 0;
        while let Some((kind, header)) = records.next().map_err(unread)? {
            if kind == RecordType::Begin {
                continue;
            }
            match self.side(kind, &header) {
                Side::Behind => return Ok(Leap::None),
                Side::Before => over_bytes += records.payload_left(),
                Side::Here => {
                    let is_over = self.take(kind, &header, &mut records, objects)?;
                    if is_over && !self.has_spill {
                        return Ok(Leap::None);
                    }
                    over_bytes = match is_over {
                        true => over_bytes + records.payload_left(),
                        false => 0,
                    };
                }
            }
            if over_bytes > LEAP_BYTES && self.leap() != self.last {
                self.last = self.leap();
                return Ok(self.last);
            }
        }
        Ok(Leap::None)
    }

    fn leap(&self) -> Leap {
        match (self.told, self.data) {
            (false, false) => Leap::ToObject,
            (true, false) => Leap::ToContent,
            (_, true) => Leap::BehindContent,
        }
    }

    fn side(&self, kind: RecordType, header: &Header) -> Side {
        let (first, block_end) = (
            header.u64(8),
            first_of_block(self.number).saturating_add(DNODES),
        );
        match kind {
            RecordType::End => Side::Behind,
            RecordType::FreeObjects => {
                let end = first.saturating_add(header.u64(16));
                match (first..end).contains(&self.number) {
                    true => Side::Here,
                    false if first >= block_end => Side::Behind,
                    false => Side::Before,
                }
            }
            RecordType::ObjectRange => Side::Before,
            _ if first == self.number => Side::Here,
            _ if first > self.number && (first >= block_end || is_data(kind, header)) => {
                Side::Behind
            }
            _ => Side::Before,
        }
    }

    /// Whether only a spill block can follow that matters.
    fn take<R: Read>(
        &mut self,
        kind: RecordType,
        header: &Header,
        records: &mut Records<R>,
        objects: &mut Objects,
    ) -> Result<bool> {
        match kind {
            RecordType::FreeObjects => {
                objects.free_objects(self.number, 1);
                return Ok(false);
            }
            RecordType::Object => {
                self.told = true;
                let tells = objects.begin.flags & TELLS_SPILLS != 0;
                let may_have = header.u32(20) == u32::from(SYSTEM_ATTRIBUTES);
                self.has_spill = may_have && (!tells || header.u8(35) & HAS_SPILL != 0);
            }
            RecordType::Free if !is_data(kind, header) => self.end = header.u64(16),
            _ => {}
        }
        objects.record(kind, header, records)?;
        self.data |= is_data(kind, header);
        let is_read = objects
            .get(self.number)
            .is_some_and(|it| it.content().is_ok());
        if self.data && !is_read {
            objects.has_data(self.number, self.end);
        }
        Ok(self.data && !is_read)
    }
}
