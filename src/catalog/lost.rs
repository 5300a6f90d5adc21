//! Objects that have lost their metadata, as copies made in parts do: what they are is found out from their bytes and from
//! receipts.
//!
//! Responsible for the facts that a restore needs: full or not, the parent, the compressor, the guids. A wrong guess is
//! found by the stream check, as a wrong metadata is. Not responsible for reading receipts ([`crate::receipt`]).

use std::collections::BTreeMap;

use super::{Catalog, First, Health, Stored, first_of};
use crate::codec::Compressor;
use crate::error::Result;
use crate::name::SnapName;
use crate::order::gathered;
use crate::store::ObjectStore;
use crate::stream::sent_with;
use crate::vault::Vault;

/// Enough to tell every format that z3 writes.
const SNIFF_BYTES: u64 = 512;

/// Where it is known from what a stored backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FactSource {
    /// From its metadata.
    #[default]
    Metadata,
    /// From its receipt.
    Receipt,
    /// From its first bytes.
    Bytes,
}

impl FactSource {
    /// A word for JSON and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Receipt => "receipt",
            Self::Bytes => "bytes",
        }
    }
}

/// What has to be known of a backup beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Of the snapshot.
    pub guid: u64,
    /// Of the incremental source; 0 for a full stream.
    pub parent_guid: u64,
    /// A name as in the metadata; `None` for none.
    pub compressor: Option<String>,
    /// What its stream needs of a receiver, which tells how it was sent.
    pub features: u64,
    /// Length of the stream.
    pub stream_bytes: Option<u64>,
}

/// What stands at the beginning of an object without metadata, and what it is packed with.
pub(super) fn guessed(store: &dyn ObjectStore, mut stored: Stored) -> (First, Option<String>) {
    let unpacked = stored.label.compressor.is_none();
    if unpacked && !stored.head.archived {
        let mut first = vec![0; stored.head.size_bytes.min(SNIFF_BYTES) as usize];
        if let Err(error) = store.get_range(&stored.key, &stored.head, 0, &mut first) {
            return (First::failed(error), None);
        }
        let found = Compressor::of_bytes(&first);
        stored.label.compressor = found.map(|it| it.name().to_owned());
    }
    (first_of(store, &stored), stored.label.compressor)
}

impl Stored {
    /// It says neither that it is a full nor what its parent is, and nothing else has told so far.
    pub fn lacks_metadata(&self) -> bool {
        !self.label.full && self.label.parent.is_none() && self.source == FactSource::Metadata
    }

    /// Only its receipt tells what it is: its bytes, which have the last word, cannot be read now, or not without a key.
    pub fn is_hearsay(&self) -> bool {
        let begin = self.first.as_ref().and_then(First::begin);
        self.source == FactSource::Receipt && begin.is_none()
    }

    /// What the first bytes tell, if that is enough.
    fn facts_of_bytes(&self) -> Option<Facts> {
        match self.first.as_ref()? {
            First::Stream(begin) => Some(Facts {
                guid: begin.toguid,
                parent_guid: begin.fromguid,
                compressor: self.label.compressor.clone(),
                features: begin.features,
                stream_bytes: None,
            }),
            _ => None,
        }
    }

    fn take(&mut self, facts: Facts, source: FactSource) {
        self.label.full = facts.parent_guid == 0;
        self.label.guid = Some(facts.guid);
        self.label.parent_guid = Some(facts.parent_guid).filter(|&guid| guid != 0);
        self.label.compressor = facts.compressor;
        self.label.send_flags = sent_with(facts.features);
        let size = facts.stream_bytes.map(|bytes| bytes.to_string());
        self.label.size_text = self.label.size_text.take().or(size);
        self.source = source;
    }
}

impl Catalog {
    /// The names of the objects that lack metadata.
    pub fn lacking(&self) -> Vec<SnapName> {
        let hopeless =
            |first: &First| matches!(first, First::Empty | First::Refused(_) | First::Gone(_));
        let lacking = self.iter().filter(|stored| {
            stored.lacks_metadata() && !stored.first.as_ref().is_some_and(hopeless)
        });
        lacking.map(|stored| stored.name.clone()).collect()
    }

    /// Whether nobody knows what this one, or what it builds on, is: its metadata is lost, and its bytes could not be read
    /// or do not tell.
    pub fn is_unknown(&self, stored: &Stored) -> bool {
        let blamed = self.blamed(stored).unwrap_or(stored);
        let told = matches!(blamed.first, Some(First::NoStream(_) | First::Other(..)));
        match self.health(blamed) {
            Health::NoMetadata => !told,
            health => matches!(health, Health::Unread | Health::Gone),
        }
    }

    /// Completes the objects that lack metadata and were [looked at](Catalog::look): from what is `noted` of them, else from
    /// their bytes. The parent is the backup that has the right guid; those that tell theirs nowhere else are looked at.
    /// All have to be in the scope.
    pub fn complete(&mut self, vault: &Vault, mut noted: BTreeMap<SnapName, Facts>) -> Result<()> {
        let mut orphans = BTreeMap::new();
        for name in self.lacking() {
            let Some(stored) = self.by_name.get_mut(&name) else {
                continue;
            };
            let receipt = noted
                .remove(&name)
                .map(|facts| (facts, FactSource::Receipt));
            let bytes = || Some((stored.facts_of_bytes()?, FactSource::Bytes));
            if let Some((facts, source)) = receipt.or_else(bytes) {
                stored.take(facts, source);
                orphans.extend(stored.label.parent_guid.map(|guid| (name, guid)));
            }
        }
        self.adopt(&mut orphans);
        if !orphans.is_empty() {
            let silent = self.iter().filter(|stored| stored.label.guid.is_none());
            let silent: Vec<SnapName> = silent.map(|stored| stored.name.clone()).collect();
            self.look(vault, &silent)?;
            self.adopt(&mut orphans);
        }
        self.verdicts = self.judged();
        Ok(())
    }

    /// Gives those of these whose parent's guid is known their parent.
    fn adopt(&mut self, orphans: &mut BTreeMap<SnapName, u64>) {
        let of_guid = |stored: &Stored| Some((stored.label.guid?, stored.name.clone()));
        let names: BTreeMap<u64, SnapName> = gathered(self.iter().filter_map(of_guid));
        orphans.retain(|name, guid| {
            let parent = names.get(guid);
            if let (Some(parent), Some(stored)) = (parent, self.by_name.get_mut(name)) {
                stored.label.parent = Some(self.dataset.full_name(parent));
            }
            parent.is_none()
        });
    }
}

#[cfg(test)]
mod tests;
