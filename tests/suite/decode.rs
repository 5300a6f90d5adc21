//! `z3_get --decode` and `--token`: the stream in an object, and the rest of it.

use std::fs;

use crate::support::{Ended, Z3};

fn sample(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    fs::read(format!("{dir}{name}")).unwrap()
}

impl Z3 {
    fn get(&self, key: &str, flags: &[&str]) -> Ended {
        let key = self.key(key);
        let arguments = flags.iter().copied().chain([key.as_str()]);
        self.program("z3_get", arguments).run()
    }
}

#[test]
fn a_stream_comes_out_as_it_was_sent_whatever_it_went_through() {
    let z3 = Z3::new("decode");
    z3.dataset.history(&["a"]);
    for compressor in ["none", "pigz1", "zstd3"] {
        z3.says([
            "backup",
            "--full",
            "--compressor",
            compressor,
            "--snapshot-prefix",
            "",
        ]);
        let key = z3.snapshot_key("a");
        let got = z3.program("z3_get", ["--decode", &key]).run().expect_ok();
        assert!(got.stdout == z3.dataset.send(None, "a"), "{compressor}");
        assert_eq!(got.stderr, "");
        z3.bucket.delete(&key);
    }
}

#[test]
fn without_metadata_the_first_bytes_tell_the_compressor() {
    let z3 = Z3::new("decode-bare");
    let stream = sample("plain-incr-s1-s2.zfs");
    for (key, command) in [("plain", "cat"), ("gzip", "gzip -c"), ("zstd", "zstd -qc")] {
        z3.bucket
            .put(&z3.key(key), &z3.piped(command, stream.clone()), &[]);
        assert!(
            z3.get(key, &["--decode"]).expect_ok().stdout == stream,
            "{key}"
        );
    }
}

#[test]
fn the_end_of_a_stream_is_written_only_when_all_of_it_is_right() {
    let z3 = Z3::new("decode-damaged");
    let stream = sample("plain-full-s1.zfs");
    let mut longer = stream.clone();
    longer.extend(b"more");
    let mut flipped = stream.clone();
    flipped[60_000] ^= 1;
    for (key, object) in [
        ("longer", longer),
        ("flipped", flipped),
        ("text", b"text".to_vec()),
    ] {
        z3.bucket.put(&z3.key(key), &object, &[]);
        let ended = z3.get(key, &["--decode"]).expect_status(1);
        assert!(ended.stdout.len() <= stream.len() - 312, "{key}");
        assert!(
            ended
                .stderr
                .starts_with(&format!("z3_get: {}: send stream: at byte", z3.key(key))),
            "{}",
            ended.stderr
        );
    }
    let other = [("guid", "7"), ("isfull", "true")];
    z3.bucket.put(&z3.key("other"), &stream, &other);
    let ended = z3.get("other", &["--decode"]).expect_status(1);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("the snapshot's guid is 7"));
    z3.bucket
        .put(&z3.key("lost"), &sample("spill-lost-2.3.9.zfs"), &[]);
    let ended = z3.get("lost", &["--decode"]).expect_ok();
    assert!(
        ended
            .stderr
            .starts_with("z3_get: zfs send lost embedded spill blocks"),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .ends_with("; 'z3_get --repair' brings them back\n")
    );
}

#[test]
fn lost_spill_blocks_come_back() {
    let z3 = Z3::new("decode-repair");
    let lost = z3.piped("zstd -c", sample("spill-lost-2.3.9.zfs"));
    let metadata = [("isfull", "true"), ("compressor", "zstd1")];
    z3.bucket.put(&z3.key("lost"), &lost, &metadata);
    let ended = z3.get("lost", &["--repair"]).expect_ok();
    let said = "z3_get: 2 lost spill blocks were put back (symlink targets, extended attributes or ACLs of inode ";
    assert!(ended.stderr.starts_with(said), "{}", ended.stderr);
    let looked = z3.z3(["verify", "--stream", "-"]).stdin(ended.stdout);
    looked.run().expect_ok();
    let whole = sample("plain-full-s1.zfs");
    z3.bucket.put(&z3.key("whole"), &whole, &[]);
    let ended = z3.get("whole", &["--repair"]).expect_ok();
    assert!(ended.stdout == whole && ended.stderr.is_empty());
}

#[test]
fn a_token_makes_the_rest_of_the_stream() {
    let z3 = Z3::new("decode-token");
    let token = String::from_utf8(sample("plain-full-s1.token")).unwrap();
    let stream = sample("plain-full-s1.zfs");
    let gzip = z3.piped("gzip -c", stream.clone());
    let metadata = [("isfull", "true"), ("compressor", "pigz1")];
    z3.bucket.put(&z3.key("full"), &gzip, &metadata);
    let rest = z3.get("full", &["--token", &token]).expect_ok();
    let looked = z3.z3(["verify", "--stream", "-"]).stdin(rest.stdout);
    let said = looked.run().expect_ok().text().to_owned();
    assert!(said.contains("a continuation, not stand-alone"), "{said}");

    z3.bucket
        .put(&z3.key("other"), &sample("plain-incr-s1-s2.zfs"), &[]);
    let ended = z3.get("other", &["--token", &token]).expect_status(1);
    assert!(ended.stdout.is_empty());
    assert!(
        ended
            .stderr
            .contains("other: the resume token is of another stream: "),
        "{}",
        ended.stderr
    );
    let ended = z3
        .get("full", &["--token", "1-2-3-\u{1b}"])
        .expect_status(1);
    assert!(
        ended
            .stderr
            .starts_with("z3_get: read resume token '1-2-3-"),
        "{}",
        ended.stderr
    );
}

#[test]
fn some_bytes_of_an_object() {
    let z3 = Z3::new("range");
    let body: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
    z3.bucket.put(&z3.key("object"), &body, &[]);
    for (range, expected) in [
        ("0-0", &body[..1]),
        ("0-199999", &body[..]),
        ("100000-", &body[100_000..]),
        ("199999-300000", &body[199_999..]),
        ("5-70004", &body[5..70_005]),
    ] {
        let got = z3.get("object", &["--range", range]).expect_ok();
        assert!(got.stdout == expected, "{range}");
    }
    assert!(z3.get("object", &["--range=-7"]).expect_ok().stdout == body[199_993..]);
    let said = z3
        .get("object", &["--range", "200000-"])
        .expect_status(1)
        .stderr;
    assert!(
        said.contains("it has 200000 bytes, and none of them is in the range"),
        "{said}"
    );
    for range in ["7-6", "-0", "-", "a-b", "5", "0-1,3-4", "0--1"] {
        let flag = format!("--range={range}");
        let said = z3.get("object", &[&flag]).expect_status(2).stderr;
        assert!(
            said.contains("expected bytes like 0-511, 512- or -512"),
            "{said}"
        );
    }
    let said = z3
        .get("object", &["--range", "0-1", "--decode"])
        .expect_status(2)
        .stderr;
    assert!(
        said.contains("--range and --decode exclude each other"),
        "{said}"
    );
}
