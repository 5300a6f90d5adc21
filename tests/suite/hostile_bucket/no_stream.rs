//! What holds no stream, or another one, is broken, with all that builds on it.

use super::{expect_said, row};
use crate::support::{Act, Gpg, Proxy, Server, When, Z3};

/// Each of these under the name of the newest snapshot, as an interrupted program or another writer leaves it.
#[test]
fn what_is_no_stream_stops_every_command_until_a_full() {
    let z3 = Z3::new("no-stream");
    z3.dataset.history(&["a", "b"]);
    let (key, stream) = (z3.snapshot_key("b"), z3.dataset.send(None, "b"));
    let harms: [(&str, Vec<u8>, &str, &str); 5] = [
        (
            "none",
            b"junk\n".to_vec(),
            "no stream",
            "it ends after 5 bytes",
        ),
        (
            "none",
            vec![7; 9000],
            "no stream",
            "this is no zfs send stream",
        ),
        (
            "none",
            stream[..300].to_vec(),
            "no stream",
            "it ends after 300 bytes",
        ),
        ("pigz1", stream.clone(), "no stream", "gzip data is corrupt"),
        ("none", Vec::new(), "empty", "empty"),
    ];
    z3.says(["backup", "--snapshot", "a"]);
    for (compressor, body, health, why) in &harms {
        let metadata = [("isfull", "true"), ("compressor", *compressor)];
        z3.bucket.put(&key, body, &metadata);
        assert_eq!(row(&z3, "b"), format!("b,,full,{health},ok"));
        let said = z3.refuses(["backup"]);
        let broken = format!("@b is broken: {health}");
        assert!(said.contains(&broken) && said.contains(why), "{said}");
        assert!(
            said.contains("'z3 backup --full' starts a new one"),
            "{said}"
        );
        expect_said(
            &z3.z3(["verify", "b"]).run().expect_status(1),
            &["damaged  b"],
        );
    }
    // What hangs on it is as broken, and so is what would.
    z3.dataset.history(&["c"]);
    let parent = format!("{}@b", z3.dataset.name);
    let increment = z3.dataset.send(Some("b"), "c");
    z3.bucket
        .put(&z3.snapshot_key("c"), &increment, &[("parent", &parent)]);
    assert_eq!(row(&z3, "c"), "c,b,incremental,parent broken,ok");
    let said = z3.refuses(["backup"]);
    assert!(
        said.contains("@c is broken: parent broken (@b: empty)"),
        "{said}"
    );
    expect_said(
        &z3.z3(["verify", "c"]).run().expect_status(1),
        &["(@b: empty)"],
    );
    z3.bucket.delete(&z3.snapshot_key("c"));
    z3.says(["backup", "--full", "--snapshot", "b"]);
    z3.says(["backup"]);
    assert_eq!(row(&z3, "b"), "b,,full,ok,ok");
    let tree = z3.dataset.tree();
    z3.dataset.destroy();
    z3.z3(["restore", "c"]).run().expect_ok();
    assert!(z3.dataset.tree() == tree);
    z3.dataset.destroy();
    for (compressor, body, _, _) in &harms {
        let metadata = [("isfull", "true"), ("compressor", *compressor)];
        z3.bucket.put(&key, body, &metadata);
        z3.refuses(["restore", "c"]);
        assert!(!z3.dataset.exists());
    }
}

#[test]
fn a_name_that_no_snapshot_can_have_is_broken() {
    let z3 = Z3::new("bad-name");
    z3.dataset.history(&["a"]);
    let stream = z3.dataset.send(None, "a");
    let bad = ["f@g/../h", "a$(reboot)", "a;b", "ä", &"x".repeat(250)];
    for name in bad.iter().chain(&[""]) {
        z3.bucket
            .put(&z3.snapshot_key(name), &stream, &[("isfull", "true")]);
    }
    z3.says(["backup"]);
    let verified = z3.z3(["verify", "--level", "list"]).run().expect_status(1);
    expect_said(&verified, &["7 backups: 1 ok, 6 damaged", "bad name"]);
    z3.dataset.destroy();
    for name in bad {
        assert_eq!(row(&z3, name).split(',').nth(3), Some("bad name"), "{name}");
        let said = z3.refuses(["restore", name]);
        assert!(said.contains("is broken: bad name"), "{said}");
    }
    z3.z3(["restore", "a"]).run().expect_ok();
}

/// z3's own metadata beside other bytes: an increment on that could not be restored.
#[test]
fn a_base_is_looked_at_before_an_increment_is_built_on_it() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("bases").through(&proxy);
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup", "--compressor", "none", "--snapshot", "a"]);
    let key = z3.snapshot_key("a");
    let (good, metadata) = (z3.bucket.get(&key), z3.bucket.head(&key).unwrap().metadata);
    let metadata: Vec<(&str, &str)> = metadata
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let increment = z3.dataset.send(Some("a"), "b");
    let rows: [(&[u8], &str); 3] = [
        (&good[..good.len() - 1000], "by its receipt "),
        (
            &[0; 5000],
            "@a is broken: no stream: this is no zfs send stream",
        ),
        (&increment, "@a is broken: other stream: toguid is "),
    ];
    for (body, words) in rows {
        z3.bucket.put(&key, body, &metadata);
        for command in [&["backup"][..], &["backup", "--dry-run"]] {
            let said = z3.refuses(command.iter().copied());
            assert!(said.contains(words) && said.contains("--full"), "{said}");
        }
    }
    z3.bucket.put(&key, &good, &metadata);
    // A policy that allows neither is no reason against a backup that could have been made.
    let denied = || Act::error(403, "AccessDenied");
    let name = z3.dataset.name.clone();
    let object = format!("{name}%40a");
    proxy.rule("GET", &object, When::Always, denied());
    proxy.rule("HEAD", ".z3/receipts/", When::Always, denied());
    let ended = z3.z3(["backup", "--compressor", "none"]).run().expect_ok();
    expect_said(&ended, &["the base of what is sent, was not looked at"]);
    proxy.heal();
    assert_eq!(row(&z3, "b"), "b,a,incremental,ok,ok");
}

/// Nothing to send is no news only if what is there is a backup. One small request is what that costs.
#[test]
fn a_run_with_nothing_to_send_looks_at_the_newest() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("idle").through(&proxy);
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let count = || ["%40a", "%40b", ".z3/receipts/"].map(|key| proxy.count("GET", key));
    let before = count();
    let idle = || {
        let ended = z3.z3(["backup"]).run().expect_ok();
        assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    };
    idle();
    let [a, b, receipts] = before;
    assert_eq!(count(), [a, b + 1, receipts]);
    let object = format!("{}%40b", z3.dataset.name);
    proxy.rule(
        "GET",
        &object,
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    idle();
    proxy.heal();
    let key = z3.snapshot_key("b");
    let metadata = z3.bucket.head(&key).unwrap().metadata;
    let metadata: Vec<(&str, &str)> = metadata
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    z3.bucket.put(&key, &[0; 5000], &metadata);
    let said = z3.refuses(["backup"]);
    assert!(
        said.contains("@b is broken: no stream") && said.contains("--full"),
        "{said}"
    );
    z3.says(["backup", "--full"]);
    idle();
}

/// gpg unpacks what is not encrypted, and says nothing.
#[test]
fn a_gpg_message_that_is_not_encrypted_is_refused() {
    let z3 = Z3::new("unencrypted");
    let _gpg = Gpg::new(&z3, "z3_backup");
    z3.dataset.history(&["a"]);
    let stored = z3.piped("gpg --store", z3.dataset.send(None, "a"));
    let metadata = [("isfull", "true"), ("compressor", "gpg")];
    z3.bucket.put(&z3.snapshot_key("a"), &stored, &metadata);
    let verified = z3.z3(["verify"]).run().expect_status(1);
    expect_said(&verified, &["damaged  a", "gpg data is not encrypted"]);
    z3.dataset.destroy();
    let said = z3.refuses(["restore", "a"]);
    assert!(
        said.contains("gpg data is not encrypted") && !z3.dataset.exists(),
        "{said}"
    );
}
