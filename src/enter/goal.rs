//! On which side of the place that is looked for a record lies.
//!
//! Objects ascend in a stream, and so does the data of one; what else is told of an object stands before its data or behind it,
//! and does not tell where.

use super::proof::Proved;
use crate::resume::Token;
use crate::stream::{Header, RecordType};

/// The field of most records that tells their object, of FREEOBJECTS and OBJECT_RANGE the first.
const OBJECT_AT: usize = 8;
/// How many objects FREEOBJECTS and OBJECT_RANGE are about.
const COUNT_AT: usize = 16;
/// How many dnodes are in a block, of which a raw stream has one range.
const DNODES: u64 = 32;

/// A place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The first record of this object.
    Object(u64),
    /// The first data of an object that reaches beyond an offset.
    Data { object: u64, offset: u64 },
    /// The first data of this object or of a later one. OpenZFS before 2.0 tells of all objects in a block of dnodes before it
    /// sends their data.
    Content(u64),
}

/// Records from before the point that a receiver needs all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The range in which the object lies.
    Range(u64),
    /// What is told of the object before its data.
    Object(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    Behind,
    Unclear,
}

/// Where a run of records lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whereabouts {
    /// The last that lies before the goal; if there is none, all of them may lie behind it.
    pub last: Option<usize>,
    /// The first that lies behind it is among them.
    pub reached: bool,
}

impl Goal {
    /// The point of a token.
    pub fn of(token: &Token) -> Self {
        let &Token { object, offset, .. } = token;
        match offset {
            0 => Self::Object(object),
            _ => Self::Data { object, offset },
        }
    }

    /// Where these records lie.
    pub fn place_of(&self, records: &[Proved]) -> Whereabouts {
        let sides: Vec<Side> = records
            .iter()
            .map(|it| self.side(it.kind, &it.header))
            .collect();
        let first_behind = sides.iter().position(|&side| side == Side::Behind);
        let before = sides.get(..first_behind.unwrap_or(sides.len()));
        let before = before.unwrap_or_default();
        Whereabouts {
            last: before.iter().rposition(|&side| side == Side::Before),
            reached: first_behind.is_some(),
        }
    }

    fn side(&self, kind: RecordType, header: &Header) -> Side {
        let (wanted, offset) = match *self {
            Self::Object(object) => (object, None),
            Self::Data { object, offset } => (object, Some(offset)),
            Self::Content(object) => return side_of_content(kind, header, object),
        };
        let object = header.u64(OBJECT_AT);
        match (kind, offset) {
            (RecordType::Begin, _) => Side::Before,
            (RecordType::End, _) => Side::Behind,
            (RecordType::FreeObjects | RecordType::ObjectRange, _) => {
                let behind = object.saturating_add(header.u64(COUNT_AT));
                match (behind <= wanted, object > wanted) {
                    (true, _) => Side::Before,
                    (_, true) => Side::Behind,
                    _ => Side::Unclear,
                }
            }
            _ if object < wanted => Side::Before,
            _ if object > wanted => Side::Behind,
            (_, None) => Side::Behind,
            (_, Some(offset)) => side_of_data(kind, header, offset),
        }
    }
}

fn side_of_content(kind: RecordType, header: &Header, wanted: u64) -> Side {
    let object = header.u64(OBJECT_AT);
    match kind {
        RecordType::Begin => Side::Before,
        RecordType::End => Side::Behind,
        _ if object < wanted => Side::Before,
        _ if first_of_block(object) > wanted || is_data(kind, header) => Side::Behind,
        _ => Side::Unclear,
    }
}

/// Whether it is of the content of an object, and not of what is told of it before or behind that.
pub fn is_data(kind: RecordType, header: &Header) -> bool {
    match kind {
        RecordType::Write | RecordType::WriteEmbedded | RecordType::Redact => true,
        RecordType::Free => side_of_data(kind, header, 0) != Side::Unclear,
        _ => false,
    }
}

/// A FREE to the end of everything stands before an object's data.
fn side_of_data(kind: RecordType, header: &Header, offset: u64) -> Side {
    let (from_at, bytes_at) = match kind {
        RecordType::Write => (24, 32),
        RecordType::Free | RecordType::WriteEmbedded => (16, 24),
        _ => return Side::Unclear,
    };
    let end = header.u64(from_at).saturating_add(header.u64(bytes_at));
    match (end <= offset, end == u64::MAX) {
        (true, _) => Side::Before,
        (_, true) => Side::Unclear,
        _ => Side::Behind,
    }
}

impl Need {
    /// Before which place they lie, or right behind it.
    pub fn goal(self) -> Goal {
        match self {
            Self::Range(object) => Goal::Object(first_of_block(object)),
            Self::Object(object) => Goal::Object(object),
        }
    }

    /// Whether it is the first of them.
    pub fn begins_with(self, record: &Proved) -> bool {
        match self {
            Self::Range(object) => record.has_in_range(object),
            Self::Object(object) => record.kind == RecordType::Object && record.object() == object,
        }
    }

    /// Whether it is one more of them, behind the first.
    pub fn goes_on_with(self, record: &Proved) -> bool {
        match self {
            Self::Range(_) => false,
            Self::Object(object) => record.object() == object && record.introduces(),
        }
    }
}

impl Proved {
    /// The object that it is about, or the first.
    pub fn object(&self) -> u64 {
        self.header.u64(OBJECT_AT)
    }

    /// Whether it belongs to what is told of its object before the data.
    fn introduces(&self) -> bool {
        let to_the_end = || side_of_data(self.kind, &self.header, 0) == Side::Unclear;
        match self.kind {
            RecordType::Object | RecordType::Spill => true,
            RecordType::Free => to_the_end(),
            _ => false,
        }
    }

    fn has_in_range(&self, object: u64) -> bool {
        let first = self.object();
        let behind = first.saturating_add(self.header.u64(COUNT_AT));
        self.kind == RecordType::ObjectRange && (first..behind).contains(&object)
    }
}

/// The first object of the block in which this one lies.
pub fn first_of_block(object: u64) -> u64 {
    object - object % DNODES
}
