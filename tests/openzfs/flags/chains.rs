//! Changes of SEND_FLAGS while a chain grows.

use super::lived_in;
use crate::support::{Ended, Z3};

/// A run with these flags, which has to succeed.
fn backup(z3: &Z3, flags: &str, change: &str) -> Ended {
    let run = z3.z3(["-v", "backup"]).env("SEND_FLAGS", flags);
    run.env("FULL_ON_CHANGE", change).run().expect_ok()
}

/// What the metadata says of a stored snapshot: `full Lc`.
fn stored(z3: &Z3, snapshot: &str) -> String {
    let object = z3.bucket.head(&z3.snapshot_key(snapshot)).unwrap();
    let flags = object.metadata.get("sendflags").cloned();
    let kind = match object.metadata.contains_key("isfull") {
        true => "full",
        false => "increment",
    };
    format!("{kind} {}", flags.unwrap_or_default())
}

/// `L` comes, goes, and comes back in: whatever was stored can be restored.
#[test]
fn large_blocks_may_come_but_not_go() {
    let z3 = Z3::new("come");
    z3.create(&["-o", "compression=lz4", "-o", "recordsize=1M"]);
    lived_in(&z3);
    let told = backup(&z3, "", "on").stderr;
    assert!(!told.contains("OpenZFS 2.0"), "{told}");
    z3.dataset.history(&["d"]);
    let told = backup(&z3, "Lc", "on").stderr;
    assert!(
        told.contains("has to be restored with OpenZFS 2.0 or later"),
        "{told}"
    );
    z3.dataset.history(&["e"]);
    let told = backup(&z3, "Lc", "on").stderr;
    assert!(!told.contains("OpenZFS 2.0"), "told once: {told}");
    z3.dataset.history(&["f"]);
    let told = backup(&z3, "c", "off").stderr;
    assert!(
        told.contains("it goes on as it is (FULL_ON_CHANGE=off)"),
        "{told}"
    );
    z3.dataset.history(&["g"]);
    let told = backup(&z3, "", "on").stderr;
    assert!(
        told.contains("a new chain begins (FULL_ON_CHANGE=on)"),
        "{told}"
    );
    z3.dataset.history(&["h"]);
    backup(&z3, "", "on");
    let all: Vec<String> = ["a", "c", "d", "e", "f", "g", "h"]
        .iter()
        .map(|name| stored(&z3, name))
        .collect();
    let wanted = [
        "full ",
        "increment ",
        "increment Lc",
        "increment Lc",
        "increment Lc",
        "full ",
        "increment ",
    ];
    assert_eq!(all, wanted);
    z3.expect_verified(8);
    let (tree, guids) = (z3.dataset.tree(), z3.guids());
    z3.dataset.destroy();
    z3.says(["restore", "f"]);
    assert_eq!(z3.guids(), guids[..6]);
    z3.dataset.destroy();
    z3.says(["restore", "h"]);
    assert_eq!(z3.guids(), guids[6..]);
    assert!(z3.dataset.tree() == tree);
}

/// A user of the Python stored `zfs send -L` by hand, and nothing in the metadata says so.
#[test]
fn the_stream_tells_what_the_metadata_does_not() {
    let z3 = Z3::new("pasted");
    z3.create(&["-o", "recordsize=1M"]);
    lived_in(&z3);
    let (of, key) = (&z3.dataset.name, z3.snapshot_key("b"));
    let line = format!(
        "zfs send -L {of}@b | gzip | pput --quiet --estimated 4M --meta size=1 --meta isfull=true --meta compressor=pigz1 {key}"
    );
    z3.shell(&line).run().expect_ok();
    let told = z3.z3(["-v", "backup", "--dry-run"]).run().expect_ok();
    assert!(
        told.text().starts_with(&format!("zfs send '{of}@c' | ")),
        "{}",
        told.text()
    );
    assert!(
        told.stderr
            .contains("has large blocks, SEND_FLAGS has no L"),
        "{}",
        told.stderr
    );
    let told = z3.says(["backup", "--dry-run", "--send-flags", "L"]);
    assert!(told.starts_with("zfs send -L -i "), "{told}");
}
