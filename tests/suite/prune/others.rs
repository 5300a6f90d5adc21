//! Somebody else is at work: on this machine, on another one, or on the way to the server.

use super::scene::{Scene, actions};
use crate::support::{Act, Halt, Message, Running, Stage, When};

impl Scene {
    /// Starts a prune that stands still at a request.
    fn halted(
        &self,
        method: &'static str,
        needle: &str,
        when: When,
        stage: Stage,
    ) -> (Running, Halt) {
        let halt = Halt::new(&self.z3, "prune");
        self.proxy.heal();
        self.proxy
            .rule(method, needle, when, Act::Halt(halt.clone(), stage));
        self.age();
        let run = self.prune(&["--keep-last", "1", "--json"]);
        let mut running = run.env("CONCURRENCY", "1").start();
        running.until("it is there", || halt.reached());
        (running, halt)
    }

    /// Stores what another machine may store: an increment on `c`.
    fn put_on_c(&self, name: &str) {
        let bytes = self.z3.bucket.get(&self.z3.snapshot_key("d"));
        let parent = format!("{}@c", self.z3.dataset.name);
        self.z3
            .bucket
            .put(&self.z3.snapshot_key(name), &bytes, &[("parent", &parent)]);
    }
}

#[test]
fn the_base_of_an_upload_of_another_machine_stays() {
    let scene = Scene::new("prune-upload");
    let (key, parent) = (
        scene.z3.snapshot_key("g"),
        format!("{}@c", scene.z3.dataset.name),
    );
    let id = scene.z3.bucket.create_upload(&key, &[("parent", &parent)]);
    let note = serde_json::json!({ "key": key, "metadata": { "parent": parent }, "host": "other" });
    let place = scene.z3.key(&format!(".z3/uploads/{id}"));
    scene
        .z3
        .bucket
        .put(&place, note.to_string().as_bytes(), &[]);
    let shown = scene
        .prune(&["--keep-last", "1", "--json"])
        .run()
        .expect_ok();
    assert_eq!(actions(&shown)[..3], ["a base", "b base", "c keep"]);
    assert_eq!(shown.told("object")[2]["reasons"][0], "being built on");
    assert_eq!(scene.stored().len(), 6);
    // It has ended: its note goes, being old, and so does what it was built on.
    let query = [("uploadId", &*id)];
    scene
        .z3
        .bucket
        .ask("DELETE", &key, &query, &[], b"")
        .expect(204);
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    assert_eq!(scene.z3.notes(), [""; 0]);
}

#[test]
fn what_is_stored_meanwhile_keeps_its_base() {
    let scene = Scene::new("prune-meanwhile");
    let list = ".z3%2Fuploads%2F";
    let (running, halt) = scene.halted("GET", list, When::First(1), Stage::Sent);
    scene.put_on_c("g");
    halt.open();
    let done = running.wait().expect_ok();
    assert_eq!(actions(&done)[..3], ["a base", "b base", "c keep"]);
    assert_eq!(scene.stored().len(), 7);
}

#[test]
fn what_was_replaced_meanwhile_stays() {
    let scene = Scene::new("prune-replaced");
    // The second look at c is that before its DELETE.
    let (running, halt) = scene.halted("HEAD", "%40c", When::Nth(2), Stage::Sent);
    let key = scene.z3.snapshot_key("c");
    let head = scene.z3.bucket.head(&key).unwrap();
    let bytes = scene.z3.bucket.get(&key);
    let metadata: Vec<(&str, &str)> = head.metadata.iter().map(|(k, v)| (&**k, &**v)).collect();
    scene.z3.bucket.put(&key, &bytes[1..], &metadata);
    halt.open();
    let done = running.wait().expect_status(3);
    assert_eq!(
        done.one("stayed")["problem"],
        "it has been replaced meanwhile"
    );
    assert_eq!(done.end()["error"]["kind"], "partly");
    assert_eq!(scene.stored().len(), 6);
    assert_eq!(scene.receipts().len(), 6);
}

#[test]
fn what_is_stored_too_late_is_told_of() {
    let scene = Scene::new("prune-late");
    // A program that asks nobody has stored an increment on c when that is on its way out.
    let (running, halt) = scene.halted("DELETE", "%40c", When::First(1), Stage::Sent);
    scene.put_on_c("g");
    halt.open();
    let done = running.wait().expect_status(1);
    assert!(
        done.stderr
            .contains("@g cannot be restored: missing parent"),
        "{}",
        done.stderr
    );
    assert_eq!(scene.stored(), ["d", "e", "f", "g"]);
}

#[test]
fn a_lost_answer_is_found_out() {
    for act in [
        Act::LoseReply,
        Act::ReplaceReply(Message::error(500, "InternalError")),
        Act::ReplaceReply(Message::error(412, "PreconditionFailed")),
    ] {
        let scene = Scene::new("prune-lost");
        scene.proxy.heal();
        scene.proxy.rule("DELETE", "%40b", When::First(1), act);
        scene.age();
        let done = scene
            .prune(&["--keep-last", "1", "--json"])
            .run()
            .expect_ok();
        assert_eq!(done.told("deleted").len(), 3);
        assert_eq!(scene.stored(), ["d", "e", "f"]);
    }
}

#[test]
fn the_first_refusal_stops_its_chain() {
    let scene = Scene::new("prune-refused");
    scene.proxy.heal();
    scene.proxy.rule(
        "DELETE",
        "%40b",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    scene.age();
    let done = scene.prune(&["--keep-last", "1"]).run().expect_status(3);
    assert!(done.stderr.contains("@b: not deleted: "), "{}", done.stderr);
    assert!(done.stderr.contains("2 of 3 objects"), "{}", done.stderr);
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
    scene.expect_whole();
    // Nobody answers: that is no partial success.
    scene.proxy.heal();
    scene.proxy.rule("DELETE", "", When::Always, Act::Refuse);
    scene.age();
    let run = scene.prune(&["--keep-last", "1"]).env("RETRY_FOR", "1");
    run.run().expect_status(1);
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
}

#[test]
fn a_backup_on_this_machine_is_not_disturbed() {
    let scene = Scene::new("prune-lock");
    scene.z3.dataset.history(&["g"]);
    scene.z3.can_halt("zfs");
    let halt = Halt::new(&scene.z3, "send");
    let run = scene
        .z3
        .z3(["backup"])
        .env("S3_ENDPOINT", scene.proxy.endpoint());
    let mut backup = halt.in_program(run, "zfs", "before", "send*").start();
    backup.until("it sends", || halt.reached());
    let busy = scene.prune(&["--keep-last", "1"]).run().expect_status(4);
    assert!(busy.stderr.contains("another z3"), "{}", busy.stderr);
    // To look is allowed: what it builds on stays.
    let shown = scene
        .prune(&["--keep-last", "1", "--dry-run", "--json"])
        .run()
        .expect_ok();
    assert_eq!(actions(&shown).last().unwrap(), "f keep");
    halt.open();
    backup.wait().expect_ok();
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f", "g"]);
}

#[test]
fn a_backup_whose_base_was_pruned_elsewhere_is_not_stored() {
    let scene = Scene::new("prune-base");
    scene.z3.dataset.history(&["g"]);
    scene.z3.can_halt("zfs");
    let halt = Halt::new(&scene.z3, "send");
    let backup = halt.in_program(scene.z3.z3(["backup"]), "zfs", "before", "send*");
    let mut backup = backup.start();
    backup.until("it sends", || halt.reached());
    scene.z3.bucket.delete(&scene.z3.snapshot_key("f"));
    halt.open();
    let failed = backup.wait().expect_status(1);
    assert!(failed.stderr.contains("@f is gone"), "{}", failed.stderr);
    assert_eq!(scene.stored(), ["a", "b", "c", "d", "e"]);
    scene.z3.expect_no_uploads();
    scene.z3.z3(["backup"]).run().expect_ok();
    scene.expect_whole();
}
