//! One run at a time for a dataset and a bucket; a lock that ends with its process.

use crate::support::ended::Ended;
use crate::support::process::group;
use crate::support::{Dataset, Gate, Z3};

/// It found the lock taken, and names the holder.
fn expect_locked(ended: Ended, z3: &Z3, holder: u32) {
    let ended = ended.expect_status(4);
    let dataset = &z3.dataset.name;
    let said =
        format!("z3: {dataset} is being worked on by another z3: process {holder}\nz3: wait");
    assert!(ended.stderr.starts_with(&said), "{}", ended.stderr);
    assert_eq!(ended.text(), "");
}

#[test]
fn a_second_run_leaves_at_once_and_the_first_one_ends_well() {
    let z3 = Z3::new("two-runs");
    z3.dataset.history(&["a", "b"]);
    let gate = Gate::new(&z3);
    let first = gate.through(z3.z3(["backup"]), "send");
    expect_locked(z3.z3(["backup"]).run(), &z3, first.pid());
    expect_locked(z3.z3(["restore", "a"]).run(), &z3, first.pid());
    // Whoever changes nothing may look.
    z3.says(["status"]);
    z3.says(["backup", "--dry-run"]);
    gate.open();
    let ended = first.wait().expect_ok();
    assert_eq!(ended.text().lines().count(), 2);
    assert_eq!(z3.says(["backup"]), "");
}

#[test]
fn another_dataset_prefix_or_server_is_not_locked() {
    let z3 = Z3::new("other-runs");
    let other = Dataset::named(format!("{}/other", z3.dataset.name));
    z3.dataset.history(&["a"]);
    other.history(&["a"]);
    let gate = Gate::new(&z3);
    let first = gate.through(z3.z3(["backup"]), "send");
    for (key, value) in [
        ("FILESYSTEM", other.name.as_str()),
        ("S3_PREFIX", &z3.key("other")),
    ] {
        let ended = z3.z3(["backup"]).env(key, value).run().expect_ok();
        assert!(ended.text().starts_with("Successfuly"), "{key}");
    }
    // A wrong bucket fails for its own reason.
    let elsewhere = z3.z3(["backup"]).env("BUCKET", "z3nosuch").run();
    elsewhere.expect_status(1);
    gate.open();
    first.wait().expect_ok();
}

#[test]
fn a_killed_holder_holds_nothing_even_if_its_children_live_on() {
    let z3 = Z3::new("killed-holder");
    z3.dataset.history(&["a"]);
    let gate = Gate::new(&z3);
    let first = gate.through(z3.z3(["backup"]), "send");
    first.signal("KILL");
    let holder = first.pid();
    // A signal is sent at once; a busy kernel takes its time to close what the process had open.
    let is_zombie = || {
        let status = std::fs::read_to_string(format!("/proc/{holder}/status")).unwrap();
        status.contains("State:\tZ") && status.contains("Threads:\t1\n")
    };
    for _ in 0..500 {
        if is_zombie() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let left = || group(holder).into_keys().any(|pid| pid != holder);
    assert!(left(), "the gate's own process is still there");
    let second = z3.z3(["backup"]).env("GATED", "").run().expect_ok();
    assert!(second.text().starts_with("Successfuly"));
    assert!(left());
    first.wait().expect_status(137);
    gate.open();
}

#[test]
fn a_restore_locks_as_well() {
    let z3 = Z3::new("restore-locks");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    let gate = Gate::new(&z3);
    let restore = gate.through(z3.z3(["restore", "a"]), "recv");
    expect_locked(z3.z3(["backup"]).run(), &z3, restore.pid());
    expect_locked(z3.z3(["restore", "a"]).run(), &z3, restore.pid());
    z3.says(["restore", "a", "--dry-run"]);
    gate.open();
    restore.wait().expect_ok();
    assert_eq!(z3.dataset.snapshots(), ["a"]);
}

/// As a service with ProtectSystem=strict and PrivateTmp=yes beside a run from a shell: they share no directory.
#[test]
fn runs_that_see_other_directories_meet_all_the_same() {
    let z3 = Z3::new("private-places");
    z3.dataset.history(&["a"]);
    let gate = Gate::new(&z3);
    let first = gate.through(z3.z3(["backup"]), "send");
    let private = z3.dir().join("private");
    std::fs::create_dir(&private).unwrap();
    let beside = "mount -t tmpfs -o ro none /run/lock && exec z3 backup";
    let beside = z3.shell(&format!("unshare --mount sh -c '{beside}'"));
    expect_locked(beside.env("TMPDIR", &private).run(), &z3, first.pid());
    gate.open();
    first.wait().expect_ok();
}

/// Its directories are others, and it may not see whose the lock is.
#[test]
fn another_user_is_warned() {
    let z3 = Z3::new("other-user");
    z3.dataset.history(&["a"]);
    let gate = Gate::new(&z3);
    let first = gate.through(z3.z3(["backup"]), "send");
    // By its open file: the way to it may be root's alone.
    let other = "exec 9<$(command -v z3) && exec setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/9 backup";
    let ended = z3.shell(other).run();
    let said = format!(
        "somebody on this machine whom we cannot see may be at work on {}",
        z3.dataset.name
    );
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    gate.open();
    first.wait().expect_ok();
}
