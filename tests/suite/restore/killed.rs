//! A restore that gets SIGKILL between two of its steps: the next run mounts what is owed, and takes every mark off.

use crate::support::zfs::{openzfs, zfs};
use crate::support::{Dataset, Halt, Z3, share};

/// Kills a restore where it stands before its zfs command of this pattern, after `meanwhile`.
fn kill_before(z3: &Z3, pattern: &str, meanwhile: impl FnOnce()) {
    let halt = Halt::new(z3, "restore");
    let run = halt.in_program(z3.z3(["restore", "c"]), "zfs", "before", pattern);
    let mut running = run.start();
    running.until(pattern, || halt.reached());
    meanwhile();
    running.signal("KILL");
    running.wait().expect_no_children();
}

/// The next run, and what is there after it.
fn expect_completed(z3: &Z3, pattern: &str) {
    let ended = z3.z3(["restore", "c"]).run().expect_ok();
    assert_eq!(ended.stderr, "", "{pattern}");
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"], "{pattern}");
    assert_eq!(z3.dataset.property("mounted"), "yes", "{pattern}");
    let marks = marks(z3);
    assert_eq!(marks, "", "{pattern}");
}

/// The marks on the dataset, above it and below it.
fn marks(z3: &Z3) -> String {
    let own = zfs(&[
        "get",
        "-H",
        "-r",
        "-s",
        "local",
        "-o",
        "property,name",
        "all",
        above(z3),
    ]);
    own.lines().filter(|line| line.starts_with("z3:")).collect()
}

/// A dataset of the test's own above the one that is restored.
fn above(z3: &Z3) -> &str {
    z3.dataset.name.rsplit_once('/').unwrap().0
}

fn stored(test: &str) -> Z3 {
    let mut z3 = Z3::new(test);
    z3.dataset.name += "/below";
    z3.can_halt("zfs");
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    z3
}

#[test]
fn a_dataset_that_was_not_there_is_mounted_by_the_next_run() {
    let z3 = stored("kill-fresh");
    let parent = Dataset::named(above(&z3));
    let moments = [
        "set z3:restoring-*",
        "recv *@a",
        "get * guid *@a",
        "set z3:unmounted=*",
        "inherit z3:restoring-*",
        "recv *@b",
        "get * guid *@c",
        "mount *",
        "inherit z3:unmounted *",
    ];
    for pattern in share(2, moments) {
        z3.dataset.destroy();
        kill_before(&z3, pattern, || ());
        expect_completed(&z3, pattern);
    }
    parent.destroy();
}

/// Whoever unmounts it does what a receive into a mounted file system may do.
#[test]
fn what_was_mounted_with_children_is_mounted_by_the_next_run() {
    let z3 = stored("kill-mounted");
    let parent = Dataset::named(above(&z3));
    let child = Dataset::named(format!("{}/child", z3.dataset.name));
    child.create();
    for pattern in ["recv *@b", "recv *@c", "get * guid *@c"] {
        zfs(&["rollback", "-r", &format!("{}@a", z3.dataset.name)]);
        kill_before(&z3, pattern, || {
            child.unmount();
            z3.dataset.unmount();
        });
        expect_completed(&z3, pattern);
        assert_eq!(child.property("mounted"), "yes", "{pattern}");
    }
    parent.destroy();
}

/// A signal says what is left, and leaves no mark above what is not there.
#[test]
fn a_restore_that_is_stopped_leaves_no_mark_above() {
    let z3 = stored("stopped-fresh");
    let parent = Dataset::named(above(&z3));
    for (pattern, said) in [("recv *@a", false), ("get * guid *@a", true)] {
        z3.dataset.destroy();
        let halt = Halt::new(&z3, "restore");
        let run = halt.in_program(z3.z3(["restore", "c"]), "zfs", "before", pattern);
        let mut running = run.start();
        running.until(pattern, || halt.reached());
        running.signal("TERM");
        let ended = running.wait().expect_status(143);
        let told = ended.stderr.contains("is not mounted: 'zfs mount ");
        assert_eq!(told, said, "{pattern}: {}", ended.stderr);
        let marked = marks(&z3).contains("z3:restoring-");
        assert_eq!(marked, said, "{pattern}");
        expect_completed(&z3, pattern);
    }
    parent.destroy();
}

/// Where zfs takes no property with a stream, they are set when all is received; else none is owed.
#[test]
fn properties_that_are_owed_are_set_by_the_next_run() {
    let z3 = stored("kill-properties");
    let parent = Dataset::named(above(&z3));
    zfs(&["set", "compression=gzip", &z3.dataset.name]);
    z3.dataset.snapshot("d");
    z3.says(["backup"]);
    let steps = ["set compression=gzip *", "mount *"];
    for pattern in &steps[usize::from(openzfs())..] {
        z3.dataset.destroy();
        let halt = Halt::new(&z3, "restore");
        let restore = || z3.z3(["restore", "d", "--properties"]);
        let mut running = halt.in_program(restore(), "zfs", "before", pattern).start();
        running.until(pattern, || halt.reached());
        running.signal("KILL");
        running.wait().expect_no_children();
        restore().run().expect_ok();
        let properties = ["compression", "mounted"].map(|name| z3.dataset.property(name));
        assert_eq!(properties, ["gzip", "yes"], "{pattern}");
        assert_eq!(marks(&z3), "", "{pattern}");
    }
    parent.destroy();
}
