//! One stored backup: what its key and its metadata say.

use super::{First, Source};
use crate::codec::Compressor;
use crate::store::Head;

/// A backup in the bucket, as its key and metadata describe it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The part of the key after `dataset@`.
    pub name: String,
    /// The object key.
    pub key: String,
    /// The object itself: stored length, ETag, storage class; its metadata are the fields of this.
    pub head: Head,
    /// A full send stream (`isfull`, or `is_full` as very old objects spell it).
    pub full: bool,
    /// `parent`: full name of the incremental source; `None` for a full and for odd objects.
    pub parent: Option<String>,
    /// `size`: estimated length of the stream in bytes before compression, as written.
    pub size_text: Option<String>,
    /// `compressor`; absent means that the object is the bare stream.
    pub compressor: Option<String>,
    /// `guid` of the snapshot; objects of the Python lack it, see [`Catalog::learn`](super::Catalog::learn).
    pub guid: Option<u64>,
    /// `parentguid`: guid of the incremental source.
    pub parent_guid: Option<u64>,
    /// `z3id`: random for each upload.
    pub z3id: Option<String>,
    /// What its first bytes are, if they were looked at, or need not be.
    pub first: Option<First>,
    /// Where all of this is known from.
    pub source: Source,
}

impl Stored {
    pub(super) fn new(name: &str, key: &str, mut head: Head) -> Self {
        // Of ten thousand backups, what nobody reads would be most of the memory.
        let mut metadata = std::mem::take(&mut head.metadata);
        // The two spellings of old: exactly `true`, in either field.
        let full = ["isfull", "is_full"]
            .iter()
            .any(|field| metadata.get(*field).is_some_and(|value| value == "true"));
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let mut text = |field: &str| metadata.remove(field);
        Self {
            name: name.to_owned(),
            key: key.to_owned(),
            full,
            parent: text("parent").filter(|_| !full),
            size_text: text("size"),
            compressor: text("compressor"),
            guid: number(text("guid")),
            parent_guid: number(text("parentguid")),
            z3id: text("z3id"),
            first: (head.size_bytes == 0).then_some(First::Empty),
            source: Source::Metadata,
            head,
        }
    }

    /// One of which no more is known than its key, and why.
    pub(super) fn unread(name: &str, key: &str, why: String) -> Self {
        Self {
            name: name.to_owned(),
            key: key.to_owned(),
            first: Some(First::Refused(why)),
            ..Self::default()
        }
    }

    /// Remembers what its first bytes are, and takes from its stream what the metadata does not say.
    pub(super) fn show(&mut self, first: First) {
        if let First::Stream(begin) = &first {
            let base = Some(begin.fromguid).filter(|&guid| guid != 0 && !self.full);
            self.guid = self.guid.or(Some(begin.toguid));
            self.parent_guid = self.parent_guid.or(base);
        }
        self.first = Some(first);
    }

    /// What its first bytes have against it, or why they do not tell what it is, in words.
    pub fn problem(&self) -> Option<&str> {
        match self.first.as_ref()? {
            First::NoStream(problem) | First::Other(_, problem) => Some(problem),
            First::Refused(why) | First::Gone(why) => Some(why),
            First::Unread(why) if self.lacks_metadata() => Some(why),
            _ => None,
        }
    }

    /// The estimated length of the stream in bytes; `Err` with what stands there if it is no number.
    pub fn size_bytes(&self) -> std::result::Result<Option<u64>, &str> {
        match &self.size_text {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| text.as_str()),
        }
    }

    /// The parent's name after its `@`, as the status table shows it: empty for a full, `-` if there is none.
    pub fn parent_name(&self) -> &str {
        match &self.parent {
            Some(parent) => parent
                .split_once('@')
                .map_or(parent.as_str(), |(_, name)| name),
            None if self.full => "",
            None => "-",
        }
    }

    /// The compressor that the metadata names. Under a name that nobody knows the Python stored the stream as it is.
    pub fn compressor(&self) -> Compressor {
        let known = self.compressor.as_deref().and_then(Compressor::parse);
        known.unwrap_or(Compressor::None)
    }

    /// False only if both guids are known and differ: then the name is the same and the snapshot another one.
    pub fn may_be(&self, guid: u64) -> bool {
        self.guid.is_none_or(|stored| stored == guid)
    }
}
