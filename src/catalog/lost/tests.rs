//! What objects without metadata turn out to be.

use std::sync::Arc;

use super::*;
use crate::catalog::Scope;
use crate::catalog::look::tests::{FULL, INCREMENT, S1, S2, packed};
use crate::name::{Dataset, FullName};
use crate::store::Kind;
use crate::store::memory::{Fault, MemoryStore};

/// The third of the chain, as small as an increment can be.
const EMPTY: &[u8] = include_bytes!("../../../tests/data/zfs-streams/plain-incr-empty-s2-s3.zfs");

fn completed(store: MemoryStore, noted: &[(&str, Facts)]) -> (Arc<MemoryStore>, Catalog) {
    let memory = Arc::new(store);
    let vault = Vault::over(memory.clone(), "");
    let dataset = Dataset::parse("src/plain").unwrap();
    let mut catalog = Catalog::load(&vault, &dataset, &Scope::All).unwrap();
    let lacking = catalog.lacking();
    catalog.look(&vault, &lacking).unwrap();
    let noted = noted
        .iter()
        .map(|(name, facts)| ((*name).into(), facts.clone()));
    catalog.complete(&vault, noted.collect()).unwrap();
    (memory, catalog)
}

/// `name type parent compressor health source`.
fn rows(catalog: &Catalog) -> Vec<String> {
    let row = |stored: &Stored| {
        format!(
            "{} {} {} {} {} {}",
            stored.name,
            if stored.label.full { "full" } else { "on" },
            stored.label.parent.as_ref().map_or("-", FullName::as_str),
            stored.label.compressor.as_deref().unwrap_or("none"),
            catalog.reason(stored),
            stored.source.word()
        )
    };
    catalog.iter().map(row).collect()
}

#[test]
fn the_bytes_tell_what_a_chain_is() {
    for compressor in [
        "none",
        "gzip",
        #[cfg(feature = "zstd")]
        "zstd",
    ] {
        let store = MemoryStore::new();
        for (name, stream) in [("s1", FULL), ("s2", INCREMENT), ("s3", EMPTY)] {
            store.insert(
                &format!("src/plain@{name}"),
                &[],
                &packed(compressor, stream),
            );
        }
        let (_, catalog) = completed(store, &[]);
        let expected = ["s1 full -", "s2 on src/plain@s1", "s3 on src/plain@s2"];
        let expected = expected.map(|row| format!("{row} {compressor} ok bytes"));
        assert_eq!(rows(&catalog), expected);
        assert_eq!(catalog.named("s2").unwrap().label.parent_guid, Some(S1));
    }
}

#[test]
fn a_parent_whose_metadata_has_no_guid_is_asked_for_it() {
    let store = MemoryStore::new();
    store.insert("src/plain@s1", &[("isfull", "true")], FULL);
    store.insert("src/plain@s2", &[("z3id", "x")], INCREMENT);
    let (store, catalog) = completed(store, &[]);
    assert_eq!(rows(&catalog)[1], "s2 on src/plain@s1 none ok bytes");
    assert_eq!(store.count("get"), 3);
    let alone = MemoryStore::new();
    alone.insert("src/plain@s2", &[], INCREMENT);
    let expected = format!("s2 on - none missing parent (guid {S1}) bytes");
    assert_eq!(rows(&completed(alone, &[]).1), [expected]);
}

#[test]
fn what_is_noted_goes_before_the_bytes() {
    let store = MemoryStore::new();
    store.insert(
        "src/plain@s1",
        &[],
        b"\x85\x01 encrypted, so that nothing shows",
    );
    store.insert("src/plain@s2", &[], b"\x85\x01 the same");
    let facts = Facts {
        guid: S1,
        parent_guid: 0,
        compressor: Some("gpg".into()),
        features: 1 << 24,
        stream_bytes: Some(77),
    };
    let (_, catalog) = completed(store, &[("s1", facts)]);
    let rows = rows(&catalog);
    assert_eq!(rows[0], "s1 full - gpg ok receipt");
    let label = &catalog.named("s1").unwrap().label;
    assert_eq!(label.size_bytes(), Ok(Some(77)));
    assert_eq!(
        label.send_flags.to_string(),
        "w",
        "nothing plain is built on it"
    );
    assert!(
        rows[1].starts_with("s2 on - gpg no metadata: gpg "),
        "{rows:?}"
    );
    assert!(catalog.is_unknown(catalog.named("s2").unwrap()));
}

#[test]
fn nothing_is_made_of_junk_nor_of_what_cannot_be_read() {
    let store = MemoryStore::new();
    store.insert("src/plain@denied", &[], FULL);
    store.insert("src/plain@empty", &[], b"");
    store.insert("src/plain@junk", &[], b"data that is no stream at all");
    store.insert("src/plain@other", &[], FULL);
    store.insert(
        "src/plain@s2",
        &[("guid", &S2.to_string())],
        &INCREMENT[..400],
    );
    let store = store.with_faults(|call| match (call.verb, call.key.as_str()) {
        ("get", "src/plain@denied") => Fault::Before(Kind::Denied),
        _ => Fault::None,
    });
    let (_, catalog) = completed(store, &[]);
    let health = |name| catalog.health(catalog.named(name).unwrap());
    let names = ["denied", "empty", "junk", "other", "s2"];
    let expected = [
        Health::NoMetadata,
        Health::Empty,
        Health::NoMetadata,
        Health::NoMetadata,
        Health::NoMetadata,
    ];
    assert_eq!(names.map(health), expected);
    let unknown = |name| catalog.is_unknown(catalog.named(name).unwrap());
    assert_eq!(names.map(unknown), [true, false, false, false, false]);
}
