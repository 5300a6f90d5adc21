//! `z3_ssh_sync --pull` from a machine that somebody else has taken over. The shell stands in for ssh and sudo, which the suite
//! has real ones of: here it is about what zfs would make of a stranger's stream.

use std::fs;

use crate::support::zfs::zfs;
use crate::support::{Dataset, Ended, Z3, noise};

/// A pull of the corner's dataset; there, `zfs send` is this shell text.
fn pull(z3: &Z3, here: &Dataset, send: &str) -> Ended {
    let send = send.replace("THERE", &z3.dataset.name);
    let ssh = format!(
        "PATH=$PATH:/usr/sbin:/sbin\nsudo() {{ shift\ncase $2 in\nsend) {send} ;;\n*) \"$@\" ;;\nesac; }}\nshift 3\neval \"$*\""
    );
    z3.replace("ssh", &ssh);
    let names = [
        "--pull",
        "--dataset",
        &here.name,
        "--remote-dataset",
        &z3.dataset.name,
        "peer",
    ];
    z3.program("z3_ssh_sync", names).run()
}

/// A dataset whose mount point is where the thief wants a file to be, with a child.
fn baited(z3: &Z3) -> (Dataset, Dataset) {
    let child = Dataset::named(format!("{}/kid", z3.dataset.name));
    z3.create(&[]);
    z3.dataset.write("job", &noise(100_000, 1));
    child.create().write("more", b"x");
    zfs(&["snapshot", "-r", &format!("{}@a", z3.dataset.name)]);
    z3.dataset.write("job", &noise(100_000, 2));
    zfs(&["snapshot", "-r", &format!("{}@b", z3.dataset.name)]);
    (child, Dataset::named(format!("{}-pulled", z3.dataset.name)))
}

#[test]
fn no_property_no_child_and_no_mount_comes_from_there() {
    let z3 = Z3::new("hostile");
    let (_child, here) = baited(&z3);
    let bait = z3.dir().join("bait");
    let point = format!("mountpoint={}", bait.display());
    for (send, words) in [
        ("zfs send -R THERE@b", "this is a package of streams"),
        ("zfs send -p THERE@b", "this is a package of streams"),
        ("zfs send -R -I @a THERE@b", "this is a package of streams"),
        ("zfs send THERE@a", "another snapshot was sent"),
        ("zfs send THERE/kid@b", "another snapshot was sent"),
        ("zfs send -i @a THERE@b", "a full stream was expected"),
        ("zfs send THERE@b | head -c 50000", "the stream ends inside"),
        ("echo nothing", "no zfs send stream"),
    ] {
        zfs(&["set", &point, &z3.dataset.name]);
        let ended = pull(&z3, &here, send).expect_status(1);
        assert!(ended.stderr.contains(words), "{send}: {}", ended.stderr);
        assert!(!here.exists(), "{send}");
    }
    let ended = pull(&z3, &here, "\"$@\"").expect_ok();
    let unmounted = format!("{} is not mounted, as --pull mounts nothing", here.name);
    assert!(ended.stderr.contains(&unmounted), "{}", ended.stderr);
    assert_eq!(here.property("mounted"), "no");
    assert_eq!(
        here.property("mountpoint"),
        here.path().display().to_string()
    );
    assert_eq!(here.snapshots(), ["b"]);
    assert_eq!(here.guid("b"), z3.dataset.guid("b"));
    assert!(!Dataset::named(format!("{}/kid", here.name)).exists());
    here.destroy();
}

#[test]
fn increments_come_one_by_one_below_a_mount() {
    let z3 = Z3::new("one-by-one");
    let (child, here) = baited(&z3);
    child.destroy();
    pull(&z3, &here, "\"$@\"").expect_ok();
    here.mount();
    for name in ["c", "d"] {
        z3.dataset.write(name, name.as_bytes()).snapshot(name);
    }
    for send in [
        "zfs send -i @a THERE@c",
        "zfs send -I @b THERE@d",
        "zfs send THERE@d",
    ] {
        pull(&z3, &here, send).expect_status(1);
        assert_eq!(here.snapshots(), ["b"]);
    }
    let ended = pull(&z3, &here, "\"$@\"").expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    assert_eq!(here.snapshots(), ["b", "c", "d"]);
    assert_eq!(here.property("mounted"), "yes");
    assert_eq!(fs::read(here.path().join("d")).unwrap(), b"d");
    assert_eq!(pull(&z3, &here, "\"$@\"").text(), "Nothing to do here.\n");
    here.destroy();
}
