//! `z3 restore --list`: what would be fetched, and whether it would go.

use crate::support::{Act, Dataset, ENV, Proxy, Server, When, Z3};

/// The words of a table's row.
fn row(told: &str, name: &str) -> Vec<String> {
    let begin = format!("{name} ");
    let line = told
        .lines()
        .find(|line| line.starts_with(&begin))
        .unwrap_or_else(|| panic!("{told}"));
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_chain_is_shown_and_nothing_is_fetched() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("list").through(&proxy);
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup", "--compressor", "none"]);
    let to = Dataset::named(format!("{}-to", z3.dataset.name));
    let sizes = ["a", "b", "c"].map(|name| z3.bucket.get(&z3.snapshot_key(name)).len());
    let told = z3.says(["restore", "--list", "c", "--to", &to.name]);
    assert!(told.starts_with("NAME | KIND        | STORED "), "{told}");
    assert_eq!(row(&told, "a")[1], "full");
    assert_eq!(
        [&row(&told, "b")[1], &row(&told, "b")[5]],
        ["incremental", "readable"]
    );
    assert_eq!(
        row(&told, "c")[2],
        row(&told, "c")[3],
        "the stream is stored as it is"
    );
    assert!(told.contains("to fetch: 3 objects, "), "{told}");
    assert!(
        told.contains(&format!("\n{} has ", ENV.pool)) && told.contains(" free, which is enough\n"),
        "{told}"
    );
    assert!(!to.exists());
    // Part of it is there.
    z3.says(["restore", "b", "--to", &to.name]);
    let told = z3.says(["restore", "--list", "c", "--to", &to.name]);
    assert_eq!(
        ["a", "b", "c"].map(|name| row(&told, name)[5].clone()),
        ["here", "here", "readable"]
    );
    assert!(told.contains("to fetch: 1 object, "), "{told}");
    let told = z3.says(["restore", "--list", "b", "--to", &to.name]);
    assert!(
        told.ends_with(&format!(
            "nothing to fetch: {} has that snapshot\n",
            to.name
        )),
        "{told}"
    );
    to.destroy();
    // What is frozen, what is broken, and what has no place: shown all the same, then refused as a restore would be.
    proxy.rule(
        "GET",
        "%40b",
        When::Always,
        Act::error(403, "InvalidObjectState"),
    );
    proxy.rule(
        "HEAD",
        "%40b",
        When::Always,
        Act::edit(|answer| answer.set("x-amz-storage-class", "GLACIER")),
    );
    let ended = z3
        .z3(["restore", "--list", "c", "--to", &to.name])
        .run()
        .expect_status(1);
    assert_eq!(row(ended.text(), "b")[4..6], ["GLACIER", "frozen"]);
    assert!(
        ended
            .text()
            .contains("1 of them cannot be read yet: they have to be thawed\nGLACIER has a fee"),
        "{}",
        ended.text()
    );
    assert!(
        ended.stderr.contains("archived, without a readable copy: "),
        "{}",
        ended.stderr
    );
    proxy.heal();
    z3.bucket.delete(&z3.snapshot_key("a"));
    let ended = z3
        .z3(["restore", "--list", "c", "--to", &to.name])
        .run()
        .expect_status(1);
    assert!(
        row(ended.text(), "b")[5].starts_with("broken: missing parent"),
        "{}",
        ended.text()
    );
    assert!(ended.stderr.contains(" is broken: "), "{}", ended.stderr);
    let fetched = proxy.count("GET", "%40");
    assert!(fetched > 0 && sizes.iter().all(|size| *size > 4096));
    let ended = z3
        .z3(["restore", "--list", "--dry-run", "c"])
        .run()
        .expect_status(2);
    assert!(
        ended
            .stderr
            .contains("--list and --dry-run exclude each other"),
        "{}",
        ended.stderr
    );
}
