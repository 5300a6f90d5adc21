//! What comes before the upload fails: zfs send, the compressor, or the stream itself.

use std::process::Command;

use super::scene::{BEFORE, Scene};
use crate::support::Run;

/// A compressor, what the shim does to the program, and what the administrator reads.
type Row = (&'static str, &'static str, &'static str);

const ZFS: [Row; 9] = [
    ("none", "send cut=0 end=1 say=no-pool", "exit 1: no-pool"),
    ("none", "send cut=0 end=0", "': send stream: "),
    ("none", "send cut=90000 end=1 say=sick", "exit 1: sick"),
    ("none", "send cut=8000000 end=0", "the stream ends inside"),
    ("none", "send end=1 say=too-late", "exit 1: too-late"),
    ("native", "send cut=0 end=0", "': send stream: "),
    ("native", "send cut=8000000 end=3", "exit 3"),
    ("pigz", "send cut=8000000 end=KILL", "signal 9 (SIGKILL)"),
    ("pigz", "send end=1 say=too-late", "exit 1: too-late"),
];

const COMPRESSORS: [Row; 6] = [
    ("pigz", "* cut=0 end=1 say=full", "4096: exit 1: full"),
    ("pigz", "* cut=7000000 end=KILL", "signal 9 (SIGKILL)"),
    ("pigz", "* end=1 say=too-late", "exit 1: too-late"),
    ("gpg", "-e cut=0 end=2 say=no-key", "exit 2: no-key"),
    ("gpg", "-e cut=7000000 end=2", "gpg -e -r z3_backup: exit 2"),
    ("gpg", "-e end=2 say=too-late", "exit 2: too-late"),
];

fn backup(scene: &Scene, compressor: &str) -> Run {
    match compressor {
        "native" => scene.backup().env("COMPRESSOR", "pigz1"),
        "pigz" => scene
            .backup()
            .env("COMPRESSOR", "pigz1")
            .env("GZIP_ENGINE", "pigz"),
        other => scene.backup().env("COMPRESSOR", other),
    }
}

#[test]
fn a_zfs_send_that_dies_makes_no_backup() {
    let scene = Scene::of_snapshot("source-send");
    for ((compressor, script, cause), before) in ZFS.into_iter().zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        let run = backup(&scene, compressor).env("SHIM_zfs", script);
        scene.expect_failed(run.run(), cause, before);
    }
}

#[test]
fn a_compressor_that_dies_makes_no_backup() {
    let scene = Scene::of_snapshot("source-compressor");
    make_key(&scene);
    for ((compressor, script, cause), before) in
        COMPRESSORS.into_iter().zip(BEFORE.into_iter().cycle())
    {
        scene.prepare(before);
        let run = backup(&scene, compressor).env(&format!("SHIM_{compressor}"), script);
        scene.expect_failed(run.run(), cause, before);
    }
    scene.z3.replace("pigz", "head -c 7000000");
    scene.prepare(None);
    let cause = "ended before it had read all of its input";
    scene.expect_failed(backup(&scene, "pigz").run(), cause, None);
}

/// The key of the default recipient, so that gpg itself would succeed.
fn make_key(scene: &Scene) {
    let home = scene.z3.dir().join("home");
    let made = Command::new("gpg")
        .args(["-q", "--batch", "--passphrase", "", "--quick-gen-key"])
        .args(["z3_backup", "future-default"])
        .env("HOME", home)
        .status();
    assert!(made.unwrap().success());
}

#[test]
fn the_stream_of_another_snapshot_is_refused() {
    let mut scene = Scene::of_snapshot("source-other");
    scene.z3.dataset.write("later", b"more").snapshot("2");
    // The latest snapshot is the one that `--full` wants.
    scene.key = scene.z3.snapshot_key("2");
    let full = ("@1", "another snapshot was sent");
    let increment = ("-i @1 @2", "an increment");
    for ((sent, cause), before) in [full, increment].into_iter().zip(BEFORE) {
        let sent = sent.replace('@', &format!("{}@", scene.z3.dataset.name));
        let script = format!(
            "case $1/$2 in send/-n*) ;; send/*) set -- send {sent} ;; esac\nexec zfs \"$@\""
        );
        scene.z3.replace("zfs", &script);
        scene.prepare(before);
        scene.expect_failed(scene.backup().run(), cause, before);
    }
}
