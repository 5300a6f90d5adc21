//! Which records a receiver still wants that has come to a point: an object, and an offset in it.
//!
//! Objects ascend in a stream, and offsets in an object. Responsible for the choice only.

use super::Token;
use crate::stream::{Header, RecordType};

/// The field of most records that tells their object, of FREEOBJECTS and OBJECT_RANGE the first.
const OBJECT_AT: usize = 8;
/// How many objects FREEOBJECTS and OBJECT_RANGE are about.
const COUNT_AT: usize = 16;

/// The point, and what was seen on the way to it.
pub struct Point {
    object: u64,
    offset: u64,
    /// A record was wanted.
    begun: bool,
    /// Spill blocks are wanted of every object: the receiver may have come to this point without them.
    spills: bool,
    /// The last OBJECT_RANGE before the first record that is wanted.
    range: Option<Header>,
}

/// What becomes of a record.
pub struct RecordFate {
    /// What an encrypted stream needs before it, see [`Point::of_record`].
    pub range: Option<Header>,
    /// It goes on.
    pub wanted: bool,
}

impl Point {
    /// The point of a token.
    pub fn of(token: &Token) -> Self {
        Self {
            object: token.object,
            offset: token.offset,
            begun: false,
            spills: false,
            range: None,
        }
    }

    /// The same, of a receiver that may lack spill blocks before it.
    pub fn with_spills(mut self) -> Self {
        self.spills = true;
        self
    }

    /// Whether a record is wanted. Before the first one, an encrypted stream needs the range in which its object lies: that
    /// has the key to the block of dnodes.
    pub fn of_record(&mut self, kind: RecordType, header: &Header) -> Result<RecordFate, String> {
        if kind == RecordType::ObjectRange && !self.begun {
            self.range = Some(header.clone());
        }
        if self.spills && kind == RecordType::Spill && !self.begun {
            return Ok(RecordFate {
                range: None,
                wanted: true,
            });
        }
        let wanted = self.wants(kind, header)?;
        let range = match wanted && !self.begun {
            true => self.range.take(),
            false => None,
        };
        self.begun |= wanted;
        let object = header.u64(OBJECT_AT).max(self.object);
        let range = range.filter(|range| lies_in(object, range));
        Ok(RecordFate { range, wanted })
    }

    fn wants(&self, kind: RecordType, header: &Header) -> Result<bool, String> {
        let object = header.u64(OBJECT_AT);
        match kind {
            RecordType::Begin | RecordType::End => Err(format!("{kind} inside a stream")),
            RecordType::WriteByref => {
                Err(format!("{kind}: a deduplicated stream cannot be resumed"))
            }
            RecordType::ObjectRange => Ok(self.begun),
            RecordType::FreeObjects => {
                let behind = object.saturating_add(header.u64(COUNT_AT));
                Ok(self.begun || behind > self.object)
            }
            _ if object != self.object => Ok(object > self.object),
            RecordType::Object | RecordType::Spill => Ok(true),
            RecordType::Write
            | RecordType::Free
            | RecordType::Redact
            | RecordType::WriteEmbedded => Ok(end_of(kind, header) > self.offset),
        }
    }
}

/// Where the data ends that a record is about; to the end of the object is behind everything.
fn end_of(kind: RecordType, header: &Header) -> u64 {
    let (offset_at, length_at) = match kind {
        RecordType::Write => (24, 32),
        _ => (16, 24),
    };
    let (offset, length) = (header.u64(offset_at), header.u64(length_at));
    offset.saturating_add(length)
}

fn lies_in(object: u64, range: &Header) -> bool {
    let (first, count) = (range.u64(OBJECT_AT), range.u64(COUNT_AT));
    (first..first.saturating_add(count)).contains(&object)
}
