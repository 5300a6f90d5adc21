//! Killed at any request, before the server heard of it and after it did it: what is listed can be restored, and the next run
//! brings it to its end.

use super::scene::Scene;
use crate::support::{Act, Ended, Halt, Stage, When, share};

/// What lies in the bucket, with its metadata.
type Objects = Vec<(String, Vec<u8>, Vec<(String, String)>)>;

impl Scene {
    fn objects(&self) -> Objects {
        let keys = self.z3.bucket.keys(&self.z3.prefix).into_iter();
        let object = |key: String| {
            let head = self.z3.bucket.head(&key).unwrap();
            let bytes = self.z3.bucket.get(&key);
            (key, bytes, head.metadata.into_iter().collect())
        };
        keys.map(object).collect()
    }

    /// Puts back what is not there.
    fn put_back(&self, objects: &Objects) {
        let there = self.z3.bucket.keys(&self.z3.prefix);
        for (key, bytes, metadata) in objects {
            if !there.contains(key) {
                let metadata: Vec<_> = metadata.iter().map(|(k, v)| (&**k, &**v)).collect();
                self.z3.bucket.put(key, bytes, &metadata);
            }
        }
    }

    /// A run that ends by this signal at a request; `None` if there is no such request.
    fn ended_at(
        &self,
        method: &'static str,
        number: usize,
        stage: Stage,
        signal: &str,
    ) -> Option<Ended> {
        let halt = Halt::new(&self.z3, "kill");
        self.proxy.heal();
        let act = Act::Halt(halt.clone(), stage);
        self.proxy.rule(method, "", When::Nth(number), act);
        self.age();
        let run = self
            .prune(&["--keep-last", "1", "--json"])
            .env("CONCURRENCY", "1");
        let mut running = run.start();
        while !halt.reached() {
            if !running.alive() {
                running.wait().expect_ok();
                return None;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        running.signal(signal);
        if signal == "KILL" {
            self.proxy.cut();
        } else {
            halt.open();
        }
        let ended = running.wait();
        self.proxy.settle();
        Some(ended)
    }

    fn expect_good(&self, place: &str) {
        let shown = self.z3.z3(["status", "--json"]).run().expect_ok();
        let sick = |one: &serde_json::Value| !one["health"].is_null() && one["health"] != "ok";
        assert!(
            !shown.told("snapshot").iter().any(sick),
            "{place}: {}",
            shown.text()
        );
        assert!(
            self.stored().ends_with(&["d", "e", "f"].map(str::to_owned)),
            "{place}"
        );
    }

    fn finish(&self) {
        self.proxy.heal();
        self.age();
        self.prune(&["--keep-last", "1"]).run().expect_ok();
        assert_eq!(self.stored(), ["d", "e", "f"]);
        assert_eq!(self.receipts(), ["d", "e", "f"]);
    }
}

#[test]
fn between_any_two_requests() {
    let scene = Scene::new("prune-kill");
    let objects = scene.objects();
    let mut kills = 0;
    for (method, stage) in [("", Stage::Sent), ("DELETE", Stage::Done)] {
        for number in share(3, 1..) {
            if scene.ended_at(method, number, stage, "KILL").is_none() {
                break;
            }
            kills += 1;
            scene.expect_good(&format!("{method} {number} {stage:?}"));
            if kills % 4 == 0 {
                scene.finish();
            }
            scene.put_back(&objects);
        }
        scene.put_back(&objects);
    }
    assert!(kills > 25 / 3, "{kills}");
    scene.finish();
    scene.expect_whole();
    scene.z3.dataset.destroy();
    scene.z3.z3(["restore", "f"]).run().expect_ok();
}

/// The delete under way is told of.
#[test]
fn a_signal_waits_for_the_delete_under_way() {
    let scene = Scene::new("prune-signal");
    let ended = scene.ended_at("DELETE", 1, Stage::Sent, "TERM").unwrap();
    let ended = ended.expect_status(143);
    assert_eq!(ended.one("deleted")["name"], "c");
    assert_eq!(ended.end()["error"]["kind"], "signal");
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
    assert_eq!(scene.receipts(), ["a", "b", "d", "e", "f"]);
    scene.finish();
}
