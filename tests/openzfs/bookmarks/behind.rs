//! A dataset that went back behind a bookmark: an increment from there would be received, and be wrong.

use super::beside;
use crate::support::zfs::{tree, zfs};
use crate::support::{Dataset, Z3, prose};

/// A dataset with a, b and c in the bucket, and a peer that went on from a. What it went on with is received over b and c.
fn gone_back(test: &str) -> (Z3, Dataset) {
    let z3 = Z3::new(test);
    let peer = beside(&z3, "peer");
    z3.dataset.history(&["a"]);
    pass(&z3, "", &z3.of("a"), &peer.name);
    z3.dataset.write("changes", b"only in b");
    z3.dataset.snapshot("b");
    z3.dataset.write("dir/0", b"only in c");
    z3.dataset.snapshot("c");
    z3.says(["backup"]);
    peer.mount();
    peer.write("peer", &prose(100_000, 3));
    peer.snapshot("d");
    pass(&z3, "-i @a", &format!("{}@d", peer.name), &z3.dataset.name);
    assert_eq!(z3.dataset.snapshots(), ["a", "d"]);
    assert_eq!(z3.marks().len(), 1, "receive -F leaves bookmarks");
    (z3, peer)
}

fn pass(z3: &Z3, base: &str, snapshot: &str, to: &str) {
    let line = format!("zfs send {base} {snapshot} | zfs receive -F {to}");
    z3.shell(&line).run().expect_ok();
}

/// What src/zfs/past.rs says of zfs.
#[test]
fn zfs_sends_and_receives_what_is_wrong() {
    let (z3, peer) = gone_back("wrong");
    let copy = beside(&z3, "copy");
    let scratch = copy.name.as_str();
    for name in ["a", "b", "c"] {
        let stored = z3.bucket.get(&z3.snapshot_key(name));
        z3.piped(&format!("gzip -d | zfs receive {scratch}"), stored);
    }
    let mark = z3.marks().remove(0);
    let from = &z3.dataset.name;
    let line = format!("zfs send -i '{from}#{mark}' {from}@d | zfs receive -F {scratch}");
    z3.shell(&line).run().expect_ok();
    assert_eq!(copy.guid("d"), z3.dataset.guid("d"));
    let (real, wrong) = (tree(&z3.dataset.path()), copy.tree());
    let differ = real
        .iter()
        .filter(|(name, content)| wrong.get(*name) != Some(content));
    let differ: Vec<_> = differ.map(|(name, _)| name.display().to_string()).collect();
    assert!(differ.contains(&"changes".to_owned()), "{differ:?}");
    copy.destroy();
    peer.destroy();
}

#[test]
fn a_snapshot_that_is_stored_beats_the_bookmark() {
    let (z3, peer) = gone_back("beats");
    z3.says(["backup"]);
    assert_eq!(z3.parent("d").as_deref(), Some("a"));
    z3.expect_mark(&z3.dataset.guid("d"));
    z3.expect_restored("d");
    peer.destroy();
}

#[test]
fn a_bookmark_is_no_base_for_what_went_back_behind_it() {
    let (z3, peer) = gone_back("behind");
    z3.lose(&["a"]);
    z3.dataset.history(&["e"]);
    let marks = z3.marks();
    let said = z3.refuses(["backup"]);
    assert!(
        said.contains("marks @c, which is stored, but is no base"),
        "{said}"
    );
    assert!(said.contains("may have gone back behind it"), "{said}");
    assert!(
        said.contains("is both stored and still in the pool"),
        "{said}"
    );
    assert!(
        said.contains("'z3 backup --full' starts a new chain"),
        "{said}"
    );
    assert_eq!(z3.marks(), marks);
    z3.says(["backup", "--full"]);
    z3.expect_mark(&z3.dataset.guid("e"));
    // Forward from there, it serves again.
    z3.lose(&["d", "e"]);
    z3.dataset.history(&["f"]);
    z3.says(["backup"]);
    assert_eq!(z3.parent("f").as_deref(), Some("e"));
    z3.expect_restored("f");
    peer.destroy();
}

/// A rollback of zfs itself takes the bookmarks with it.
#[test]
fn a_rollback_destroys_the_bookmarks_of_what_it_destroys() {
    let z3 = Z3::new("rolled");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.lose(&["b"]);
    let plain = z3.shell(&format!("zfs rollback {}", z3.of("a"))).run();
    let said = plain.expect_status(1).stderr;
    assert!(
        said.contains("more recent snapshots or bookmarks exist"),
        "{said}"
    );
    zfs(&["rollback", "-r", &z3.of("a")]);
    assert_eq!(z3.marks(), [""; 0]);
    z3.dataset.history(&["c"]);
    z3.says(["backup"]);
    assert_eq!(z3.parent("c").as_deref(), Some("a"));
    z3.expect_restored("c");
}

/// Where replicas arrive, each receive is a swap; as long as something newer than the bookmark stands, none goes behind it.
#[test]
fn what_is_received_on_top_of_it_is_no_way_back() {
    let z3 = Z3::new("replica");
    let source = beside(&z3, "source");
    source.history(&["a", "b", "c"]);
    let from = |base: &str, name: &str| {
        let base = if base.is_empty() {
            String::new()
        } else {
            format!("-i @{base}")
        };
        let line = format!(
            "zfs send {base} {}@{name} | zfs receive -F {}",
            source.name, z3.dataset.name
        );
        z3.shell(&line).run().expect_ok();
    };
    from("", "a");
    z3.says(["backup"]);
    from("a", "b");
    z3.lose(&["a"]);
    from("b", "c");
    z3.says(["backup"]);
    assert_eq!(z3.parent("b").as_deref(), Some("a"));
    z3.expect_restored("c");
    source.destroy();
}
