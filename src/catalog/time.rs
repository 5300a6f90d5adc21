//! When the snapshot of a backup was made.
//!
//! Newer objects say it in their metadata. Of older ones the stream says it, in its BEGIN record. What neither tells, as with
//! gpg, or in an archive class, is taken from when the object was stored: a backlog that was sent in one night then seems to be
//! of that night, so that it is always marked as a guess. Never from the name: names are anybody's.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Catalog, Stored};
use crate::error::Result;
use crate::name::SnapName;
use crate::vault::Vault;

/// When a snapshot was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Creation {
    /// Seconds since 1970.
    pub seconds: u64,
    /// Metadata or stream say so; else it is when the object was stored.
    pub exact: bool,
}

impl Stored {
    /// When its snapshot was made, as far as that is known by now.
    pub fn creation(&self) -> Option<Creation> {
        let guess = || Some((self.stored_at()?, false));
        let told = self.label.creation.map(|seconds| (seconds, true));
        let (seconds, exact) = told.or_else(guess)?;
        Some(Creation { seconds, exact })
    }

    /// When the object was stored, in seconds since 1970, by the server's clock.
    pub fn stored_at(&self) -> Option<u64> {
        self.head.modified.map(epoch_seconds)
    }
}

/// Seconds since 1970; what is before has none.
pub fn epoch_seconds(time: SystemTime) -> u64 {
    let since_1970 = time.duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |since| since.as_secs())
}

impl Catalog {
    /// Asks the objects of these names when their snapshots were made, where their metadata does not tell.
    pub fn learn_creations(&mut self, vault: &Vault, names: &[SnapName]) -> Result<()> {
        let of_names = names.iter().filter_map(|name| self.by_name.get(name));
        let silent = of_names.filter(|stored| stored.label.creation.is_none());
        let silent: Vec<SnapName> = silent.map(|stored| stored.name.clone()).collect();
        self.look(vault, &silent)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::catalog::Scope;
    use crate::catalog::look::tests::FULL;
    use crate::name::Dataset;
    use crate::store::memory::MemoryStore;

    /// A backup of each kind; its time, and whether that is exact.
    #[test]
    fn metadata_then_the_stream_then_the_object_tell() {
        let store = Arc::new(MemoryStore::new());
        let full = ("isfull", "true");
        let named = |name: &str| format!("src/plain@{name}");
        store.insert(&named("new"), &[full, ("creation", "7")], FULL);
        store.insert(&named("s1"), &[full], FULL);
        store.insert(&named("gpg"), &[full, ("compressor", "gpg")], FULL);
        store.insert(&named("odd"), &[full, ("creation", "-7")], b"none");
        let vault = Vault::over(store.clone(), "");
        let dataset = Dataset::parse("src/plain").unwrap();
        let mut catalog = Catalog::load(&vault, &dataset, &Scope::All).unwrap();
        let names = ["new", "s1", "gpg", "odd"].map(SnapName::from);
        catalog.learn_creations(&vault, &names).unwrap();
        assert_eq!(store.count("get"), 2, "s1 and odd");
        let told = |name: &str| catalog.named(name).unwrap().creation().unwrap();
        let begin = u64::from_le_bytes(FULL[24..32].try_into().unwrap());
        assert_eq!((told("new").seconds, told("new").exact), (7, true));
        assert_eq!((told("s1").seconds, told("s1").exact), (begin, true));
        for name in ["gpg", "odd"] {
            let stored = catalog.named(name).unwrap();
            assert_eq!(Some(told(name).seconds), stored.stored_at());
            assert!(!told(name).exact, "{name}");
        }
        assert_eq!(Stored::default().creation(), None);
    }

    /// Whoever can write metadata could keep a monitor green with an old stream.
    #[test]
    fn nothing_is_younger_than_its_stream() {
        let store = Arc::new(MemoryStore::new());
        let begin = u64::from_le_bytes(FULL[24..32].try_into().unwrap());
        let forged = (begin + 1).to_string();
        let metadata = [("isfull", "true"), ("creation", forged.as_str())];
        store.insert("src/plain@s1", &metadata, FULL);
        let vault = Vault::over(store, "");
        let dataset = Dataset::parse("src/plain").unwrap();
        let mut catalog = Catalog::load(&vault, &dataset, &Scope::All).unwrap();
        catalog.look(&vault, &["s1".into()]).unwrap();
        let made = catalog.named("s1").unwrap().creation().unwrap();
        assert_eq!((made.seconds, made.exact), (begin, true));
    }

    #[test]
    fn what_is_before_1970_is_its_beginning() {
        assert_eq!(epoch_seconds(UNIX_EPOCH - Duration::from_secs(9)), 0);
        assert_eq!(epoch_seconds(UNIX_EPOCH + Duration::from_secs(9)), 9);
    }
}
