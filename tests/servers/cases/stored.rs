//! Backups in the bucket, read without a pool.

use std::fs;

use crate::place::Place;
use crate::support::file_system::{FILES, FIRST, content, made};
use crate::support::{Proxy, Z3};
use crate::verdict::Seen;

/// A stream that a real zfs has sent.
fn stream(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams");
    fs::read(format!("{folder}/{name}.zfs")).unwrap()
}

/// A full and an increment, piped into `pput`.
fn store(z3: &Z3) {
    let parent = format!("parent={}@s1", z3.dataset.name);
    for (snapshot, name, metadata) in [
        ("s1", "plain-full-s1", "isfull=true"),
        ("s2", "plain-incr-s1-s2", &parent),
    ] {
        let key = z3.snapshot_key(snapshot);
        let put = z3.program("pput", ["--quiet", "--meta", metadata, &key]);
        put.stdin(stream(name)).run().expect_ok();
    }
}

pub fn verify(place: &Place, _: &mut Seen) {
    let z3 = place.corner("verify");
    store(&z3);
    let good = z3.says(["verify"]);
    assert!(good.contains("2 backups: 2 ok"), "{good}");
    let old = z3.z3(["check"]).run().expect_status(2);
    assert!(old.text().contains("(@s2)"), "{}", old.text());
    // A bit that turns where it lies.
    let mut bytes = stream("plain-full-s1");
    bytes[200_000] ^= 4;
    z3.bucket
        .put(&z3.snapshot_key("s1"), &bytes, &[("isfull", "true")]);
    let bad = z3.z3(["verify"]).run().expect_status(1);
    assert!(bad.text().contains("1 damaged"), "{}", bad.text());
}

pub fn files(place: &Place, _: &mut Seen) {
    let z3 = place.corner("files");
    store(&z3);
    let paths = ["plain-full-s1", "plain-incr-s1-s2"].map(|name| z3.file(name, stream(name)));
    let [full, increment] = paths.each_ref().map(|path| path.to_str().unwrap());
    let from_files = |command: &[&str], path: &str| {
        let streams = ["--stream", full, "--stream", increment, path];
        let run = z3.z3(command.iter().copied()).args(streams);
        run.run().expect_ok().stdout
    };
    let from_bucket = |command: &[&str], path: &str| {
        let run = z3.z3(command.iter().copied()).args(["s2", path]);
        run.run().expect_ok().stdout
    };
    for (command, path) in [(&["ls", "-lR"][..], "/"), (&["cat"], "/rand")] {
        let wanted = from_files(command, path);
        assert!(!wanted.is_empty());
        assert!(from_bucket(command, path) == wanted, "{command:?}");
    }
}

/// Of 90 MiB only what leads to one file is asked for.
pub fn ranges(place: &Place, _: &mut Seen) {
    let proxy = Proxy::to(place.server.endpoint());
    let z3 = place.corner("ranges").through(&proxy);
    let key = z3.snapshot_key("snap");
    let put = z3.program("pput", ["--quiet", "--meta", "isfull=true", &key]);
    put.stdin(made()).run().expect_ok();
    let before = proxy.count("GET", "snap");
    let listed = z3.says(["ls", "snap"]);
    assert_eq!(listed.lines().count() as u64, FILES);
    let last = FIRST + FILES - 1;
    let got = z3.z3(["cat", "snap", &format!("/f{last}")]).run();
    assert!(got.expect_ok().stdout == content(last), "another content");
    let asked_bytes = proxy.asked_bytes("snap", before);
    assert!(asked_bytes < 24 << 20, "{asked_bytes} bytes were asked for");
}
