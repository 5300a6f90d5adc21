//! One stored backup: what its key and its metadata say.

use super::{FactSource, First};
use crate::codec::Compressor;
use crate::label::Label;
use crate::name::SnapName;
use crate::store::Head;

/// A backup in the bucket, as its key and metadata describe it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The part of the key after `dataset@`.
    pub name: SnapName,
    /// The object key.
    pub key: String,
    /// The object itself: stored length, ETag, storage class; its metadata is the label.
    pub head: Head,
    /// What its metadata says, or what else is known of an object that has lost it.
    pub label: Label,
    /// What its first bytes are, if they were looked at, or need not be.
    pub first: Option<First>,
    /// Where all of this is known from.
    pub source: FactSource,
}

impl Stored {
    /// One as its key and metadata describe it.
    pub fn new(name: &SnapName, key: &str, mut head: Head) -> Self {
        let label = Label::read(std::mem::take(&mut head.metadata));
        Self {
            name: name.clone(),
            key: key.to_owned(),
            label,
            first: (head.size_bytes == 0).then_some(First::Empty),
            source: FactSource::Metadata,
            head,
        }
    }

    /// One of which no more is known than its key, and why.
    pub(super) fn unread(name: &SnapName, key: &str, why: String) -> Self {
        Self {
            name: name.clone(),
            key: key.to_owned(),
            first: Some(First::Refused(why)),
            ..Self::default()
        }
    }

    /// Remembers what its first bytes are, and takes from its stream what the metadata does not say.
    pub(super) fn show(&mut self, first: First) {
        if let First::Stream(begin) = &first {
            let base = Some(begin.fromguid).filter(|&guid| guid != 0 && !self.label.full);
            self.label.guid = self.label.guid.or(Some(begin.toguid));
            self.label.parent_guid = self.label.parent_guid.or(base);
            // Metadata that make it younger than it is would keep a monitor green.
            let made = begin.creation_time;
            let told = self
                .label
                .creation
                .filter(|&told| made == 0 || told <= made);
            self.label.creation = told.or(Some(made));
        }
        self.first = Some(first);
    }

    /// Why its first bytes could not be read, although they are neither archived nor encrypted: then nobody knows whether a
    /// restore could read it.
    pub fn withheld(&self) -> Option<&str> {
        let secret = self.head.archived || self.label.compressor() == Compressor::Gpg;
        match self.first.as_ref()? {
            First::Unread(why) if !secret => Some(why),
            _ => None,
        }
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
}
