//! What `z3 backup` takes for a base, and what it overwrites.

use crate::backup::expect_stored;
use crate::support::Z3;

#[test]
fn nothing_in_common_is_an_error_that_names_full() {
    let z3 = Z3::new("common");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    z3.dataset.history(&["c", "d"]);
    for flags in [&["backup"][..], &["backup", "--dry-run"]] {
        let said = z3.refuses(flags.iter().copied());
        assert!(said.contains(&format!(
            "no snapshot of {} up to @d is both stored and still in the pool",
            z3.dataset.name
        )));
        assert!(
            said.ends_with("\nz3: 'z3 backup --full' starts a new chain\n"),
            "{said}"
        );
    }
    z3.says(["backup", "--full", "--snapshot", "c"]);
    z3.says(["backup"]);
    expect_stored(&z3, Some("c"), "d", Some("pigz1"));
}

#[test]
fn only_the_same_snapshot_or_a_full_without_children_is_overwritten() {
    let z3 = Z3::new("overwrite");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let old = z3.bucket.head(&z3.snapshot_key("a")).unwrap().metadata["z3id"].clone();
    z3.says(["backup", "--full", "--snapshot", "a"]);
    assert_ne!(
        expect_stored(&z3, None, "a", Some("pigz1")),
        old,
        "the same snapshot may be sent again"
    );

    z3.dataset.destroy();
    z3.dataset.history(&["x", "a", "b", "c"]);
    let stored = || ["a", "b"].map(|name| z3.bucket.head(&z3.snapshot_key(name)).unwrap());
    let before = stored();
    let said = z3.refuses(["backup"]);
    assert!(
        said.contains("another snapshot") && said.contains("z3: 'z3 backup --full' of a later"),
        "{said}"
    );
    let said = z3.refuses(["backup", "--full", "--snapshot", "a"]);
    assert!(
        said.contains(&format!("{0}@b is an increment on it", z3.dataset.name)),
        "{said}"
    );
    assert_eq!(stored(), before);
    z3.says(["backup", "--full", "--snapshot", "b"]);
    expect_stored(&z3, None, "b", Some("pigz1"));
    z3.says(["backup"]);
    expect_stored(&z3, Some("b"), "c", Some("pigz1"));
}
