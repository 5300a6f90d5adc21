//! Objects whose metadata has no guid, as the Python stored them: the stream itself tells whose it is.

use super::Stored;
use crate::support::{Act, Proxy, Server, When, Z3};

/// The three backups, as the Python would have described them.
fn strangers(z3: Z3, compressor: &str) -> Stored {
    let stored = Stored::new(z3, compressor);
    for name in ["a", "b", "c"] {
        let edits = [("guid", ""), ("parentguid", ""), ("z3id", "")];
        stored.put(name, &stored.bytes(name), name, &edits);
    }
    stored
}

#[test]
fn another_snapshot_of_the_same_name_is_known_without_metadata() {
    let stored = strangers(Z3::new("identity"), "pigz1");
    let z3 = &stored.z3;
    assert_eq!(stored.verdicts(&[], 0), ["ok a", "ok b", "ok c"]);
    z3.says(["restore", "b"]);
    let states = |z3: &Z3| {
        let status = z3.says(["status"]);
        let cell = |line: &str| line.split(" | ").nth(4).unwrap().trim().to_owned();
        status
            .lines()
            .skip(2)
            .map(cell)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(states(z3), "ok ok missing");
    // A restore goes on from what the pool has.
    z3.says(["restore", "c"]);
    assert_eq!(states(z3), "ok ok ok");
    z3.dataset.destroy();
    z3.dataset.history(&["a", "b", "d"]);
    assert_eq!(states(z3), "differs differs missing ok");
    let said = z3.refuses(["backup"]);
    assert!(said.contains("is stored with guid "), "{said}");
    let said = z3.refuses(["backup", "--full", "--snapshot", "a"]);
    assert!(said.contains("is an increment on it"), "{said}");
    let said = z3.refuses(["restore", "c"]);
    assert!(said.contains("b is in the pool with guid "), "{said}");
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "d"]);
}

#[test]
fn the_same_snapshot_may_replace_an_object_without_a_guid() {
    let stored = strangers(Z3::new("identity-same"), "pigz1");
    let z3 = &stored.z3;
    z3.says(["restore", "b"]);
    z3.says(["backup", "--full", "--snapshot", "a"]);
    let guid = &z3.bucket.head(&z3.snapshot_key("a")).unwrap().metadata["guid"];
    assert_eq!(guid, &z3.dataset.guid("a"));
}

#[test]
fn a_guid_that_cannot_be_read_stays_unknown() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let stored = strangers(Z3::new("identity-denied").through(&proxy), "none");
    stored.z3.dataset.history(&["a", "b"]);
    for name in ["%40a", "%40b"] {
        let denied = Act::error(403, "AccessDenied");
        proxy.rule("GET", name, When::Always, denied);
    }
    let status = stored.z3.z3(["status"]).run().expect_ok();
    assert_eq!(status.stderr, "");
    assert!(!status.text().contains("differs"), "{}", status.text());
    // One small range for each of the two.
    let path = |name| stored.z3.snapshot_key(name).replace('@', "%40");
    let ranges = ["a", "b"].map(|name| proxy.count("GET", &path(name)));
    assert_eq!(ranges, [1, 1]);
}
