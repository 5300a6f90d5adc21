//! `z3_ssh_sync` over a real ssh: what goes, what does not, and what it says.

use std::fs;

use crate::support::remote::NAME;
use crate::support::zfs::{Dataset, zfs};
use crate::support::{Remote, Run, Z3, noise, shims};

/// A corner with `here`, which exists with a snapshot, and the name of a dataset for the other side, whose parent exists.
fn two_sides(test: &str) -> (Z3, Dataset, Dataset) {
    let z3 = Z3::new(test);
    let below = |name: &str| Dataset::named(format!("{}/{name}", z3.dataset.name));
    let (here, there) = (below("here"), below("vault/there"));
    below("vault").create();
    here.create().write("a", &noise(200_000, 1)).snapshot("1");
    (z3, here, there)
}

fn push(remote: &Remote, z3: &Z3, here: &Dataset, there: &Dataset) -> Run {
    let names = ["--dataset", &here.name, "--remote-dataset", &there.name];
    remote.sync(z3, names)
}

fn guids(dataset: &Dataset) -> Vec<(String, String)> {
    let names = dataset.snapshots().into_iter();
    names.map(|name| (dataset.guid(&name), name)).collect()
}

/// All datasets of a corner.
fn datasets(z3: &Z3) -> String {
    zfs(&["list", "-H", "-o", "name", "-r", &z3.dataset.name])
}

#[test]
fn a_push_is_full_then_of_what_is_new_then_nothing() {
    let (z3, here, there) = two_sides("push");
    let remote = Remote::of(&z3);
    let pushed = push(&remote, &z3, &here, &there).run().expect_ok();
    assert_eq!((pushed.text(), pushed.stderr.as_str()), ("", ""));
    assert_eq!(guids(&there), guids(&here));
    here.write("b", b"later").snapshot("2");
    here.write("c", b"latest").snapshot("3");
    let log = z3.dir().join("log");
    push(&remote, &z3, &here, &there)
        .env("SHIM_LOG", &log)
        .run()
        .expect_ok();
    let log = fs::read_to_string(log).unwrap();
    for sent in ["@1 @2", "@2 @3"] {
        let sent = format!(
            "zfs send -i {}\n",
            sent.replace('@', &format!("{}@", here.name))
        );
        assert!(log.contains(&sent), "{log}");
    }
    let buffered = format!(
        "mbuffer -s 128k -m 200m -q | sudo -n zfs recv {}",
        there.name
    );
    assert!(log.contains(&buffered), "{log}");
    assert_eq!(guids(&there), guids(&here));
    let again = push(&remote, &z3, &here, &there).run().expect_ok();
    assert_eq!(again.text(), "Nothing to do here.\n");
    let quiet = push(&remote, &z3, &here, &there).args(["--quiet"]).run();
    assert_eq!(quiet.expect_ok().text(), "");
    assert_eq!(there.tree(), here.tree());
    let named = format!(
        "{0}\n{1}\n{0}/vault\n{2}",
        z3.dataset.name, here.name, there.name
    );
    assert_eq!(datasets(&z3), named);
}

#[test]
fn a_pull_brings_names_with_blanks() {
    let z3 = Z3::new("pull");
    let below = |name: &str| Dataset::named(format!("{}/{name}", z3.dataset.name));
    let (there, here) = (below("their  s"), below("our s"));
    there.create().write("a", b"1").snapshot("the  first");
    let remote = Remote::of(&z3);
    let pull = || push(&remote, &z3, &here, &there).args(["--pull"]).run();
    pull().expect_ok();
    there.write("b", b"2").snapshot("the second ");
    pull().expect_ok();
    assert_eq!(here.snapshots(), ["the  first", "the second "]);
    assert_eq!((guids(&here), here.tree()), (guids(&there), there.tree()));
    assert_eq!(pull().expect_ok().text(), "Nothing to do here.\n");
}

#[test]
fn the_prefix_decides_and_mbuffer_may_be_missing() {
    let (z3, here, there) = two_sides("prefix");
    here.snapshot("daily-1");
    here.snapshot("2");
    let (remote, log) = (Remote::of(&z3).bare(), z3.dir().join("log"));
    let push = |prefix| {
        let push = push(&remote, &z3, &here, &there).args(["--snapshot-prefix", prefix]);
        push.env("SHIM_LOG", &log).run()
    };
    push("daily").expect_ok();
    assert_eq!(there.snapshots(), ["daily-1"]);
    assert_eq!(there.guid("daily-1"), here.guid("daily-1"));
    let received = format!("{} sudo -n zfs recv {}\n", NAME, there.name);
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.contains(&received), "{log}");
    let stderr = push("weekly").expect_status(1).stderr;
    let text = format!(
        "{} has no snapshot that begins with SNAPSHOT_PREFIX \"weekly\"",
        here.name
    );
    assert!(stderr.contains(&text), "{stderr}");
}

#[test]
fn histories_that_share_nothing_are_refused() {
    for name in ["1", "other"] {
        let (z3, here, there) = two_sides("divergent");
        there.create().write("theirs", b"x").snapshot(name);
        let before = guids(&there);
        let log = z3.dir().join("log");
        for direction in [&["--quiet"], &["--pull"]] {
            let ended = push(&Remote::of(&z3), &z3, &here, &there)
                .args(*direction)
                .env("SHIM_LOG", &log)
                .run()
                .expect_status(1);
            assert!(ended.stderr.contains("no snapshot of"), "{}", ended.stderr);
            assert!(ended.stderr.contains("in common"), "{}", ended.stderr);
            fs::remove_dir_all(z3.dir().join("remote")).unwrap();
        }
        let log = fs::read_to_string(log).unwrap();
        assert!(
            log.contains("zfs get") && !log.contains("zfs send"),
            "{log}"
        );
        assert_eq!(guids(&there), before);
    }
}

#[test]
fn a_remote_that_has_gone_on_keeps_what_it_has() {
    let (z3, here, there) = two_sides("gone-on");
    let remote = Remote::of(&z3);
    push(&remote, &z3, &here, &there).run().expect_ok();
    here.write("b", b"ours").snapshot("2");
    there.write("b", b"theirs").snapshot("2");
    let before = (guids(&there), there.tree());
    let ended = push(&remote, &z3, &here, &there).run().expect_status(1);
    assert!(ended.stderr.contains("cannot receive"), "{}", ended.stderr);
    assert_eq!((guids(&there), there.tree()), before);
}

#[test]
fn what_the_remote_says_is_shown() {
    let (z3, here, there) = two_sides("words");
    let nowhere = Dataset::named(format!("{}/no/where", z3.dataset.name));
    let refuse = "echo 'sudo: a password is required' >&2; exit 1";
    // A receive that takes everything, succeeds, and leaves nothing.
    let swallow = "case $3 in recv) exec cat >/dev/null ;; esac; exec /usr/bin/sudo \"$@\"";
    let cases = [
        (None, &nowhere, "dataset does not exist"),
        (Some(refuse), &there, "sudo: a password is required"),
        (Some(swallow), &there, "@1 is not there after the receive"),
    ];
    for (sudo, there, words) in cases {
        let remote = Remote::of(&z3);
        let remote = match sudo {
            Some(script) => remote.sudo(script),
            None => remote,
        };
        let ended = push(&remote, &z3, &here, there).run().expect_status(1);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with("z3_ssh_sync: "),
            "{}",
            ended.stderr
        );
        assert!(!there.exists());
        fs::remove_dir_all(z3.dir().join("remote")).unwrap();
    }
    // Nobody listens at this port of ours.
    let remote = Remote::of(&z3);
    let closed = ["--dataset", &here.name, "ssh://127.0.0.1:1"];
    let ended = remote.program(&z3, "z3_ssh_sync", closed).run();
    let stderr = ended.expect_status(1).stderr;
    assert!(stderr.contains("Connection refused"), "{stderr}");
}

#[test]
fn a_dry_run_prints_what_can_be_pasted() {
    let (z3, here, there) = two_sides("a  dry");
    let remote = Remote::of(&z3);
    for (had, name) in ["2", "a  b"].into_iter().enumerate() {
        here.snapshot(name);
        let dry = push(&remote, &z3, &here, &there).args(["--dry-run"]).run();
        let line = dry.expect_ok().text().to_owned();
        assert_eq!(there.snapshots().len(), had, "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        let sbin = format!("PATH=$PATH:/usr/sbin:/sbin\n{line}");
        remote
            .program(&z3, "/bin/sh", ["-c", &sbin])
            .run()
            .expect_ok();
        assert_eq!(there.snapshots().pop().as_deref(), Some(name));
    }
}

#[test]
fn a_sender_that_dies_leaves_no_snapshot() {
    let (z3, here, there) = two_sides("dies");
    // The remote zfs is the shim, which the real sudo would not find.
    let shim = format!(
        "shift; PATH={}:$PATH:/usr/sbin:/sbin exec \"$@\"",
        shims().display()
    );
    let script = "send cut=100000 say=pool-is-gone";
    let remote = Remote::of(&z3);
    let ended = push(&remote, &z3, &here, &there)
        .env("SHIM_zfs", script)
        .run();
    let ended = ended.expect_status(1).expect_no_children();
    assert!(ended.stderr.contains("pool-is-gone"), "{}", ended.stderr);
    assert!(!there.exists());
    push(&remote, &z3, &here, &there).run().expect_ok();
    // The same from the other side, with an increment.
    let sudo = format!("SHIM_zfs='{script}'; export SHIM_zfs; {shim}");
    let remote = remote.sudo(&sudo);
    there.write("b", &noise(300_000, 2)).snapshot("2");
    let pull = |remote: &Remote| push(remote, &z3, &here, &there).args(["--pull"]).run();
    let ended = pull(&remote).expect_status(1).expect_no_children();
    assert!(ended.stderr.contains("pool-is-gone"), "{}", ended.stderr);
    assert_eq!(here.snapshots(), ["1"]);
    pull(&remote.sudo(&shim)).expect_ok();
    assert_eq!((guids(&here), here.tree()), (guids(&there), there.tree()));
}
