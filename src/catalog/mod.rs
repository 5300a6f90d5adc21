//! What the bucket holds of one dataset: the stored snapshots, how they hang together and which of them are healthy.
//!
//! Responsible for reading a listing and its metadata, whatever they look like: an odd object becomes a broken row, never
//! a failure. Not responsible for what to do about it ([`crate::plan`]) or how it is shown ([`crate::commands`]).

mod begin;
mod health;
mod stored;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use begin::begin_of;
pub use health::Health;
pub use stored::Stored;

use crate::error::Result;
use crate::name::Dataset;
use crate::pool::Pool;
use crate::store::ObjectStore;

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
