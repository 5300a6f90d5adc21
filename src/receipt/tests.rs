//! How large a receipt may be.

use std::sync::Arc;

use super::*;
use crate::store::ObjectStore;
use crate::store::memory::MemoryStore;

fn snapshot() -> FullName {
    FullName::of("a", "1")
}

fn large() -> Receipt {
    let name = "x".repeat(1000);
    let part = StoredSums {
        bytes: 5 << 30,
        sha256: Some("s".repeat(44)),
        crc32c: Some("c".repeat(8)),
    };
    Receipt {
        key: name.clone(),
        send: format!("zfs send -i {name} {name}"),
        zfs_version: Some("zfs-2.3.4-1".to_owned()),
        stream_sha256: Some("0".repeat(64)),
        end_checksum: std::array::from_fn(|_| "f".repeat(16)),
        parts: vec![part; 10_000],
        ..Receipt::default()
    }
}

#[test]
fn the_largest_is_read_again_without_its_parts() {
    let store = Arc::new(MemoryStore::new());
    let vault = Vault::over(store.clone(), "p/");
    assert!(vault.write(&Receipt::name(&snapshot()), &large()));
    let parts = Vec::new();
    let wanted = Receipt { parts, ..large() };
    assert_eq!(Receipt::read(&vault, &snapshot()), Some(wanted));
}

#[test]
fn what_is_too_large_to_be_ours_is_not_kept() {
    let store = Arc::new(MemoryStore::new());
    let vault = Vault::over(store.clone(), "p/");
    let texts = Receipt {
        codec: "x".repeat(MOST_TEXT_BYTES + 1),
        ..Receipt::default()
    };
    let mut parts = large();
    parts.parts = vec![parts.parts.remove(0); 40_000];
    for receipt in [texts, parts] {
        vault.write(&Receipt::name(&snapshot()), &receipt);
        assert!(Receipt::read(&vault, &snapshot()).is_none());
    }
    let nested = format!("{{\"parts\":[{}]}}", "[0,null],".repeat(200_000));
    store.put("p/.z3/receipts/a@1", nested.as_bytes()).unwrap();
    assert_eq!(Receipt::read(&vault, &snapshot()), None, "not even JSON");
}

#[test]
fn properties_have_room_beside_the_parts() {
    let property = |name: &str, bytes| Property {
        name: name.to_owned(),
        // Six times as long in JSON.
        value: "\u{1}".repeat(bytes),
        source: "local".to_owned(),
    };
    let few = || [property("compression", 9), property("my:note", 8192)].into_iter();
    assert_eq!(fitting(few()), few().collect::<Vec<_>>());
    let many = (0..1000).map(|number| property(&format!("my:{number}"), 8192));
    let kept = fitting(few().chain(many).chain([property("my:short", 1)]));
    let names: Vec<&str> = kept.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"compression"));
    assert_eq!(names.last(), Some(&"my:short"), "what fits is not left out");
    assert!(names.len() > 5 && names.len() < 20, "{names:?}");
    let receipt = Receipt {
        properties: kept,
        ..large()
    };
    let store = Arc::new(MemoryStore::new());
    let vault = Vault::over(store.clone(), "p/");
    assert!(vault.write(&Receipt::name(&snapshot()), &receipt));
    assert!(Receipt::read(&vault, &snapshot()).is_some());
}
