//! What streams, and what is none, make of a catalog.

use std::io::{Cursor, Read};

use super::*;
use crate::catalog::{Health, Scope};
use crate::codec::{self, Compressor};
use crate::config::GzipEngine;
use crate::name::Dataset;
use crate::store::Kind;
use crate::store::memory::{Fault, MemoryStore};
use crate::stream::BEGIN_RECORD_BYTES;

/// Real streams of `src/plain@s1` and of the increment to `@s2`, and their guids.
pub const FULL: &[u8] = include_bytes!("../../../tests/data/zfs-streams/plain-full-s1.zfs");
pub const INCREMENT: &[u8] = include_bytes!("../../../tests/data/zfs-streams/plain-incr-s1-s2.zfs");
pub const S1: u64 = 12_462_000_750_622_629_748;
pub const S2: u64 = 6_473_704_812_539_868_868;

pub fn packed(name: &str, stream: &'static [u8]) -> Vec<u8> {
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
    let vault = Vault::over(Arc::new(store), "");
    let dataset = Dataset::parse("src/plain").unwrap();
    let mut catalog = Catalog::load(&vault, &dataset, &Scope::All).unwrap();
    let locals = names.iter().map(|name| LocalSnapshot::named(name));
    catalog.learn(&vault, &Vec::from_iter(locals)).unwrap();
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
        let guids = ["s1", "s2", "s3"].map(|name| catalog.named(name).unwrap().label.guid);
        assert_eq!(guids, [Some(S1), Some(S2), None], "{compressor}");
        assert_eq!(catalog.named("s2").unwrap().label.parent_guid, Some(S1));
        assert_eq!(catalog.health(catalog.named("s2").unwrap()), Health::Ok);
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
    assert_eq!(catalog.named("s1").unwrap().label.guid, Some(S1));
}

#[test]
fn a_parent_that_holds_another_snapshot_is_replaced() {
    let store = MemoryStore::new();
    store.insert("src/plain@s1", &[("isfull", "true"), ("guid", "7")], FULL);
    store.insert("src/plain@s2", &[("parent", "src/plain@s1")], INCREMENT);
    let catalog = learned(store, &["s2"]);
    let health = catalog.health(catalog.named("s2").unwrap());
    assert_eq!(health, Health::ParentReplaced);
}

#[test]
fn a_stream_no_stream_and_what_could_not_be_read() {
    let store = MemoryStore::new();
    let full = ("isfull", "true");
    let gzip = packed("gzip", FULL);
    let mut package = FULL.to_vec();
    package[16] = 2;
    let objects: [(&str, &str, &[u8], Health); 13] = [
        ("gpg", "gpg", FULL, Health::Ok),
        ("denied", "none", FULL, Health::Ok),
        ("junk", "none", b"data", Health::NoStream),
        ("long-junk", "none", &[7; 9000], Health::NoStream),
        ("empty", "none", b"", Health::Empty),
        ("part", "none", &FULL[..300], Health::NoStream),
        ("longer", "none", &FULL[..400], Health::NoStream),
        ("package", "none", &package, Health::NoStream),
        ("raw", "pigz1", FULL, Health::NoStream),
        ("cut", "gzip", &gzip[..100], Health::NoStream),
        ("packed", "none", &gzip, Health::NoStream),
        ("a/b", "none", FULL, Health::BadName),
        ("", "none", FULL, Health::BadName),
    ];
    for (name, compressor, body, _) in &objects {
        let key = format!("src/plain@{name}");
        store.insert(&key, &[full, ("compressor", compressor)], body);
        let key = format!("src/plain@on-{}", name.len());
        store.insert(&key, &[("parent", "src/plain@junk")], INCREMENT);
    }
    let store = store.with_faults(|call| match (call.verb, call.key.as_str()) {
        ("get", "src/plain@denied") => Fault::Before(Kind::Denied),
        _ => Fault::None,
    });
    let catalog = learned(store, &objects.each_ref().map(|object| object.0));
    let named = |name| catalog.named(name).unwrap();
    for (name, _, _, health) in objects {
        assert_eq!(catalog.health(named(name)), health, "{name}");
    }
    assert!(catalog.iter().all(|stored| stored.label.guid.is_none()));
    assert_eq!(catalog.health(named("on-4")), Health::ParentBroken);
    assert_eq!(
        named("long-junk").problem(),
        Some(
            r#"this is no zfs send stream (starts with "\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07")"#
        )
    );
}

/// Whatever z3 has written down beside an object, its bytes may be others by now.
#[test]
fn an_object_that_is_not_what_its_metadata_says_is_found_by_looking() {
    let (s1, s2) = (S1.to_string(), S2.to_string());
    let full = ("isfull", "true");
    let on_s1 = [
        ("parent", "src/plain@s1"),
        ("guid", &s2),
        ("parentguid", &s1),
    ];
    for (name, metadata, body, health) in [
        ("s2", on_s1, INCREMENT, Health::Ok),
        (
            "s2",
            [full, ("guid", &s2), ("x", "")],
            INCREMENT,
            Health::OtherStream,
        ),
        ("s2", on_s1, FULL, Health::OtherStream),
        (
            "s2",
            [on_s1[0], ("guid", "7"), on_s1[2]],
            INCREMENT,
            Health::OtherStream,
        ),
        ("s3", on_s1, INCREMENT, Health::OtherStream),
        ("s2", on_s1, &FULL[..99], Health::NoStream),
    ] {
        let memory = MemoryStore::new();
        memory.insert("src/plain@s1", &[full, ("guid", &s1)], FULL);
        memory.insert(&format!("src/plain@{name}"), &metadata, body);
        let vault = Vault::over(Arc::new(memory), "");
        let dataset = Dataset::parse("src/plain").unwrap();
        let mut catalog = Catalog::load(&vault, &dataset, &Scope::All).unwrap();
        assert_eq!(catalog.health(catalog.named(name).unwrap()), Health::Ok);
        let names = [name, "s1", "s1"].map(SnapName::from);
        catalog.look(&vault, &names).unwrap();
        assert_eq!(catalog.health(catalog.named(name).unwrap()), health);
        assert_eq!(catalog.health(catalog.named("s1").unwrap()), Health::Ok);
    }
}
