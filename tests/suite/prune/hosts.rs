//! Several hosts at work on one dataset: each has a lock of its own, and all that they have in common is the bucket.

use super::scene::{LONG_AGO, Scene};
use crate::support::proxy::http_date;
use crate::support::{Act, Halt, Proxy, Run, Running, Server, Stage, When, share};

/// Another way to the same bucket is another host, as far as locks tell.
struct Other {
    proxy: Proxy,
    halt: Halt,
}

impl Other {
    /// Everything was stored long ago, and it stands still at one of its requests.
    fn new(scene: &Scene, server: Server, method: &'static str, needle: &str, nth: usize) -> Self {
        let (proxy, halt) = (Proxy::to(server.endpoint()), Halt::new(&scene.z3, "other"));
        let act = Act::Halt(halt.clone(), Stage::Sent);
        proxy.rule(method, needle, When::Nth(nth), act);
        let date = http_date(-LONG_AGO);
        let aged = Act::edit(move |answer| answer.set("Last-Modified", date.clone()));
        proxy.rule("HEAD", "", When::Always, aged);
        Self { proxy, halt }
    }

    fn run(&self, scene: &Scene, arguments: &[&str]) -> Run {
        let run = scene.z3.z3(arguments.iter().copied());
        run.env("S3_ENDPOINT", self.proxy.endpoint())
            .env("CONCURRENCY", "1")
    }

    /// `z3 prune` until it stands still there.
    fn prune(&self, scene: &Scene) -> Running {
        let run = self.run(scene, &["prune", "--keep-last", "1", "--json"]);
        let mut running = run.start();
        running.until("it stands still", || self.halt.reached());
        running
    }
}

/// A request: its method, what its path has, and which one of those.
type Moment = (&'static str, &'static str, usize);

/// Just before its decision, its first and its second delete; and behind the last.
pub const MOMENTS: [Moment; 5] = [
    ("GET", ".z3%2Fuploads%2F", 1),
    ("HEAD", ".z3/pins/", 1),
    ("DELETE", "%40c", 1),
    ("DELETE", "%40b", 1),
    ("DELETE", "%40a", 2),
];

/// Whatever the one has done when the other goes on: what is left is whole, and neither takes it for a failure.
#[test]
fn two_prunes_at_once_leave_what_both_keep() {
    let servers = [Server::Rgw, Server::SeaweedFs];
    let cases = MOMENTS.map(|moment| servers.map(|server| (server, moment)));
    two_prunes(share(2, cases.into_iter().flatten()));
}

pub fn two_prunes(cases: impl Iterator<Item = (Server, Moment)>) {
    for (server, (method, needle, nth)) in cases {
        let scene = Scene::on(server, "prune-two");
        let other = Other::new(&scene, server, method, needle, nth);
        let running = other.prune(&scene);
        scene.prune(&["--keep-last", "1"]).run().expect_ok();
        assert_eq!(scene.stored(), ["d", "e", "f"]);
        other.halt.open();
        running.wait().expect_ok();
        assert_eq!(scene.stored(), ["d", "e", "f"], "{method} {needle}");
        assert_eq!(scene.receipts(), ["d", "e", "f"], "{method} {needle}");
        scene.expect_whole();
    }
}

/// One is killed, the other one knows nothing of it.
#[test]
fn what_a_killed_prune_leaves_another_host_brings_to_its_end() {
    let scene = Scene::new("prune-two-killed");
    for (needle, nth) in [("%40c", 1), ("%40c", 2), ("%40b", 1)] {
        let other = Other::new(&scene, Server::Rgw, "DELETE", needle, nth);
        let running = other.prune(&scene);
        running.signal("KILL");
        other.proxy.cut();
        running.wait();
        scene.expect_whole();
    }
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    assert_eq!(scene.receipts(), ["d", "e", "f"]);
}

/// Another policy keeps other chains: what both have is what is left, and no increment without its base.
#[test]
fn two_policies_leave_whole_chains() {
    let scene = Scene::new("prune-two-policies");
    let other = Other::new(&scene, Server::Rgw, "DELETE", "%40c", 1);
    let running = other.prune(&scene);
    let four = scene.prune(&["--keep-last", "4"]).run().expect_ok();
    assert!(four.text().ends_with("nothing to delete\n"), "{four:?}");
    other.halt.open();
    running.wait().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    scene.expect_whole();
}

/// The next increment, and the next chain: neither builds on what is on its way out.
#[test]
fn another_host_stores_while_this_one_deletes() {
    for arguments in [&["backup"][..], &["backup", "--full"]] {
        let scene = Scene::new("prune-two-backup");
        let other = Other::new(&scene, Server::Rgw, "DELETE", "%40b", 1);
        let running = other.prune(&scene);
        scene.z3.dataset.history(&["g"]);
        scene.z3.z3(arguments.iter().copied()).run().expect_ok();
        other.halt.open();
        running.wait().expect_ok();
        assert_eq!(scene.stored(), ["d", "e", "f", "g"]);
        scene.expect_whole();
    }
}

/// The chain that goes is written anew from its end: `c` as a full is nobody's increment, and stays.
#[test]
fn what_another_host_stores_anew_stays() {
    let scene = Scene::new("prune-two-full");
    let other = Other::new(&scene, Server::Rgw, "HEAD", "%40c", 2);
    let running = other.prune(&scene);
    let anew = scene.z3.z3(["backup", "--full", "--snapshot", "c"]);
    anew.run().expect_ok();
    other.halt.open();
    let done = running.wait().expect_status(3);
    assert_eq!(done.one("stayed")["name"], "c");
    assert_eq!(scene.stored().len(), 6);
    scene.expect_whole();
}

#[test]
fn a_pin_counts_until_the_very_delete() {
    let scene = Scene::new("prune-two-pins");
    let other = Other::new(&scene, Server::Rgw, "HEAD", ".z3/pins/", 2);
    let running = other.prune(&scene);
    assert_eq!(scene.stored().len(), 5);
    scene.z3.z3(["keep", "b"]).run().expect_ok();
    other.halt.open();
    let done = running.wait().expect_status(3);
    let stayed = done.one("stayed");
    assert_eq!(stayed["name"], "b");
    assert_eq!(stayed["problem"], "it has been pinned meanwhile");
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
    // Nobody knows whether it is pinned.
    scene.z3.z3(["unkeep", "b"]).run().expect_ok();
    let denied = Act::error(403, "AccessDenied");
    scene.proxy.heal();
    scene.proxy.rule("HEAD", ".z3/pins/", When::Always, denied);
    scene.age();
    scene.prune(&["--keep-last", "1"]).run().expect_status(3);
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
}

/// Between the last look and the delete nobody can hold it: then both sides say so.
#[test]
fn a_pin_that_comes_too_late_is_told_of() {
    let scene = Scene::new("prune-two-late");
    let other = Other::new(&scene, Server::Rgw, "DELETE", "%40c", 1);
    let running = other.prune(&scene);
    scene.z3.z3(["keep", "c"]).run().expect_ok();
    other.halt.open();
    let done = running.wait().expect_status(1);
    let words = "@c was pinned in the moment in which it was deleted, and is gone";
    assert!(done.stderr.contains(words), "{}", done.stderr);
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    scene.expect_whole();
    scene.z3.z3(["unkeep", "c"]).run().expect_ok();
    // The object goes while the pin is on its way.
    let other = Other::new(&scene, Server::Rgw, "PUT", ".z3/pins/", 1);
    let mut keep = other.run(&scene, &["keep", "e"]).start();
    keep.until("it stands still", || other.halt.reached());
    for name in ["f", "e"] {
        scene.z3.bucket.delete(&scene.z3.snapshot_key(name));
    }
    other.halt.open();
    let failed = keep.wait().expect_status(1);
    let words = "@e has been deleted while it was being pinned";
    assert!(failed.stderr.contains(words), "{}", failed.stderr);
    assert_eq!(scene.z3.bucket.keys(&scene.z3.key(".z3/pins/")), [""; 0]);
}
