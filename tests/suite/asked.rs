//! How often zfs is started. Each start costs milliseconds, and more on a pool of thousands of snapshots: a run asks what it has
//! to know at that moment, and nothing twice.

use std::fs;

use crate::support::Z3;
use crate::support::zfs::openzfs;

/// The commands of zfs that a run has started, each by its first word. Bookmarks, and the usage of `zfs receive` before a receive
/// that is kept when it is cut off, are those of a zfs that has them.
fn asked(z3: &Z3, arguments: &[&str]) -> String {
    let log = z3.dir().join("asked");
    drop(fs::remove_file(&log));
    let run = z3.z3(arguments.iter().copied()).env("SHIM_LOG", &log);
    run.run().expect_ok();
    let log = fs::read_to_string(log).unwrap();
    let calls = log.lines().filter_map(|line| line.strip_prefix("zfs "));
    let words = calls.filter_map(|call| call.split(' ').next());
    let of_all = |word: &&str| !openzfs() || !matches!(*word, "bookmark" | "destroy" | "receive");
    words.filter(of_all).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_backup_asks_for_each_step_how_long_it_is() {
    let z3 = Z3::new("asked-backup");
    z3.dataset.history(&["a", "b", "c"]);
    // A zfs that cannot tell how long a stream will be is asked once.
    let send = if openzfs() { "send send" } else { "send" };
    let steps = format!("send send {send} release {send} release");
    assert_eq!(
        asked(&z3, &["backup"]),
        format!("get get hold list {steps}")
    );
    assert_eq!(asked(&z3, &["backup"]), "get list", "nothing to do");
    z3.dataset.history(&["d"]);
    let one = "get get hold list send send release";
    assert_eq!(asked(&z3, &["backup"]), one);
}

#[test]
fn a_restore_asks_for_each_step_whether_it_is_there() {
    let z3 = Z3::new("asked-restore");
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    let (before, after) = ("get get get set recv get", "get mount inherit");
    let one = format!("{before} {after}");
    assert_eq!(asked(&z3, &["restore", "a"]), one);
    z3.dataset.destroy();
    let rest = "set inherit recv get recv get";
    let three = format!("{before} {rest} {after}");
    assert_eq!(asked(&z3, &["restore", "c"]), three);
    assert_eq!(
        asked(&z3, &["restore", "c"]),
        "get get get get",
        "nothing to do"
    );
}
