//! What a restore receives, and what it says of a chain that cannot be.

use super::*;
use crate::catalog::First;
use crate::store::Head;

#[test]
fn restore_goes_from_the_full_or_from_what_the_pool_has() {
    let stored = catalog(vec![
        full_of("p1", Some(1)),
        increment("p2", "p1", Some(2)),
        increment("p3", "p2", None),
    ]);
    let plan = |pool: &[(&str, u64)], wanted: &str| match restore(
        &dataset(),
        receiver(&locals(pool)),
        &stored,
        &dataset().own_name(wanted),
    ) {
        Ok(steps) => steps
            .iter()
            .map(|step| step.name.to_string())
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(plan(&[], "p3"), "p1 p2 p3");
    assert_eq!(plan(&[("p2", 2)], "tank/fs@p3"), "p3");
    assert_eq!(
        plan(&[("p3", 99)], "p3"),
        "",
        "an object without a guid is matched by name"
    );
    assert!(plan(&[("p2", 99)], "p3").starts_with("error: tank/fs@p2 is in the pool with guid 99"));
    assert_eq!(
        plan(&[], "nosuch"),
        "error: no such snapshot \"tank/fs@nosuch\" in the bucket"
    );
}

#[test]
fn a_name_that_is_not_stored_gets_the_right_advice() {
    let advice = |name: &str| {
        not_stored(&dataset(), &name.into())
            .advice()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        advice("tank/other@p1"),
        "--dataset tank/other is for the snapshots of that dataset"
    );
    assert!(advice("p9").contains("'z3 status'"));
    for name in ["@p1", "", "tank/fs", "/etc/passwd"] {
        assert!(advice(name).contains("DATASET@SNAPSHOT"), "{name}");
    }
}

#[test]
fn restore_refuses_a_broken_chain_and_archived_objects_before_the_start() {
    let archived = |name: &str| Stored {
        head: Head {
            archived: true,
            ..Head::default()
        },
        ..increment(name, if name == "p2" { "p1" } else { "p2" }, None)
    };
    let stored = catalog(vec![
        full_of("p1", None),
        archived("p2"),
        archived("p3"),
        increment("p9", "p8", None),
    ]);
    let error = restore(&dataset(), receiver(&[]), &stored, &"p3".into()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "archived, without a readable copy: p2, p3"
    );
    let error = restore(&dataset(), receiver(&[]), &stored, &"p9".into()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the backup of tank/fs@p9 is broken: missing parent (tank/fs@p8)"
    );
}

/// Of a backup that cannot be restored, the link that is to blame and what can be are told.
#[test]
fn the_broken_link_is_named() {
    let junk = Stored {
        first: Some(First::NoStream("it ends after 4 bytes".into())),
        ..increment("p2", "p1", Some(2))
    };
    let stored = || {
        catalog(vec![
            full_of("p1", Some(1)),
            junk.clone(),
            increment("p3", "p2", Some(3)),
            increment("q2", "q1", None),
            increment("q3", "q2", None),
        ])
    };
    let told = |wanted| {
        let error = restore(
            &dataset(),
            receiver(&[]),
            &stored(),
            &dataset().own_name(wanted),
        )
        .unwrap_err();
        format!("{error}; {}", error.advice().unwrap())
    };
    assert_eq!(
        told("p3"),
        "the backup of tank/fs@p3 is broken: parent broken (@p2: no stream: it ends after 4 bytes); \
         the last before it that can be restored is @p1; 'z3 status' shows the chain"
    );
    assert_eq!(
        told("q3"),
        "the backup of tank/fs@q3 is broken: parent broken (@q2: missing parent (tank/fs@q1)); \
         nothing that it builds on can be restored; 'z3 status' shows what else is stored"
    );
    let backup = |wanted| incremental(&locals(THREE), "p", &stored(), wanted).unwrap_err();
    for wanted in [None, Some("p2")] {
        let error = backup(wanted);
        assert!(error.to_string().contains("no stream"), "{error}");
        assert!(error.advice().unwrap().contains("--full"));
    }
    let alone = catalog(vec![full_of("p1", Some(1)), junk.clone()]);
    assert_eq!(sends(full(&locals(THREE), "p", &alone, Some("p2"))), "p2");
}
