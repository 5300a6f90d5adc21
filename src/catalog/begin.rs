//! What the object itself says: the BEGIN record of its stream, from its first bytes.
//!
//! Responsible for telling a stream from what is none, and both from what could not be read. Not responsible for the rest
//! of the object: only a whole read shows that it is good.

use std::io::{self, Cursor, ErrorKind, Read};

use super::Stored;
use crate::codec::{self, Compressor};
use crate::error::Error;
use crate::store::{Kind, ObjectStore, StoreError};
use crate::stream::{self, Accept, BEGIN_RECORD_BYTES, Begin, Check, END_RECORD_BYTES, Expect};

/// How much of an object is fetched, in bytes: as much gzip data as holds a record with room to spare.
const BLOCK_BYTES: u64 = 4096;

/// The same for zstd, which gives nothing before a whole block (RFC 8878): a block of 128 KiB and the headers before it.
const ZSTD_BLOCK_BYTES: u64 = (128 << 10) + 64;

/// The shortest stream has two records.
const SHORTEST_STREAM_BYTES: usize = BEGIN_RECORD_BYTES + END_RECORD_BYTES;

/// What the first bytes of an object are. Words are for people, without the object's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// A stream, as far as that can be seen here.
    Stream(Begin),
    /// A stream, but not the one that its key and metadata promise.
    Other(Begin, String),
    /// There are none.
    Empty,
    /// No stream that a restore takes.
    NoStream(String),
    /// Nobody knows: they could not be read, or not without a key.
    Unread(String),
    /// Nobody knows, nor anything else of the object: the server does not describe it.
    Refused(String),
    /// The object has been deleted or replaced since it was listed.
    Gone(String),
}

/// Looks at the first bytes of an object, with one small GET, and compares them with what its metadata promises.
pub fn first_of(store: &dyn ObjectStore, stored: &Stored) -> First {
    match begin_of(store, stored) {
        Ok(begin) => match promised(stored, &begin) {
            Ok(()) => First::Stream(begin),
            Err(problem) => First::Other(begin, problem),
        },
        Err(first) => first,
    }
}

/// The BEGIN record of an object, whatever its metadata promise; or what stands there instead.
fn begin_of(store: &dyn ObjectStore, stored: &Stored) -> Result<Begin, First> {
    let compressor = stored.label.compressor();
    let size_bytes = stored.head.size_bytes;
    if size_bytes == 0 {
        return Err(First::Empty);
    }
    if stored.head.archived {
        return Err(First::Unread("archived, without a readable copy".into()));
    }
    if compressor == Compressor::Gpg {
        return Err(First::Unread("gpg gives nothing before the end".into()));
    }
    let enough = match compressor {
        Compressor::Zstd(_) => ZSTD_BLOCK_BYTES,
        _ => BLOCK_BYTES,
    };
    let block = block(store, stored, enough).map_err(First::failed)?;
    let whole = block.len() as u64 == size_bytes;
    let (first, error) =
        unpacked(compressor, block).map_err(|error| First::Unread(error.to_string()))?;
    begin_in(&first, error, whole)
}

fn block(store: &dyn ObjectStore, stored: &Stored, enough: u64) -> Result<Vec<u8>, StoreError> {
    let mut block = vec![0; stored.head.size_bytes.min(enough) as usize];
    store.get_range(&stored.key, &stored.head, 0, &mut block)?;
    Ok(block)
}

/// As much of the stream as the check needs, and what the decoder has said if that is less.
fn unpacked(compressor: Compressor, block: Vec<u8>) -> Result<(Vec<u8>, Option<io::Error>), Error> {
    let mut first = Vec::with_capacity(SHORTEST_STREAM_BYTES);
    let stream = codec::decompress(compressor, Box::new(Cursor::new(block)))?;
    let read = stream
        .take(SHORTEST_STREAM_BYTES as u64)
        .read_to_end(&mut first);
    Ok((first, read.err()))
}

/// Finds the record where a stream begins. A block that ends early is no fault, unless it is the `whole` object.
fn begin_in(first: &[u8], error: Option<io::Error>, whole: bool) -> Result<Begin, First> {
    let record = first.get(..BEGIN_RECORD_BYTES).unwrap_or(first);
    let checked = Check::new(Accept::OnePlain, Expect::default()).feed(record);
    checked.map_err(|fault| First::NoStream(fault.problem))?;
    let enough = if whole { SHORTEST_STREAM_BYTES } else { 0 };
    let (cut, bytes) = (ErrorKind::UnexpectedEof, first.len());
    match (stream::begin_of(first), error) {
        (Some(begin), _) if bytes >= enough => Ok(begin),
        (_, Some(error)) if whole || error.kind() != cut => Err(First::NoStream(error.to_string())),
        _ if whole => Err(First::NoStream(format!("it ends after {bytes} bytes"))),
        _ => Err(First::Unread("its first bytes tell too little".to_owned())),
    }
}

/// Fails if the stream is not the one that the object's key and metadata promise, as a restore would.
fn promised(stored: &Stored, begin: &Begin) -> Result<(), String> {
    let expect = Expect {
        toguid: stored.label.guid,
        fromguid: stored.label.full.then_some(0).or(stored.label.parent_guid),
    };
    expect.admit(begin)?;
    begin.admit_name(Some(&stored.name))?;
    match begin.fromguid {
        0 if !stored.label.full && !stored.lacks_metadata() => {
            Err("this is a full stream, an increment was expected".to_owned())
        }
        _ => Ok(()),
    }
}

impl First {
    /// What it means that the bytes could not be fetched.
    pub(super) fn failed(error: StoreError) -> Self {
        match error.kind {
            Kind::NotFound | Kind::Changed => Self::Gone(error.to_string()),
            _ => Self::Unread(error.to_string()),
        }
    }

    /// The BEGIN record, if there is one.
    pub fn begin(&self) -> Option<&Begin> {
        match self {
            Self::Stream(begin) | Self::Other(begin, _) => Some(begin),
            _ => None,
        }
    }
}
