//! The receipt beside a stored backup says what was sent and what is stored.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{Act, Proxy, Server, When, Z3};

fn receipt_of(z3: &Z3, snapshot: &str) -> Value {
    let name = format!(".z3/receipts/{}@{snapshot}", z3.dataset.name);
    serde_json::from_slice(&z3.bucket.get(&z3.key(&name))).unwrap()
}

#[test]
fn it_tells_lengths_digests_and_guids() {
    let z3 = Z3::new("receipt");
    z3.dataset.history(&["a", "b"]);
    for (snapshot, base, compressor) in [("a", None, "pigz1"), ("b", Some("a"), "none")] {
        let run = z3.z3(["backup", "--snapshot", snapshot]);
        run.env("COMPRESSOR", compressor).run().expect_ok();
        let receipt = receipt_of(&z3, snapshot);
        let key = z3.snapshot_key(snapshot);
        let (head, object) = (z3.bucket.head(&key).unwrap(), z3.bucket.get(&key));
        let stream = z3.dataset.send(base, snapshot);
        let guid = z3.dataset.guid(snapshot).parse::<u64>().unwrap();
        let from = base.map_or(0_u64, |base| z3.dataset.guid(base).parse().unwrap());
        assert_eq!(receipt["key"], key.as_str());
        assert_eq!(receipt["z3id"], head.metadata["z3id"].as_str());
        assert_eq!(receipt["etag"], head.etag.as_str());
        assert_eq!(receipt["stored_bytes"], object.len());
        assert_eq!(receipt["stream_bytes"], stream.len());
        assert_eq!(
            (&receipt["guid"], &receipt["parent_guid"]),
            (&guid.into(), &from.into())
        );
        assert!(receipt["send"].as_str().unwrap().starts_with("zfs send "));
        let sha256 = format!("{:x}", Sha256::digest(&stream));
        let told = (compressor != "none").then_some(sha256.as_str());
        assert_eq!(receipt["stream_sha256"].as_str(), told);
        let part = &receipt["parts"][0];
        assert_eq!(part["bytes"], object.len());
        assert_eq!(
            part["sha256"],
            BASE64_STANDARD.encode(Sha256::digest(&object))
        );
    }
}

#[test]
fn a_backup_without_one_is_a_backup() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("receipt-none").through(&proxy);
    z3.dataset.history(&["a", "b"]);
    let denied = Act::error(403, "AccessDenied");
    proxy.rule("PUT", "/.z3/", When::Always, denied);
    let ended = z3.z3(["backup"]).run().expect_ok();
    assert_eq!(ended.text().lines().count(), 2);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("backups need nothing of it"));
    proxy.heal();
    z3.dataset.destroy();
    z3.says(["restore", "b"]);
}

/// What is stored is whole, whether it can be announced or not.
#[test]
fn it_is_written_where_nothing_can_be_printed() {
    let z3 = Z3::new("receipt-full");
    z3.dataset.history(&["a"]);
    let ended = z3.shell("z3 backup >/dev/full").run().expect_status(1);
    assert!(ended.stderr.contains("standard output"), "{}", ended.stderr);
    assert_eq!(receipt_of(&z3, "a")["key"], z3.snapshot_key("a").as_str());
    assert!(z3.notes().is_empty());
}
