//! The lines of `--dry-run` do in a shell what z3 would have done.

use std::collections::BTreeMap;

use crate::support::zfs::zfs;
use crate::support::{ENV, Gpg, Z3};

/// Runs the command lines of a dry run, one after the other, and drops what z3 would announce.
fn paste(z3: &Z3, told: &str) {
    let is_command = |line: &&str| !line.starts_with("Successfuly");
    let lines: Vec<&str> = told.lines().filter(is_command).collect();
    assert!(!lines.is_empty(), "{told}");
    z3.shell(&format!("set -e\n{}", lines.join("\n")))
        .env("SHIM_LOG", z3.dir().join("log"))
        .run()
        .expect_ok();
}

/// Metadata without what is new with every upload.
fn metadata(z3: &Z3, snapshot: &str) -> BTreeMap<String, String> {
    let mut object = z3.bucket.head(&z3.snapshot_key(snapshot)).unwrap();
    object.metadata.remove("z3id");
    object.metadata
}

/// Pastes a backup of two snapshots and their restore, and compares with what z3 itself stores and what was there.
fn round_trip(z3: &Z3, compressor: &str, decoder: &str) {
    // Names that a shell would take apart.
    let snapshots = ["a", "b 2:x"];
    let backup = ["backup", "--compressor", compressor];
    z3.dataset.history(&snapshots);
    let told = z3.says(backup.into_iter().chain(["--dry-run"]));
    z3.says(backup);
    let own = snapshots.map(|name| metadata(z3, name));
    for name in snapshots {
        z3.bucket.delete(&z3.snapshot_key(name));
    }
    paste(z3, &told);
    assert_eq!(snapshots.map(|name| metadata(z3, name)), own);
    for (base, name) in [(None, "a"), (Some("a"), "b 2:x")] {
        let stored = z3.bucket.get(&z3.snapshot_key(name));
        assert!(
            z3.piped(decoder, stored) == z3.dataset.send(base, name),
            "{name}"
        );
    }
    let (tree, guids) = (
        z3.dataset.tree(),
        snapshots.map(|name| z3.dataset.guid(name)),
    );
    z3.dataset.destroy();
    paste(z3, &z3.says(["restore", "--dry-run", "b 2:x"]));
    assert_eq!(snapshots.map(|name| z3.dataset.guid(name)), guids);
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert!(z3.dataset.tree() == tree);
    assert_eq!(
        z3.says(["restore", "--dry-run", "b 2:x"]),
        "",
        "it is there"
    );
}

#[test]
fn pasted_lines_without_a_compressor() {
    let mut z3 = Z3::new("paste");
    z3.prefix += "it's $(mine)/";
    round_trip(&z3, "none", "cat");
}

#[test]
fn pasted_lines_with_pigz() {
    let z3 = Z3::new("paste-pigz");
    round_trip(&z3, "pigz1", "gzip -d");
    let log = std::fs::read_to_string(z3.dir().join("log")).unwrap();
    assert!(log.contains("pigz -1 --blocksize 4096\n"), "{log}");
    assert!(log.contains("pigz -d\n"), "{log}");
}

#[test]
fn pasted_lines_with_gzip() {
    round_trip(&Z3::new("paste-gzip"), "gzip9", "gzip -d");
}

#[test]
fn pasted_lines_with_gpg() {
    let z3 = Z3::new("paste-gpg");
    let _gpg = Gpg::new(&z3, "z3_backup");
    round_trip(&z3, "gpg", "gpg --quiet -d");
}

#[test]
fn pasted_lines_with_force() {
    let z3 = Z3::new("paste-force");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let tree = z3.dataset.tree();
    zfs(&["rollback", "-r", &format!("{}@a", z3.dataset.name)]);
    z3.dataset.write("own", b"diverged");
    paste(&z3, &z3.says(["restore", "--dry-run", "--force", "b"]));
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert!(z3.dataset.tree() == tree);
}

#[test]
fn pasted_lines_find_the_bucket_of_the_dataset() {
    let z3 = Z3::new("paste-section");
    z3.dataset.history(&["a"]);
    let text = format!(
        "[main]\nBUCKET=nosuch\n[fs:{}]\nBUCKET={}\n",
        z3.dataset.name, ENV.bucket
    );
    let path = z3.file("own.conf", text).display().to_string();
    let alone = |command: &str| {
        let run = z3.shell(command).env_remove("BUCKET");
        run.env_remove("FILESYSTEM").run().expect_ok()
    };
    let z3_line = format!("z3 --config {path} --dataset {}", z3.dataset.name);
    alone(&format!(
        "{z3_line} backup --dry-run | grep -v ^Succ | bash -e"
    ));
    assert_eq!(z3.keys(), [format!("{}@a", z3.dataset.name)]);
    let (tree, guid) = (z3.dataset.tree(), z3.dataset.guid("a"));
    z3.dataset.destroy();
    alone(&format!("{z3_line} restore --dry-run a | bash -e"));
    assert!(z3.dataset.tree() == tree && z3.dataset.guid("a") == guid);
}
