//! What nobody could find out is no reason to delete: a server that refuses bytes, forgets an object for a moment, or lists what
//! has lost its parent.

use super::scene::{Scene, actions};
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
