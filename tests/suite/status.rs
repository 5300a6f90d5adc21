//! `z3 status`: every row that there can be. The original's own tables are in `python`.

use serde_json::{Value, json};

use crate::support::Z3;

/// The table's lines below the header, without the blanks at their ends.
fn rows(z3: &Z3) -> Vec<String> {
    let told = z3.says(["status"]);
    let lines = told.lines().skip(2);
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// NAME, PARENT, TYPE and LOCAL STATE of a line.
fn cells(row: &str) -> String {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    [cells[0], cells[1], cells[2], cells[4]].join(",")
}

#[test]
fn a_namesake_in_the_pool_differs() {
    let z3 = Z3::new("differs");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    z3.dataset.history(&["x", "b", "c"]);
    let told: Vec<String> = rows(&z3).iter().map(|row| cells(row)).collect();
    let wanted = [
        "a,,full,missing",
        "b,a,incremental,differs",
        "c,-,missing,ok",
        "x,-,missing,ok",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn odd_objects_are_rows_and_never_the_end() {
    let z3 = Z3::new("odd");
    let name = z3.dataset.name.clone();
    let (a, b, sibling) = (
        format!("{name}@a"),
        format!("{name}@b"),
        format!("{name}2@a"),
    );
    for (snapshot, metadata) in [
        ("a", &[("isfull", "true"), ("size", "1048576")][..]),
        ("b", &[]),
        ("c", &[("parent", "no-at")]),
        ("d", &[("isfull", "true"), ("size", "big")]),
        ("e", &[("isfull", "True"), ("parent", &a)]),
        ("f", &[("parent", &b)]),
        (
            "g",
            &[("parent", &a), ("compressor", "lz4"), ("guid", "many")],
        ),
        ("h", &[("parent", &sibling)]),
    ] {
        z3.bucket.put(&z3.snapshot_key(snapshot), b"data", metadata);
    }
    // A sibling whose name only begins alike is none of ours.
    z3.bucket
        .put(&z3.key(&sibling), b"data", &[("isfull", "true")]);
    let wanted = [
        "a    |        | full        | ok             | missing     | 1 M",
        "b    | -      | unknown     | no metadata    | missing     |",
        "c    | no-at  | incremental | missing parent | missing     |",
        "d    |        | full        | bad size       | missing     | ?",
        "e    | a      | incremental | ok             | missing     |",
        "f    | b      | incremental | parent broken  | missing     |",
        "g    | a      | incremental | ok             | missing     |",
        "h    | a      | incremental | missing parent | missing     |",
    ];
    assert_eq!(rows(&z3), wanted);
}

#[test]
fn json_tells_what_the_table_tells_and_more() {
    let z3 = Z3::new("json");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup", "--snapshot", "a"]);
    let stored = z3.bucket.head(&z3.snapshot_key("a")).unwrap();
    let ended = z3.z3(["status", "--json"]).run().expect_ok();
    let place = ended.one("status");
    assert_eq!(place["dataset"], json!(z3.dataset.name));
    assert_eq!(place["s3_prefix"], json!(z3.prefix));
    let told = ended.told("snapshot");
    let [a, b] = told.as_slice() else {
        panic!("{told:?}")
    };
    let size: u64 = stored.metadata["size"].parse().unwrap();
    for (field, wanted) in [
        ("name", json!("a")),
        ("kind", json!("full")),
        ("health", json!("ok")),
        ("local_state", json!("ok")),
        ("guid", json!(z3.dataset.guid("a"))),
        ("parent", Value::Null),
        ("size_bytes", json!(size)),
        ("stored_bytes", json!(stored.size_bytes)),
        ("compressor", json!("pigz1")),
        ("key", json!(z3.snapshot_key("a"))),
    ] {
        assert_eq!(a[field], wanted, "{field}");
    }
    assert_eq!((&b["kind"], &b["key"]), (&json!("missing"), &Value::Null));
    assert_eq!(b["local_guid"], json!(z3.dataset.guid("b")));
}

#[test]
fn a_zfs_that_fails_costs_the_exit_status_but_not_the_table() {
    let z3 = Z3::new("rescue");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let stored = ["a,,full,missing", "b,a,incremental,missing"];
    let broken = "get end=1 say=the_pool_is_suspended";
    let ended = z3.z3(["status"]).env("SHIM_zfs", broken).run();
    let ended = ended.expect_status(1);
    let told: Vec<String> = ended.text().lines().skip(2).map(cells).collect();
    assert_eq!(told, stored);
    let [warning, error] = ended.stderr.lines().collect::<Vec<_>>()[..] else {
        panic!("{}", ended.stderr)
    };
    assert!(
        warning.starts_with("z3: unable to list local snapshots: zfs get "),
        "{warning}"
    );
    assert!(
        warning.ends_with(": exit 1: the_pool_is_suspended"),
        "{warning}"
    );
    assert!(error.starts_with("z3: zfs failed: "), "{error}");
    let json = z3.z3(["status", "--json"]).env("SHIM_zfs", broken).run();
    assert_eq!(json.expect_status(1).told("snapshot").len(), 2);
}
