//! When nothing goes at all: something is not known, or looks wrong.

use super::scene::{LONG_AGO, Scene, actions};
use crate::support::proxy::http_date;
use crate::support::{Act, Run, When};

const ALL: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

impl Scene {
    /// The run deletes nothing, fails, and says this.
    fn refuses(&self, run: Run, status: i32, words: &str) {
        let before = self.proxy.count("DELETE", "");
        let refused = run.run().expect_status(status);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        assert_eq!(self.proxy.count("DELETE", ""), before);
        assert_eq!(self.stored(), ALL);
    }

    fn keep_one(&self) -> Run {
        self.prune(&["--keep-last", "1"])
    }

    /// This rule before that of the ages.
    fn first(&self, method: &'static str, needle: &str, when: When, act: Act) {
        self.proxy.heal();
        self.proxy.rule(method, needle, when, act);
        self.age();
    }
}

#[test]
fn what_is_not_known_keeps_everything() {
    let scene = Scene::new("prune-unknown");
    let denied = || Act::error(403, "AccessDenied");
    // One object of six; then the lists that others write into.
    scene.first("HEAD", "%40b", When::Always, denied());
    scene.refuses(scene.keep_one(), 1, "nothing was deleted");
    for list in [".z3%2Fpins%2F", ".z3%2Fuploads%2F"] {
        scene.first("GET", list, When::Always, denied());
        scene.refuses(scene.keep_one(), 1, "AccessDenied");
    }
    // The second list of names.
    let dataset = scene.z3.dataset.name.replace('/', "%2F");
    let names = format!(
        "prefix={}%2F{dataset}%40",
        scene.z3.prefix.trim_end_matches('/')
    );
    scene.first("GET", &names, When::After(1), denied());
    scene.refuses(scene.keep_one(), 1, "AccessDenied");
    scene.first("HEAD", "%40f", When::Always, Act::error(503, "SlowDown"));
    let run = scene.keep_one().env("RETRY_FOR", "1");
    scene.refuses(run, 1, "look at");
    // The pool is there, and does not answer.
    scene.first("HEAD", "nothing", When::Always, denied());
    scene
        .z3
        .replace("zfs", "#!/bin/sh\necho broken >&2\nexit 1\n");
    scene.refuses(scene.keep_one(), 1, "broken");
}

#[test]
fn clocks_that_differ_tell_no_age() {
    let scene = Scene::new("prune-clock");
    for (seconds, status) in [(2 * 3600, 1), (-2 * 3600, 1), (1800, 0)] {
        scene.proxy.heal();
        let (stored, now) = (http_date(-LONG_AGO), http_date(seconds));
        let late = Act::edit(move |answer| {
            answer.set("Last-Modified", stored.clone());
            answer.set("Date", now.clone());
        });
        scene.proxy.rule("", "", When::Always, late);
        let run = scene.prune(&["--keep-last", "1", "--dry-run"]);
        let words = if status == 1 { "minutes apart" } else { "" };
        scene.refuses(run, status, words);
    }
}

#[test]
fn a_backup_that_has_stopped_is_not_thinned() {
    let scene = Scene::new("prune-stale");
    scene.proxy.heal();
    let stored = http_date(-LONG_AGO);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let old = Act::edit(move |answer| {
        answer.set("Last-Modified", stored.clone());
        answer.set("x-amz-meta-creation", now - 8 * 24 * 3600 - 60);
    });
    scene.proxy.rule("HEAD", "", When::Always, old);
    scene.refuses(scene.keep_one(), 1, "is 8 days old");
    let run = scene.keep_one().env("PRUNE_IF_FRESHER", "8d");
    scene.refuses(run, 1, "is 8 days old");
    scene
        .keep_one()
        .env("PRUNE_IF_FRESHER", "9d")
        .run()
        .expect_ok();
    assert_eq!(scene.stored().len(), 3);
}

#[test]
fn more_than_may_go_at_once_goes_with_a_flag() {
    let scene = Scene::new("prune-many");
    let run = scene.keep_one().env("MAX_DELETE", "2");
    scene.refuses(run, 1, "--max-delete 3");
    // What would go is shown all the same.
    let shown = scene.prune(&["--keep-last", "1", "--max-delete", "2", "--json"]);
    let shown = shown.run().expect_status(1);
    assert_eq!(actions(&shown)[0], "a delete");
    assert_eq!(shown.end()["error"]["kind"], "refused");
    scene
        .prune(&["--keep-last", "1", "--max-delete", "3"])
        .run()
        .expect_ok();
    assert_eq!(scene.stored().len(), 3);
}

/// DBackup#154: the newest is empty, and all good ones go because of it.
#[test]
fn the_newest_has_to_be_a_backup() {
    let scene = Scene::new("prune-newest");
    let key = scene.z3.snapshot_key("f");
    let head = scene.z3.bucket.head(&key).unwrap();
    let metadata: Vec<(&str, &str)> = head.metadata.iter().map(|(k, v)| (&**k, &**v)).collect();
    scene.z3.bucket.put(&key, b"not a stream", &metadata);
    let shown = scene
        .prune(&["--keep-last", "1", "--dry-run", "--json"])
        .run()
        .expect_ok();
    assert_eq!(
        actions(&shown),
        [
            "a delete", "b delete", "c delete", "d base", "e keep", "f broken"
        ]
    );
}

#[test]
fn what_is_broken_stays_until_it_is_asked_for() {
    let scene = Scene::new("prune-broken");
    let dataset = scene.z3.dataset.name.clone();
    let parent = |name: &str| format!("{dataset}@{name}");
    let put = |name: &str, on: &str| {
        let key = scene.z3.snapshot_key(name);
        scene.z3.bucket.put(&key, b"x", &[("parent", &parent(on))]);
    };
    put("lost", "gone");
    put("lost-on", "lost");
    scene
        .z3
        .bucket
        .put(&scene.z3.snapshot_key("foreign"), b"x", &[]);
    let run = || scene.prune(&["--keep-last", "9", "--dry-run", "--json"]);
    let sorted = |mut actions: Vec<String>| {
        actions.retain(|one| one.len() > "a keep".len());
        actions.sort();
        actions
    };
    assert_eq!(
        sorted(actions(&run().run().expect_ok())),
        ["foreign broken", "lost broken", "lost-on broken"]
    );
    put("one", "two");
    put("two", "one");
    let refused = run().run().expect_status(1);
    assert!(refused.stderr.contains("its own ancestor"));
    let broken = scene.prune(&["--keep-last", "9", "--broken", "--json"]);
    let done = broken.run().expect_ok();
    assert_eq!(
        sorted(actions(&done)),
        [
            "foreign broken",
            "lost delete",
            "lost-on delete",
            "one delete",
            "two delete"
        ]
    );
    let mut left = ALL.map(str::to_owned).to_vec();
    left.push("foreign".to_owned());
    assert_eq!(scene.stored(), left);
}
