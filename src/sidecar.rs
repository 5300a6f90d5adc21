//! z3's own small objects beside the backups, as JSON under `S3_PREFIX` + `.z3/`: notes of unfinished uploads and receipts
//! of stored ones.
//!
//! Responsible for reading and writing them, and for the rule that nothing depends on them: a failure is a warning, and a
//! policy that forbids them one warning for the whole run. Not responsible for what they say ([`crate::upload`],
//! [`crate::receipt`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Kind, ObjectStore, StoreError};

/// The small objects of one `S3_PREFIX`.
#[derive(Clone)]
pub struct Sidecar {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    /// It has been said that the policy forbids something.
    told: Arc<AtomicBool>,
}

impl Sidecar {
    /// Those beside the backups of this prefix. `store` is better one with little patience: nobody shall wait for these.
    pub fn new(store: Arc<dyn ObjectStore>, s3_prefix: &str) -> Self {
        Self {
            store,
            prefix: format!("{s3_prefix}.z3/"),
            told: Arc::default(),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The names that begin like this; none if they cannot be listed.
    pub fn list(&self, begin: &str) -> Vec<String> {
        let keys = self.store.list(&self.key(begin));
        let names = self.tolerate(keys).unwrap_or_default().into_iter();
        names
            .filter_map(|key| key.strip_prefix(&self.prefix).map(str::to_owned))
            .collect()
    }

    /// What an object says; `None` if it is not there, cannot be read, or is not what this z3 writes.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let body = self.tolerate(self.fetch(&self.key(name)))??;
        serde_json::from_slice(&body)
            .inspect_err(|error| log::info!("{}: {error}", self.key(name)))
            .ok()
    }

    fn fetch(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        // A lifecycle rule may have taken it to where it cannot be read.
        let Some(head) = self.store.head(key)?.filter(|head| !head.archived) else {
            return Ok(None);
        };
        // Small by nature: what is larger is none of ours.
        let mut body = vec![0; head.size_bytes.min(16 << 20) as usize];
        self.store.get_range(key, &head, 0, &mut body)?;
        Ok(Some(body))
    }

    /// Whether the object could be written.
    pub fn write<T: Serialize>(&self, name: &str, content: &T) -> bool {
        let body = serde_json::to_vec(content).unwrap_or_default();
        self.tolerate(self.store.put(&self.key(name), &body))
            .is_some()
    }

    /// Removes the object, if it is there. An append-only policy is no mistake, and what stays does no harm.
    pub fn delete(&self, name: &str) {
        match self.store.delete(&self.key(name)) {
            Err(error) if error.kind == Kind::Denied => log::info!("{error}"),
            answer => drop(self.tolerate(answer)),
        }
    }

    /// Says what failed; of what is forbidden, only the first. For every request that a backup can do without.
    pub fn tolerate<T>(&self, answer: Result<T, StoreError>) -> Option<T> {
        let error = match answer {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        if error.kind != Kind::Denied {
            log::warn!("{error}");
        } else if !self.told.swap(true, Relaxed) {
            log::warn!("{error}; backups need nothing of it, only resume and verify do");
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::memory::{Fault, MemoryStore};

    #[test]
    fn what_was_written_is_read_listed_and_deleted() {
        let store = Arc::new(MemoryStore::new());
        let sidecar = Sidecar::new(store.clone(), "p/");
        assert!(sidecar.write("uploads/a", &["x", "y"]));
        assert!(store.object("p/.z3/uploads/a").is_some());
        assert_eq!(sidecar.list("uploads/"), ["uploads/a"]);
        assert_eq!(
            sidecar.read::<Vec<String>>("uploads/a").unwrap(),
            ["x", "y"]
        );
        assert_eq!(sidecar.read::<u64>("uploads/a"), None, "something else");
        sidecar.delete("uploads/a");
        assert_eq!(sidecar.read::<Vec<String>>("uploads/a"), None);
    }

    #[test]
    fn whatever_fails_is_no_failure() {
        let store = MemoryStore::new().with_faults(|_| Fault::Before(Kind::Denied));
        let sidecar = Sidecar::new(Arc::new(store), "p/");
        assert!(!sidecar.write("uploads/a", &1));
        assert_eq!((sidecar.list(""), sidecar.read::<u64>("a")), (vec![], None));
        assert!(sidecar.told.load(Relaxed));
    }
}
