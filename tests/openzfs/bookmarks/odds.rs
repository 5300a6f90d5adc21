//! Where bookmarks are not wanted, not known, not allowed, or not to be trusted.

use crate::support::Z3;
use crate::support::zfs::zfs;

const REFUSED: &str = "is both stored and still in the pool";

/// A dataset whose one stored snapshot is gone, and that went on.
fn cut_off(test: &str) -> Z3 {
    let z3 = Z3::new(test);
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    z3.dataset.history(&["b"]);
    z3.lose(&["a"]);
    z3
}

#[test]
fn switched_off_nothing_is_made_and_nothing_taken() {
    let z3 = Z3::new("off");
    z3.dataset.history(&["a"]);
    let off = |arguments: &[&str]| z3.z3(arguments).env("BOOKMARKS", "off").run();
    off(&["backup"]).expect_ok();
    assert_eq!(z3.marks(), [""; 0]);
    assert_eq!(z3.says(["backup"]), "", "made good");
    assert_eq!(z3.marks().len(), 1);
    z3.dataset.history(&["b"]);
    z3.lose(&["a"]);
    let said = off(&["backup"]).expect_status(1).stderr;
    assert!(said.contains(REFUSED), "{said}");
}

/// Of many datasets those that have nothing new are looked at ahead: what a killed run owes them is made good all the same.
#[test]
fn of_many_with_nothing_new_none_goes_without() {
    let z3 = Z3::new("many-marks");
    let own = z3.dataset.name.clone();
    z3.dataset.history(&["a"]);
    for kid in ["k1", "k2", "k3"] {
        zfs(&["create", &format!("{own}/{kid}")]);
        zfs(&["snapshot", &format!("{own}/{kid}@a")]);
    }
    let all = || zfs(&["list", "-H", "-t", "bookmark", "-r", "-o", "name", &own]);
    let run = || z3.z3(["backup", &own, "--recursive"]).run().expect_ok();
    run();
    let marks = all();
    assert_eq!(marks.lines().count(), 4, "{marks}");
    let lost = format!("{own}/k2#");
    let lost = marks.lines().find(|mark| mark.starts_with(&lost)).unwrap();
    zfs(&["destroy", lost]);
    let again = run();
    assert_eq!(again.text().matches("up to date").count(), 4);
    assert_eq!(all(), marks);
}

/// A user without the right, a pool without the feature: one notice in a run, and the backup is what it ever was.
#[test]
fn where_zfs_refuses_nothing_else_changes() {
    let z3 = Z3::new("refused");
    z3.dataset.history(&["a", "b", "c"]);
    let told = |run: crate::support::Run| {
        let ended = run
            .env("SHIM_zfs", "bookmark end=1 say=denied")
            .run()
            .expect_ok();
        assert_eq!(ended.text().lines().count(), 3);
        ended.stderr
    };
    let said = told(z3.z3(["-v", "backup"]));
    assert_eq!(
        said.matches("no bookmark is left of what is stored")
            .count(),
        1,
        "{said}"
    );
    let quiet = told(z3.z3(["backup"]).env("S3_PREFIX", z3.key("quiet")));
    assert_eq!(quiet, "");
}

#[test]
fn a_pool_without_the_feature() {
    let z3 = Z3::new("feature");
    let (pool, file) = (format!("old{}", std::process::id()), z3.dir().join("old"));
    let make = format!(
        "truncate -s 128M {} && zpool create -d -m {} {pool} {}",
        file.display(),
        z3.dir().join("mounted").display(),
        file.display()
    );
    z3.shell(&make).run().expect_ok();
    zfs(&["snapshot", &format!("{pool}@a")]);
    let backup = z3.z3(["-v", "backup"]).env("FILESYSTEM", &pool).run();
    let said = backup.stderr.clone();
    z3.shell(&format!("zpool destroy {pool}")).run().expect_ok();
    backup.expect_ok();
    assert_eq!(
        said.matches("no bookmark is left of what is stored")
            .count(),
        1,
        "{said}"
    );
    println!("{said}");
}

#[test]
fn without_the_history_a_bookmark_is_no_base() {
    let z3 = cut_off("unknown");
    let refused = |script: &str, why: &str| {
        z3.replace("zpool", script);
        let said = z3.refuses(["backup"]);
        assert!(said.contains(why) && said.contains(REFUSED), "{said}");
    };
    refused("echo 'permission denied' >&2; exit 1", "permission denied");
    // It has been written over, and it ends in the middle.
    refused("zpool \"$@\" | tail -n 3", "does not reach back to it");
    refused("zpool \"$@\"; exit 1", "nobody knows");
    z3.replace("zpool", "exec zpool \"$@\"");
    z3.says(["backup"]);
    assert_eq!(z3.parent("b").as_deref(), Some("a"));
}

#[test]
fn after_a_rename_nobody_knows() {
    let mut z3 = Z3::new("named");
    z3.dataset.history(&["a"]);
    let (old, new) = (z3.dataset.name.clone(), format!("{}-new", z3.dataset.name));
    z3.says(["backup"]);
    zfs(&["rename", &old, &new]);
    // As if it had been stored under the new name all along.
    let body = z3.bucket.get(&z3.snapshot_key("a"));
    let metadata = z3.bucket.head(&z3.snapshot_key("a")).unwrap().metadata;
    let metadata: Vec<(&str, &str)> = metadata
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    z3.dataset.name = new;
    z3.bucket.put(&z3.snapshot_key("a"), &body, &metadata);
    z3.dataset.history(&["b"]);
    z3.lose(&["a"]);
    let said = z3.refuses(["backup"]);
    assert!(said.contains("had another name then"), "{said}");
}

/// The backup of the bookmark has to be a backup.
#[test]
fn a_base_that_is_broken_is_no_base_for_a_bookmark() {
    let z3 = cut_off("broken");
    z3.bucket.put(
        &z3.snapshot_key("a"),
        b"not a stream at all",
        &[("isfull", "true"), ("guid", &guid_of_mark(&z3))],
    );
    let said = z3.refuses(["backup"]);
    assert!(said.contains("@a is broken"), "{said}");
    assert_eq!(z3.marks().len(), 1);
}

fn guid_of_mark(z3: &Z3) -> String {
    let mark = z3.marks().remove(0);
    u64::from_str_radix(mark.rsplit('-').next().unwrap(), 16)
        .unwrap()
        .to_string()
}
