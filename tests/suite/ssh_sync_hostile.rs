//! `z3_ssh_sync` and a machine on the other side that somebody else has taken over: whatever it says and sends, nothing but the
//! snapshot that was asked for comes here, and nothing at all is mounted.

use std::fs;

use crate::support::zfs::{Dataset, zfs};
use crate::support::{Ended, Remote, Z3, noise};

/// Their file system, with what a thief would want here, and the one that is to be made of it.
struct Scene {
    z3: Z3,
    there: Dataset,
    here: Dataset,
}

impl Scene {
    fn new(test: &str) -> Self {
        let z3 = Z3::new(test);
        let below = |name: &str| Dataset::named(format!("{}/{name}", z3.dataset.name));
        let (there, here) = (below("theirs"), below("ours"));
        there.create().write("a", &noise(200_000, 1)).snapshot("0");
        there.write("b", &noise(200_000, 2)).snapshot("1");
        Self { z3, there, here }
    }

    /// A pull from a machine whose `zfs VERB` is this shell script.
    fn pull(&self, verb: &str, evil: &str) -> Ended {
        let evil = evil.replace("THERE", &self.there.name);
        // A dataset stays busy in zfs-fuse when nobody reads its send stream to the end.
        let sent = self.z3.dir().join("tmp/sent");
        let sent = sent.display();
        let sudo = format!(
            "zfs() {{ /usr/bin/sudo -n zfs \"$@\" >{sent}; cat {sent}; }}\ncase $3 in\n{verb}) {evil}; exit 0 ;;\nesac\nexec /usr/bin/sudo \"$@\""
        );
        let remote = Remote::of(&self.z3).sudo(&sudo);
        let names = [
            "--dataset",
            &self.here.name,
            "--remote-dataset",
            &self.there.name,
        ];
        let ended = remote.sync(&self.z3, names).args(["--pull"]).run();
        fs::remove_dir_all(self.z3.dir().join("remote")).unwrap();
        ended
    }

    fn refused(&self, verb: &str, evil: &str, words: &str) {
        let before = self.here.snapshots_if_there();
        let ended = self.pull(verb, evil).expect_status(1).expect_no_children();
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
        assert!(!ended.stderr.contains('\x1b'), "{:?}", ended.stderr);
        assert_eq!(ended.text(), "");
        self.here.settle();
        let after = self.here.snapshots_if_there();
        assert_eq!(after, before, "{evil}");
    }
}

#[test]
fn only_the_snapshot_that_was_asked_for_comes() {
    let scene = Scene::new("hostile-full");
    let child = Dataset::named(format!("{}/kid", scene.there.name));
    child.create().snapshot("1");
    let there = &scene.there.name;
    zfs(&["set", "setuid=off", there]);
    for (evil, words) in [
        ("zfs send -R THERE@1", "this is a package of streams"),
        ("zfs send -p THERE@1", "this is a package of streams"),
        ("zfs send THERE@0", "another snapshot was sent"),
        ("zfs send -i THERE@0 THERE@1", "a full stream was expected"),
        ("zfs send THERE/kid@1", "another snapshot was sent"),
        (
            "zfs send THERE@1 | head -c 100000",
            "the stream ends inside",
        ),
        (
            "zfs send THERE@1 | tr '\\000' '\\001'",
            "no zfs send stream",
        ),
        ("zfs send THERE@1; echo more", "data follows the END record"),
        ("zfs send THERE@1; exit 3", "exit 3"),
        ("head -c 1000000 /dev/urandom", "no zfs send stream"),
        ("yes", "no zfs send stream"),
        ("true", "the stream is empty"),
    ] {
        scene.refused("send", evil, words);
        let names = zfs(&["list", "-H", "-o", "name", "-r", &scene.z3.dataset.name]);
        assert!(!names.contains(&scene.here.name), "{evil}: {names}");
    }
    child.destroy();
}

#[test]
fn only_an_increment_to_what_is_here_comes() {
    let scene = Scene::new("hostile-increment");
    scene.pull("none", "true").expect_ok();
    assert_eq!(scene.here.snapshots(), ["1"]);
    scene.there.write("c", &noise(100_000, 3)).snapshot("2");
    for (evil, words) in [
        (
            "zfs send -i THERE@0 THERE@2",
            "the increment is from another snapshot",
        ),
        ("zfs send THERE@2", "this is a full stream, an increment"),
        ("zfs send -i THERE@0 THERE@1", "another snapshot was sent"),
        (
            "zfs send -I THERE@0 THERE@2",
            "this is a package of streams",
        ),
    ] {
        scene.refused("send", evil, words);
    }
    scene.pull("none", "true").expect_ok();
    assert_eq!(scene.here.guid("2"), scene.there.guid("2"));
}

#[test]
fn what_comes_is_not_mounted_and_that_is_said_once() {
    let scene = Scene::new("hostile-mount");
    let here = &scene.here.name;
    let ended = scene.pull("none", "true").expect_ok();
    assert_eq!(
        ended.stderr,
        format!(
            "z3_ssh_sync: {here} is not mounted, as --pull mounts nothing: 'zfs mount {here}' does it\n"
        )
    );
    let mounted = || zfs(&["get", "-H", "-o", "value", "mounted", here]);
    assert_eq!(mounted(), "no");
    scene.there.snapshot("2");
    let ended = scene.pull("none", "true").expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    assert_eq!(mounted(), "no");
    zfs(&["mount", here]);
    scene.there.snapshot("3");
    scene.pull("none", "true").expect_ok();
    assert_eq!(scene.here.snapshots(), ["1", "2", "3"]);
}

#[test]
fn what_the_other_machine_lists_is_looked_at_first() {
    let scene = Scene::new("hostile-list");
    // A line for each property of one snapshot, and of the dataset.
    let row = |name: &str, guid: &str| {
        let lines = ["", &format!("@{name}")].map(|name| {
            ["guid", "createtxg", "creation", "referenced", "userrefs"]
                .map(|property| {
                    let value = if property == "guid" { guid } else { "5" };
                    format!("THERE{name}\\t{property}\\t{value}\\n")
                })
                .concat()
        });
        format!("printf '%b' '{}'", lines.concat())
    };
    let script = scene.z3.dir().join("pwned");
    let inject = format!("x$(touch {})", script.display());
    for (evil, words) in [
        (row(&inject, "7"), "is no name of a ZFS snapshot"),
        (row("a/b", "7"), "is no name of a ZFS snapshot"),
        (
            row("a\\033]0;title\\007", "7"),
            "is no name of a ZFS snapshot",
        ),
        (row(&"x".repeat(400), "7"), "is no name of a ZFS snapshot"),
        (row("1", "18446744073709551616"), "expected a number"),
        (row("1", "-1"), "expected a number"),
        (row("1", "7"), "another snapshot was sent"),
        (
            "echo all is well".into(),
            "expected name, property and value",
        ),
        ("yes".into(), "expected name, property and value"),
        (
            "yes 'THERE@a\tguid\t1'".into(),
            "printed more than 33554432 bytes",
        ),
        (
            "head -c 40000000 /dev/zero".into(),
            "printed more than 33554432 bytes",
        ),
    ] {
        // What is printed without end is cut where it is too much, whatever it is.
        let words = if evil == "yes" {
            "printed more than 33554432 bytes"
        } else {
            words
        };
        scene.refused("get", &evil, words);
    }
    assert!(!script.exists());
}

#[test]
fn a_listing_of_another_machine_has_its_bound_in_memory() {
    let scene = Scene::new("hostile-memory");
    let rows = "awk 'BEGIN { for (i = 1; i < 300000; i++) printf \"THERE@%d\\tguid\\t%d\\nTHERE@%d\\tcreation\\t1\\nTHERE@%d\\treferenced\\t1\\n\", i, i, i, i; print \"THERE\\tguid\\t1\" }'";
    let ended = scene.pull("get", rows).expect_status(1);
    assert!(
        ended.stderr.contains("printed more than") || ended.stderr.contains("another snapshot"),
        "{}",
        ended.stderr
    );
    assert!(ended.peak_kib < 160 * 1024, "{} KiB", ended.peak_kib);
}

/// OpenZFS 2.3 loses spill blocks with `-e`: neither comes such a stream here, nor does one go there.
#[test]
fn what_would_lose_data_is_carried_neither_way() {
    let scene = Scene::new("hostile-spill");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams");
    let stream = scene.z3.dir().join("tmp/stream");
    fs::copy(format!("{data}/spill-lost-2.3.9.zfs"), &stream).unwrap();
    let evil = |listed: &str| {
        format!(
            "case $3 in send) cat {} ;; *) {listed} ;; esac",
            stream.display()
        )
    };
    let listed = "zfs \"$@\" | sed \"\\\\|THERE@1\\tguid|s/[0-9]*$/4017687483073717135/\"";
    let listed = format!("shift 2; {listed}");
    scene.refused("get | send", &evil(&listed), "(openzfs/zfs#18239)");
}

#[test]
fn a_push_sends_nothing_but_a_whole_stream() {
    let scene = Scene::new("hostile-push");
    let (from, to) = (&scene.there, &scene.here);
    let remote = Remote::of(&scene.z3);
    let names = ["--dataset", &from.name, "--remote-dataset", &to.name];
    for (evil, words) in [
        (
            "zfs \"$@\" >$TMPDIR/sent; head -c 100000 $TMPDIR/sent",
            "the stream ends inside",
        ),
        (
            "zfs send -R \"$2\" >$TMPDIR/sent; cat $TMPDIR/sent",
            "this is a package of streams",
        ),
        ("echo 'zfs: it works'", "no zfs send stream"),
    ] {
        let script = format!("case $1 in send) {evil}; exit 0 ;; esac; exec zfs \"$@\"");
        scene.z3.replace("zfs", &script);
        let ended = remote.sync(&scene.z3, names).run().expect_status(1);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        // The receiver there has lost its ssh, and takes a moment to give up.
        to.settle();
        assert!(!to.exists(), "{evil}");
    }
}
