//! What nobody could find out is no reason to delete: a server that refuses bytes, forgets an object for a moment, or lists what
//! has lost its parent.

use super::scene::{LONG_AGO, Scene, actions};
use crate::support::proxy::http_date;
use crate::support::{Act, When};

impl Scene {
    /// Puts an object there once more, with other metadata and without its receipt.
    fn relabel(&self, name: &str, metadata: &[(&str, &str)]) {
        let key = self.z3.snapshot_key(name);
        let bytes = self.z3.bucket.get(&key);
        self.z3.bucket.put(&key, &bytes, metadata);
        let receipt = format!(".z3/receipts/{}@{name}", self.z3.dataset.name);
        self.z3.bucket.delete(&self.z3.key(&receipt));
    }

    /// The server refuses the bytes of this one, and nothing else of it.
    fn refuse_bytes(&self, name: &str) {
        let denied = Act::error(403, "AccessDenied");
        let needle = format!("%40{name}");
        self.proxy.rule("GET", &needle, When::Always, denied);
    }
}

/// It has lost its metadata and cannot be read now: a later restore finds its base by the guid in it.
#[test]
fn what_an_object_without_metadata_builds_on_stays_unknown() {
    let scene = Scene::new("prune-doubt");
    scene.relabel("c", &[]);
    scene.refuse_bytes("c");
    let refused = scene.prune(&["--keep-last", "1"]).run().expect_status(1);
    assert!(
        refused.stderr.contains("@c builds on is not known"),
        "{}",
        refused.stderr
    );
    assert_eq!(scene.stored().len(), 6);
    scene.proxy.heal();
    scene.age();
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
}

/// All others go because the newest is good.
#[test]
fn a_newest_that_cannot_be_read_is_not_good() {
    for name in ["f", "d"] {
        let scene = Scene::new("prune-newest");
        scene.refuse_bytes(name);
        let refused = scene.prune(&["--keep-last", "1"]).run().expect_status(1);
        assert!(
            refused.stderr.contains(&format!("@{name}")),
            "{}",
            refused.stderr
        );
        assert!(
            refused.stderr.contains("nothing was deleted"),
            "{}",
            refused.stderr
        );
        assert_eq!(scene.stored().len(), 6);
    }
}

/// As Swift does with what was stored in parts: the ETag that it shows is not the one that it compares.
#[test]
fn a_condition_that_never_holds_is_left_out() {
    let scene = Scene::new("prune-condition");
    let never = || Act::error(412, "PreconditionFailed");
    for name in ["%40a", "%40b", "%40c"] {
        scene.proxy.rule("DELETE", name, When::First(1), never());
    }
    let done = scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(done.stderr, "");
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    let conditions = scene.proxy.seen("DELETE", "%40c").into_iter().map(|one| {
        let mut headers = one.headers.iter();
        headers.any(|(name, _)| name.eq_ignore_ascii_case("if-match"))
    });
    // The object, and its receipt.
    assert_eq!(conditions.collect::<Vec<_>>(), [true, false, false]);
    scene.expect_whole();
}

impl Scene {
    /// Everything but `g`, a full of today, was made two days ago.
    fn two_days(self) -> Self {
        self.z3.dataset.history(&["g"]);
        self.z3.z3(["backup", "--full"]).run().expect_ok();
        self.proxy.heal();
        let date = http_date(-LONG_AGO);
        let aged = Act::edit(move |answer| answer.set("Last-Modified", date.clone()));
        self.proxy.rule("HEAD", "%40g", When::Always, aged);
        let date = http_date(-LONG_AGO);
        let made = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() - 2 * 24 * 3600;
        let older = Act::edit(move |answer| {
            answer.set("Last-Modified", date.clone());
            answer.set("x-amz-meta-creation", made);
        });
        self.proxy.rule("HEAD", "%40", When::Always, older);
        self
    }
}

/// Of each day one is kept, and all others of that day go because it is good.
#[test]
fn what_is_kept_for_others_is_looked_at() {
    let scene = Scene::new("prune-kept").two_days();
    let keep_two = || scene.prune(&["--keep-daily", "2", "--json"]);
    let shown = keep_two().args(["--dry-run"]).run().expect_ok();
    let words = ["a keep", "b delete", "c delete", "d delete", "e delete"];
    assert_eq!(actions(&shown)[..5], words);
    // Its bytes are kept back: nobody knows.
    let path = scene.z3.snapshot_key("a").replace('@', "%40");
    let denied = Act::error(403, "AccessDenied");
    scene.proxy.rule("GET", &path, When::Always, denied);
    let refused = keep_two().run().expect_status(1);
    let words = "@a, which is kept where others go, cannot be read, nothing was deleted";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
    // They are no stream: another stands for that day.
    let scene = Scene::new("prune-kept-junk").two_days();
    let key = scene.z3.snapshot_key("a");
    let head = scene.z3.bucket.head(&key).unwrap();
    let metadata: Vec<(&str, &str)> = head.metadata.iter().map(|(k, v)| (&**k, &**v)).collect();
    scene.z3.bucket.put(&key, b"not a stream", &metadata);
    let done = scene.prune(&["--keep-daily", "2", "--json"]).run();
    let words = [
        "a broken", "b broken", "c broken", "d keep", "e delete", "f delete", "g keep",
    ];
    assert_eq!(actions(&done.expect_ok()), words);
    assert_eq!(scene.stored(), ["a", "b", "c", "d", "g"]);
}

/// Anybody who may write may have written a receipt. Bytes that are encrypted do not contradict it.
#[test]
fn a_receipt_alone_lets_nothing_go() {
    let scene = Scene::new("prune-receipt");
    scene.proxy.heal();
    for name in ["%40a", "%40b"] {
        let date = http_date(-LONG_AGO);
        let made = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() - LONG_AGO as u64 - 60;
        let older = Act::edit(move |answer| {
            answer.set("Last-Modified", date.clone());
            answer.set("x-amz-meta-creation", made);
        });
        scene.proxy.rule("HEAD", name, When::Always, older);
    }
    scene.age();
    let key = scene.z3.snapshot_key("c");
    let secret = b"\x85\x01 encrypted, so that nothing shows";
    scene.z3.bucket.put(&key, secret, &[]);
    let receipt = serde_json::json!({
        "format": 1, "key": key, "codec": "gpg, z3 1", "guid": 7, "parent_guid": 0,
        "stored_bytes": secret.len(), "etag": scene.z3.bucket.head(&key).unwrap().etag,
    });
    let place = format!(".z3/receipts/{}@c", scene.z3.dataset.name);
    let place = scene.z3.key(&place);
    scene
        .z3
        .bucket
        .put(&place, receipt.to_string().as_bytes(), &[]);
    let done = scene
        .prune(&["--keep-last", "1", "--json"])
        .run()
        .expect_ok();
    assert_eq!(actions(&done)[..3], ["a keep", "b keep", "c keep"]);
    let reasons = |name: &str| {
        let objects = done.told("object");
        let one = objects.iter().find(|one| one["name"] == name).unwrap();
        one["reasons"][0].as_str().unwrap().to_owned()
    };
    assert_eq!(reasons("b"), "perhaps a base of @c");
    assert_eq!(reasons("c"), "only its receipt tells what it builds on");
    assert_eq!(scene.stored().len(), 6);
    let unread = scene.z3.z3(["verify", "--level", "list"]).run();
    let unread = unread.expect_status(3);
    let words = "@c: only its receipt tells what it is";
    assert!(unread.text().contains(words), "{}", unread.text());
}

/// The metadata of a copy that was made by hand name the dataset that it was copied from.
#[test]
fn what_broken_ones_may_build_on_stays() {
    let scene = Scene::new("prune-copied");
    scene.relabel("c", &[("parent", "elsewhere/fs@b"), ("size", "1")]);
    let shown = scene
        .prune(&["--keep-last", "1", "--json"])
        .run()
        .expect_ok();
    assert_eq!(actions(&shown)[..3], ["c broken", "a base", "b base"]);
    assert_eq!(scene.stored().len(), 6);
}

/// Broken is only what is broken for longer than a moment, and without a fault of the listing.
#[test]
fn a_parent_that_is_there_after_all_is_not_missing() {
    let left_out = Act::edit(|answer| answer.edit_text(|xml| without(&xml, "b")));
    let forgotten = Act::error(404, "NoSuchKey");
    for (method, needle, when, act) in [
        ("HEAD", "%40b", When::First(1), forgotten),
        ("GET", "list-type", When::Always, left_out),
    ] {
        let scene = Scene::new("prune-flicker");
        scene.proxy.heal();
        scene.proxy.rule(method, needle, when, act);
        scene.age();
        let run = scene.prune(&["--keep-last", "1", "--broken"]);
        let refused = run.run().expect_status(1);
        assert!(
            refused.stderr.contains("@b was not there"),
            "{}",
            refused.stderr
        );
        assert_eq!(scene.stored().len(), 6, "{method}");
    }
}

/// A listing without the key of this snapshot.
fn without(xml: &str, name: &str) -> String {
    let rows = xml.split("<Contents>").enumerate();
    let ends = [format!("@{name}</Key>"), format!("%40{name}</Key>")];
    let left = rows.map(|(number, row)| match row.split_once("</Contents>") {
        Some((own, rest)) if ends.iter().any(|end| own.contains(end)) => rest.to_owned(),
        _ if number == 0 => row.to_owned(),
        _ => format!("<Contents>{row}"),
    });
    left.collect()
}
