//! What the bucket holds of one dataset: the stored snapshots, how they hang together and which of them are healthy.
//!
//! Responsible for reading a listing and its metadata, whatever they look like: an odd object becomes a broken row, never
//! a failure. Not responsible for what to do about it ([`crate::plan`]) or how it is shown ([`crate::commands`]).

mod health;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use health::Health;

use crate::error::Result;
use crate::name::Dataset;
use crate::pool::Pool;
use crate::store::{Head, Metadata, ObjectStore};

/// A backup in the bucket, as its key and metadata describe it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The part of the key after `dataset@`.
    pub name: String,
    /// The object key.
    pub key: String,
    /// The object itself: stored length, ETag, storage class.
    pub head: Head,
    /// A full send stream (`isfull`, or `is_full` as very old objects spell it).
    pub full: bool,
    /// `parent`: full name of the incremental source; `None` for a full and for odd objects.
    pub parent: Option<String>,
    /// `size`: estimated length of the stream in bytes before compression, as written.
    pub size_text: Option<String>,
    /// `compressor`; absent means that the object is the bare stream.
    pub compressor: Option<String>,
    /// `guid` of the snapshot; absent in objects of the Python.
    pub guid: Option<u64>,
    /// `parentguid`: guid of the incremental source.
    pub parent_guid: Option<u64>,
}

impl Stored {
    fn new(name: &str, key: &str, head: Head) -> Self {
        let text = |field: &str| head.metadata.get(field).cloned();
        let number = |field: &str| head.metadata.get(field).and_then(|text| text.parse().ok());
        let full = is_full(&head.metadata);
        Self {
            name: name.to_owned(),
            key: key.to_owned(),
            full,
            parent: text("parent").filter(|_| !full),
            size_text: text("size"),
            compressor: text("compressor"),
            guid: number("guid"),
            parent_guid: number("parentguid"),
            head,
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

    /// False only if both guids are known and differ: then the name is the same and the snapshot another one.
    pub fn may_be(&self, guid: u64) -> bool {
        self.guid.is_none_or(|stored| stored == guid)
    }
}

/// Keeps the two spellings of old: exactly `true`, in either field.
fn is_full(metadata: &Metadata) -> bool {
    ["isfull", "is_full"]
        .iter()
        .any(|field| metadata.get(*field).is_some_and(|value| value == "true"))
}

/// All stored backups of one dataset, by the name after the `@`.
#[derive(Debug, Default)]
pub struct Catalog {
    dataset: String,
    by_name: BTreeMap<String, Stored>,
    healths: BTreeMap<String, Health>,
}

impl Catalog {
    /// Lists `s3_prefix` + `dataset@` and asks for the metadata of every key, `workers` at a time. A key that is
    /// deleted between the two is no longer there and is left out.
    pub fn load(
        store: &Arc<dyn ObjectStore>,
        s3_prefix: &str,
        dataset: &Dataset,
        workers: usize,
    ) -> Result<Self> {
        let prefix = format!("{s3_prefix}{dataset}@");
        let keys = store.list(&prefix)?;
        let mut heads = Pool::new(workers.min(keys.len()).max(1), "head", {
            let store = Arc::clone(store);
            move |key: String| store.head(&key).map(|head| (key, head))
        })?;
        keys.into_iter().for_each(|key| heads.submit(key));
        let mut stored = Vec::new();
        for answer in heads {
            if let (key, Some(head)) = answer? {
                let name = key.strip_prefix(&prefix).unwrap_or(&key).to_owned();
                stored.push(Stored::new(&name, &key, head));
            }
        }
        Ok(Self::of(dataset, stored))
    }

    /// A catalog of these backups.
    pub fn of(dataset: &Dataset, stored: impl IntoIterator<Item = Stored>) -> Self {
        let by_name = stored
            .into_iter()
            .map(|stored| (stored.name.clone(), stored))
            .collect();
        let mut catalog = Self {
            dataset: dataset.to_string(),
            by_name,
            healths: BTreeMap::new(),
        };
        catalog.healths = catalog.judged();
        catalog
    }

    /// The backup of that name (after the `@`).
    pub fn get(&self, name: &str) -> Option<&Stored> {
        self.by_name.get(name)
    }

    /// All backups, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Stored> {
        self.by_name.values()
    }

    /// The backup that this one is an increment on.
    pub fn parent_of(&self, stored: &Stored) -> Option<&Stored> {
        let (dataset, name) = stored.parent.as_deref()?.split_once('@')?;
        (dataset == self.dataset).then(|| self.get(name)).flatten()
    }

    /// The backups that name this one as their parent.
    pub fn children_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Stored> {
        let full_name = format!("{}@{name}", self.dataset);
        self.iter()
            .filter(move |stored| stored.parent.as_deref() == Some(full_name.as_str()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::store::memory::{Fault, MemoryStore};

    fn catalog(store: MemoryStore) -> Catalog {
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        Catalog::load(&store, "z3-backup/", &Dataset::parse("pool/fs").unwrap(), 4).unwrap()
    }

    #[test]
    fn the_metadata_of_old_and_new_objects() {
        let store = MemoryStore::new();
        store.insert(
            "z3-backup/pool/fs@a",
            &[("is_full", "true"), ("size", "1234")],
            b"x",
        );
        store.insert(
            "z3-backup/pool/fs@b",
            &[("parent", "pool/fs@a"), ("guid", "18446744073709551615")],
            b"x",
        );
        store.insert("z3-backup/pool/fs2@a", &[("isfull", "true")], b"x");
        let catalog = catalog(store);
        assert_eq!(
            catalog
                .iter()
                .map(|stored| stored.name.as_str())
                .collect::<Vec<_>>(),
            ["a", "b"]
        );
        let (a, b) = (catalog.get("a").unwrap(), catalog.get("b").unwrap());
        assert_eq!(
            (a.full, a.size_bytes(), a.guid),
            (true, Ok(Some(1234)), None)
        );
        assert_eq!(
            (b.full, b.size_bytes(), b.guid),
            (false, Ok(None), Some(u64::MAX))
        );
        assert_eq!(catalog.parent_of(b), Some(a));
        assert_eq!(catalog.children_of("a").count(), 1);
    }

    #[test]
    fn a_key_that_vanishes_between_list_and_head_is_left_out() {
        let store = MemoryStore::new();
        store.insert("z3-backup/pool/fs@a", &[("isfull", "true")], b"x");
        store.insert("z3-backup/pool/fs@b", &[("isfull", "true")], b"x");
        let store = store.with_faults(|call| match (call.verb, call.key.as_str()) {
            ("head", "z3-backup/pool/fs@a") => Fault::Gone,
            _ => Fault::None,
        });
        assert_eq!(
            catalog(store)
                .iter()
                .map(|stored| stored.name.as_str())
                .collect::<Vec<_>>(),
            ["b"]
        );
    }
}
