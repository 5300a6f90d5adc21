//! What the object itself says: the BEGIN record of its stream, for objects whose metadata has no guid.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use super::{Catalog, Stored};
use crate::codec::{self, Compressor};
use crate::error::Result;
use crate::pool::Pool;
use crate::store::ObjectStore;
use crate::stream::{self, BEGIN_RECORD_BYTES, Begin};

/// How much of an object is fetched, in bytes: as much gzip data as holds a record with room to spare.
const BLOCK_BYTES: u64 = 4096;

/// The same for zstd, which gives nothing before a whole block (RFC 8878): a block of 128 KiB and the headers before it.
const ZSTD_BLOCK_BYTES: u64 = (128 << 10) + 64;

/// The BEGIN record of a stored stream, from one small GET. `None` where it cannot be known: gpg gives nothing before it
/// has seen all, an archived object cannot be read, and what is no stream has none.
pub fn begin_of(store: &dyn ObjectStore, stored: &Stored) -> Result<Option<Begin>> {
    let compressor = stored.compressor();
    let enough = match compressor {
        Compressor::Zstd(_) => ZSTD_BLOCK_BYTES,
        _ => BLOCK_BYTES,
    };
    let count = stored.head.size_bytes.min(enough) as usize;
    if stored.head.archived || compressor == Compressor::Gpg || count == 0 {
        return Ok(None);
    }
    let mut block = vec![0; count];
    store.get_range(&stored.key, &stored.head, 0, &mut block)?;
    let mut first = Vec::with_capacity(BEGIN_RECORD_BYTES);
    let stream = codec::decompress(compressor, Box::new(Cursor::new(block)))?;
    // Data that ends early, as this does, or that is damaged has given what there was before its error.
    let _ = stream
        .take(BEGIN_RECORD_BYTES as u64)
        .read_to_end(&mut first);
    Ok(stream::begin_of(&first))
}

impl Catalog {
    /// Asks the objects of these names, and those that they build on, for the guids that their metadata lacks, `workers` at
    /// a time. What cannot be read stays unknown, as it was before.
    pub fn learn<'n>(
        &mut self,
        store: &Arc<dyn ObjectStore>,
        names: impl Iterator<Item = &'n str>,
        workers: usize,
    ) -> Result<()> {
        let of_names = names.filter_map(|name| self.by_name.get(name));
        let wanted: BTreeMap<&str, Stored> = of_names
            .flat_map(|stored| [Some(stored), self.parent_of(stored)])
            .flatten()
            .filter(|stored| stored.guid.is_none())
            .map(|stored| (stored.name.as_str(), stored.clone()))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut begins = Pool::new(workers.min(wanted.len()), "begin", {
            let store = Arc::clone(store);
            move |stored: Stored| (begin_of(store.as_ref(), &stored), stored.name)
        })?;
        wanted
            .into_values()
            .for_each(|stored| begins.submit(stored));
        for (begin, name) in begins {
            match (begin, self.by_name.get_mut(&name)) {
                (Ok(Some(begin)), Some(stored)) => stored.identify(&begin),
                (Err(error), _) => log::debug!("the guid of @{name} stays unknown: {error}"),
                _ => {}
            }
        }
        self.healths = self.judged();
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::catalog::{Health, Scope};
    use crate::config::GzipEngine;
    use crate::name::Dataset;
    use crate::store::Kind;
    use crate::store::memory::{Fault, MemoryStore};

    /// Real streams of `src/plain@s1` and of the increment to `@s2`, and their guids.
    const FULL: &[u8] = include_bytes!("../../tests/data/zfs-streams/plain-full-s1.zfs");
    const INCREMENT: &[u8] = include_bytes!("../../tests/data/zfs-streams/plain-incr-s1-s2.zfs");
    const S1: u64 = 12_462_000_750_622_629_748;
    const S2: u64 = 6_473_704_812_539_868_868;

    fn packed(name: &str, stream: &'static [u8]) -> Vec<u8> {
        let compressor = Compressor::parse(name).unwrap();
        let source = Box::new(Cursor::new(stream));
        let mut bytes = Vec::new();
        codec::compress(compressor, GzipEngine::Native, "", source, 1)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        bytes
    }

    fn learned(store: MemoryStore, names: &[&str]) -> Catalog {
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        let dataset = Dataset::parse("src/plain").unwrap();
        let mut catalog = Catalog::load(&store, "", &dataset, &Scope::All, 4).unwrap();
        catalog.learn(&store, names.iter().copied(), 4).unwrap();
        catalog
    }

    #[test]
    fn objects_without_guids_tell_them_themselves() {
        for compressor in ["none", "pigz1", "gzip9"] {
            let store = MemoryStore::new();
            let (full, increment) = (packed(compressor, FULL), packed(compressor, INCREMENT));
            let named = ("compressor", compressor);
            store.insert("src/plain@s1", &[("isfull", "true"), named], &full);
            let metadata = [("parent", "src/plain@s1"), named];
            store.insert("src/plain@s2", &metadata, &increment);
            store.insert("src/plain@s3", &[("isfull", "true"), named], &full);
            let catalog = learned(store, &["s2", "nosuch"]);
            let guids = ["s1", "s2", "s3"].map(|name| catalog.get(name).unwrap().guid);
            assert_eq!(guids, [Some(S1), Some(S2), None], "{compressor}");
            assert_eq!(catalog.get("s2").unwrap().parent_guid, Some(S1));
            assert_eq!(catalog.health(catalog.get("s2").unwrap()), Health::Ok);
        }
    }

    /// As little as zstd gives, its first block is the largest that there is: of a stream that does not compress.
    #[test]
    #[cfg(feature = "zstd")]
    fn the_first_block_of_zstd_is_read_whole() {
        let mut state = 1u64;
        let noise = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        });
        let mut stream = FULL[..BEGIN_RECORD_BYTES].to_vec();
        stream.extend(noise.take(1 << 20));
        let store = MemoryStore::new();
        let metadata = [("isfull", "true"), ("compressor", "zstd")];
        store.insert("src/plain@s1", &metadata, &packed("zstd", stream.leak()));
        let catalog = learned(store, &["s1"]);
        assert_eq!(catalog.get("s1").unwrap().guid, Some(S1));
    }

    #[test]
    fn a_parent_that_holds_another_snapshot_is_replaced() {
        let store = MemoryStore::new();
        store.insert("src/plain@s1", &[("isfull", "true"), ("guid", "7")], FULL);
        store.insert("src/plain@s2", &[("parent", "src/plain@s1")], INCREMENT);
        let catalog = learned(store, &["s2"]);
        let health = catalog.health(catalog.get("s2").unwrap());
        assert_eq!(health, Health::ParentReplaced);
    }

    #[test]
    fn what_cannot_be_read_stays_unknown() {
        let store = MemoryStore::new();
        let full = ("isfull", "true");
        store.insert("src/plain@gpg", &[full, ("compressor", "gpg")], FULL);
        store.insert("src/plain@junk", &[full], b"data");
        store.insert("src/plain@empty", &[full], b"");
        store.insert("src/plain@gzip", &[full, ("compressor", "gzip")], FULL);
        store.insert("src/plain@denied", &[full], FULL);
        let store = store.with_faults(|call| match (call.verb, call.key.as_str()) {
            ("get_range", "src/plain@denied") => Fault::Before(Kind::Denied),
            _ => Fault::None,
        });
        let catalog = learned(store, &["gpg", "junk", "empty", "gzip", "denied"]);
        assert_eq!(catalog.iter().count(), 5);
        assert!(catalog.iter().all(|stored| stored.guid.is_none()));
    }
}
