//! `pput`: what comes in becomes an object, or nothing does.

use crate::support::{Z3, noise};

#[test]
fn a_descriptor_is_read_from_where_it_stands() {
    let z3 = Z3::new("pput-descriptor");
    let body = noise(3_000_000, 1);
    z3.file("tmp/body", &body);
    let script = |source: &str| {
        let key = z3.key("k");
        format!(
            "cd $TMPDIR; {{ dd bs=1000 count=1 <&3 >/dev/null 2>&1; pput --file-descriptor 3 --quiet {key}; }} 3< {source}"
        )
    };
    for source in ["body", "<(cat body)"] {
        z3.shell(&script(source)).run().expect_ok();
        assert!(z3.bucket.get(&z3.key("k")) == body[1000..], "{source}");
    }
    let ended = z3.shell("pput --file-descriptor 9 k").run();
    assert_eq!(
        ended.expect_status(1).stderr,
        "pput: open file descriptor 9: no such file or directory\n"
    );
}

#[test]
fn quiet_prints_nothing_at_all() {
    let z3 = Z3::new("pput-quiet");
    let run = z3.program("pput", ["--quiet", &z3.key("k")]).stdin("x");
    let ended = run.run().expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    assert_eq!(z3.keys(), ["k"]);
}

#[test]
fn a_stream_that_has_lost_spill_blocks_is_no_object_unless_that_is_meant() {
    let z3 = Z3::new("pput-spill");
    let (key, stream) = (z3.key("k"), spill_lost());
    let ended = z3.program("pput", [&key]).stdin(stream.clone()).run();
    let said = ended.expect_status(1).stderr;
    assert!(said.contains("(openzfs/zfs#18239)"), "{said}");
    assert!(said.contains("; send without -e"), "{said}");
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
    let meant = z3.program("pput", ["--no-check", "--quiet", &key]);
    meant.stdin(stream.clone()).run().expect_ok();
    assert!(z3.bucket.get(&key) == stream);
    // As a backup it is damaged, and tells why.
    let full = [("isfull", "true"), ("guid", "4017687483073717135")];
    z3.bucket.put(&z3.snapshot_key("1"), &stream, &full);
    let told = z3.z3(["verify", "--json"]).run().expect_status(1);
    let text = told.one("verdict").to_string();
    assert!(text.contains("\"damaged\""), "{text}");
    assert!(
        text.contains("attributes or ACLs of inode 2, 128"),
        "{text}"
    );
    let seen = z3.program("z3", ["verify", "--stream", "-"]).stdin(stream);
    let said = seen.run().expect_status(1).stderr;
    assert!(said.contains("zfs lost an embedded spill block"), "{said}");
}

/// A file system with a long symlink, as OpenZFS 2.3.9 sends it with `-e`.
fn spill_lost() -> Vec<u8> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams");
    std::fs::read(format!("{data}/spill-lost-2.3.9.zfs")).unwrap()
}

#[test]
fn half_a_send_stream_is_no_object_unless_that_is_meant() {
    let z3 = Z3::new("pput-stream");
    z3.dataset.create();
    z3.dataset.write("file", &noise(200_000, 1));
    z3.dataset.snapshot("a");
    let key = z3.key("k");
    let send = format!("zfs send {}@a | head -c 100000", z3.dataset.name);
    let ended = z3.shell(&format!("{send} | pput {key}")).run();
    let said = ended.stderr;
    assert!(said.contains("the stream ends inside"), "{said}");
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
    let no_check = format!("set +o pipefail; {send} | pput --no-check --quiet {key}");
    z3.shell(&no_check).run().expect_ok();
    assert_eq!(z3.bucket.get(&key).len(), 100_000);
}
