//! A bucket under an `S3_PREFIX`: which keys are those of backups, and z3's own small objects beside them, as JSON under
//! `S3_PREFIX` + `.z3/`: notes of unfinished uploads, receipts of stored ones, and pins.
//!
//! Responsible for the layout of the keys (`doc/format.md`), for reading and writing the small objects, and for the rule that
//! no backup depends on them: a failure is a warning, and a policy that forbids them one warning for the whole run. Who deletes
//! backups has to know what they say, and hears of failures. Not
//! responsible for what they say ([`crate::upload`], [`crate::receipt`]), nor for what is stored ([`crate::catalog`]).

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::buffer::Buffer;
use crate::error::Error;
use crate::name::{Dataset, Snapshot};
use crate::store::{Kind, ObjectStore, StoreError};
use crate::sync::lock;
use crate::terminal::plain;

/// Larger ones are read one at a time, so that many workers need no more memory than one.
const SMALL_BYTES: u64 = 64 << 10;

/// Where backups are kept.
#[derive(Clone)]
pub struct Vault {
    /// The bucket.
    pub store: Arc<dyn ObjectStore>,
    /// The same bucket over connections of its own, for when those of `store` may be stuck; with little patience, as nobody
    /// shall wait for the small objects.
    pub aside: Arc<dyn ObjectStore>,
    /// How many small requests may be under way at once.
    pub workers: usize,
    prefix: String,
    /// It has been said that the policy forbids something.
    told: Arc<AtomicBool>,
    /// Of whoever reads a larger one.
    turn: Arc<Mutex<()>>,
}

impl Vault {
    /// The bucket under this prefix.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        aside: Arc<dyn ObjectStore>,
        s3_prefix: &str,
        workers: usize,
    ) -> Self {
        Self {
            store,
            aside,
            workers,
            prefix: s3_prefix.to_owned(),
            told: Arc::default(),
            turn: Arc::default(),
        }
    }

    /// One over a store that needs no connections.
    #[cfg(test)]
    pub fn over(store: Arc<dyn ObjectStore>, s3_prefix: &str) -> Self {
        Self::new(Arc::clone(&store), store, s3_prefix, 4)
    }

    /// What the keys begin with of all that has a name that begins like this.
    pub fn begin(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The key of a snapshot's backup.
    pub fn key(&self, snapshot: &Snapshot) -> String {
        self.begin(&snapshot.to_string())
    }

    /// What it is that has this key: a name as `begin` has it.
    pub fn named<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(&self.prefix)
    }

    /// Whether that is the key of something in this vault.
    pub fn has(&self, key: &str) -> bool {
        self.named(key).is_some()
    }

    /// What the keys of all backups of a dataset begin with.
    pub fn keys_of(&self, dataset: &Dataset) -> String {
        self.begin(&dataset.prefix())
    }

    /// The key of a small object.
    fn small(&self, name: &str) -> String {
        self.begin(&format!(".z3/{name}"))
    }

    /// The names that begin like this; none if they cannot be listed.
    pub fn list(&self, begin: &str) -> Vec<String> {
        self.tolerate(self.names(begin)).unwrap_or_default()
    }

    /// The names that begin like this.
    pub fn names(&self, begin: &str) -> Result<Vec<String>, StoreError> {
        let keys = self.aside.list(&self.small(begin))?.into_iter();
        Ok(keys
            .filter_map(|key| key.strip_prefix(&self.small("")).map(str::to_owned))
            .collect())
    }

    /// What an object of at most so many bytes says; `None` if it is not there, is larger, cannot be read, or is not what
    /// this z3 writes. Anybody who may write to the bucket may have put it there.
    pub fn read<T: DeserializeOwned>(&self, name: &str, most_bytes: u64) -> Option<T> {
        self.tolerate(self.fetch(name, most_bytes))?
    }

    /// The same for who has to know that it could not be read.
    pub fn fetch<T: DeserializeOwned>(
        &self,
        name: &str,
        most_bytes: u64,
    ) -> Result<Option<T>, StoreError> {
        let key = self.small(name);
        let Some(head) = self.aside.head(&key)? else {
            return Ok(None);
        };
        // A lifecycle rule may have taken it to where it cannot be read.
        if head.archived {
            return Ok(None);
        }
        if head.size_bytes > most_bytes {
            let bytes = head.size_bytes;
            let key = plain(&key);
            log::info!("{key} has {bytes} bytes, z3 writes at most {most_bytes}: it is not z3's");
            return Ok(None);
        }
        let _turn = (head.size_bytes > SMALL_BYTES).then(|| lock(&self.turn));
        let told = |error: &Error| log::info!("{error}");
        let Ok(mut body) = Buffer::new(head.size_bytes as usize).inspect_err(told) else {
            return Ok(None);
        };
        self.aside.get_range(&key, &head, 0, &mut body)?;
        Ok(serde_json::from_slice(&body)
            .inspect_err(|error| log::info!("{}", plain(&format!("{key}: {error}"))))
            .ok())
    }

    /// Whether the object is there, whatever it says.
    pub fn has_small(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.aside.head(&self.small(name))?.is_some())
    }

    /// When the object was stored, if it is there.
    pub fn modified(&self, name: &str) -> Result<Option<SystemTime>, StoreError> {
        let head = self.aside.head(&self.small(name))?;
        Ok(head.and_then(|head| head.modified))
    }

    /// Whether the object could be written.
    pub fn write<T: Serialize>(&self, name: &str, content: &T) -> bool {
        self.tolerate(self.put(name, content)).is_some()
    }

    /// Writes the object.
    pub fn put<T: Serialize>(&self, name: &str, content: &T) -> Result<(), StoreError> {
        let body = serde_json::to_vec(content).unwrap_or_default();
        self.aside.put(&self.small(name), &body)
    }

    /// Removes the object, if it is there. An append-only policy is no mistake, and what stays does no harm.
    pub fn delete(&self, name: &str) {
        match self.remove(name) {
            Err(error) if error.kind == Kind::Denied => log::info!("{error}"),
            answer => drop(self.tolerate(answer)),
        }
    }

    /// Removes the object, if it is there.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.aside.delete(&self.small(name))
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
mod tests {
    use super::*;
    use crate::store::memory::{Fault, MemoryStore};

    #[test]
    fn what_was_written_is_read_listed_and_deleted() {
        let store = Arc::new(MemoryStore::new());
        let vault = Vault::over(store.clone(), "p/");
        assert!(vault.write("uploads/a", &["x", "y"]));
        assert!(store.object("p/.z3/uploads/a").is_some());
        assert_eq!(vault.list("uploads/"), ["uploads/a"]);
        assert_eq!(
            vault.read::<Vec<String>>("uploads/a", 9).unwrap(),
            ["x", "y"]
        );
        assert_eq!(vault.read::<u64>("uploads/a", 9), None, "something else");
        let read = store.count("get");
        assert_eq!(vault.read::<Vec<String>>("uploads/a", 8), None, "larger");
        assert_eq!(store.count("get"), read, "it was not even asked for");
        vault.delete("uploads/a");
        assert_eq!(vault.read::<Vec<String>>("uploads/a", 9), None);
    }

    #[test]
    fn a_server_may_have_no_clock() {
        let now = std::time::SystemTime::now();
        let store = |shown| MemoryStore::new().with_clock(shown);
        assert_eq!(store(None).clock_error(), None);
        assert!(store(None).now() >= now);
        let hour = std::time::Duration::from_secs(3600);
        for shown in [now - hour, now + 2 * hour] {
            assert_eq!(store(Some(shown)).now(), shown);
            assert!(store(Some(shown)).clock_error().unwrap() >= hour);
        }
    }

    #[test]
    fn whatever_fails_is_no_failure() {
        let store = MemoryStore::new().with_faults(|_| Fault::Before(Kind::Denied));
        let vault = Vault::over(Arc::new(store), "p/");
        assert!(!vault.write("uploads/a", &1));
        assert_eq!((vault.list(""), vault.read::<u64>("a", 9)), (vec![], None));
        assert!(vault.told.load(Relaxed));
    }
}
