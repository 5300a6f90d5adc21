//! Verdicts on chains.

use super::*;
use crate::name::Dataset;
use crate::store::Head;

fn stored(name: &str, metadata: &[(&str, &str)]) -> Stored {
    let pairs = metadata.iter();
    let pairs = pairs.map(|(k, v)| (k.to_string(), v.to_string()));
    let head = Head {
        size_bytes: 1,
        metadata: pairs.collect(),
        ..Head::default()
    };
    Stored::new(&name.into(), name, head)
}

fn health(rows: &[(&str, &[(&str, &str)])]) -> Vec<String> {
    let dataset = Dataset::parse("pool/fs").unwrap();
    let catalog = Catalog::of(
        &dataset,
        rows.iter().map(|(name, metadata)| stored(name, metadata)),
    );
    rows.iter()
        .map(|(name, _)| catalog.health(catalog.named(name).unwrap()).to_string())
        .collect()
}

#[test]
fn the_chains_of_the_original() {
    let verdicts = health(&[
        ("snap_0", &[("parent", "pool/fs@snap_expired")]),
        ("snap_1_f", &[("isfull", "true"), ("compressor", "pigz1")]),
        ("snap_2", &[("parent", "pool/fs@snap_1_f")]),
        (
            "snap_3",
            &[("parent", "pool/fs@snap_2"), ("isfull", "false")],
        ),
        ("snap_4_mp", &[("parent", "missing_parent")]),
        ("snap_5", &[("parent", "pool/fs@snap_4_mp")]),
        ("snap_6_cycle", &[("parent", "pool/fs@snap_7_cycle")]),
        ("snap_7_cycle", &[("parent", "pool/fs@snap_6_cycle")]),
        ("snap_8", &[("parent", "pool/fs@snap_7_cycle")]),
        ("snap_9", &[("parent", "pool/fs@snap_9")]),
    ]);
    let expected = "missing parent,ok,ok,ok,missing parent,parent broken,cycle detected,cycle detected,cycle detected,cycle detected";
    assert_eq!(verdicts.join(","), expected);
}

#[test]
fn odd_objects_are_broken_and_break_what_hangs_on_them() {
    let verdicts = health(&[
        ("a", &[]),
        ("b", &[("isfull", "true"), ("size", "big")]),
        ("c", &[("parent", "pool/fs@b")]),
        ("d", &[("isfull", "True")]),
        ("e", &[("parent", "other/fs@b")]),
    ]);
    assert_eq!(
        verdicts,
        [
            "no metadata",
            "bad size",
            "parent broken",
            "no metadata",
            "missing parent"
        ]
    );
}

#[test]
fn a_parent_of_another_guid_is_not_the_parent() {
    let child = |guid: &'static str| -> (&str, Vec<(&str, &str)>) {
        (
            "child",
            vec![("parent", "pool/fs@full"), ("parentguid", guid)],
        )
    };
    for (guid, verdict) in [("7", "ok"), ("8", "parent replaced")] {
        let (name, metadata) = child(guid);
        assert_eq!(
            health(&[
                ("full", &[("isfull", "true"), ("guid", "7")]),
                (name, &metadata)
            ])[1],
            verdict
        );
    }
    assert_eq!(
        health(&[("full", &[("isfull", "true")]), ("child", &child("8").1)])[1],
        "ok"
    );
}

#[test]
fn a_chain_of_ten_thousand_links_is_walked_once() {
    let dataset = Dataset::parse("pool/fs").unwrap();
    let link = |number: usize| {
        let parent = format!("pool/fs@{:05}", number - 1);
        stored(&format!("{number:05}"), &[("parent", &parent)])
    };
    let full = stored("00000", &[("isfull", "true")]);
    let whole = Catalog::of(&dataset, (1..10_000).map(link).chain([full]));
    assert!(whole.iter().all(|link| whole.health(link) == Health::Ok));
    let cut = Catalog::of(&dataset, (1..10_000).map(link));
    let broken = |link: &&Stored| cut.health(link) == Health::ParentBroken;
    assert_eq!(cut.iter().filter(broken).count(), 9998);
    // The one to blame is known of each: whoever looks for it at each link walks for minutes.
    let told = |link: &&Stored| {
        cut.reason(link)
            .starts_with("parent broken (@00001: missing")
    };
    assert_eq!(cut.iter().filter(told).count(), 9998);
    assert!(!cut.iter().any(|link| cut.is_unknown(link)));
}
