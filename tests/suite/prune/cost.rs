//! `z3 status --cost`: what is stored and what pruning would free, below the table that is there without it.

use super::scene::Scene;
use crate::support::{Act, Run, When};

impl Scene {
    fn cost(&self) -> Run {
        let run = self.z3.z3(["status", "--cost"]);
        run.env("S3_ENDPOINT", self.proxy.endpoint())
    }
}

/// The last line of what a run printed, and what stands above it.
fn last(run: Run) -> (String, String) {
    let ended = run.run().expect_ok();
    assert_eq!(ended.stderr, "");
    let text = ended.text().trim_end();
    let (above, last) = text.rsplit_once('\n').unwrap();
    (format!("{above}\n"), last.to_owned())
}

#[test]
fn what_is_stored_and_what_would_go_stands_in_the_last_line() {
    let scene = Scene::new("cost");
    let plain = scene.z3.says(["status"]);
    let name = &scene.z3.dataset.name;
    let (above, line) = last(scene.cost());
    assert_eq!(above, plain, "the table is as ever");
    assert!(line.starts_with(&format!("{name}: 6 objects (")), "{line}");
    assert!(
        line.ends_with(
            ") in STANDARD; a restore fetches 3 for the newest, 3 at most; no rule lets anything go"
        ),
        "{line}"
    );
    let (_, line) = last(scene.cost().env("KEEP_LAST", "1"));
    assert!(line.contains("; z3 prune would free 3 ("), "{line}");
    let paid = scene
        .cost()
        .env("KEEP_LAST", "1")
        .env("MIN_STORAGE_DAYS", "90");
    let (_, line) = last(paid);
    assert!(
        line.contains("; z3 prune would free 0 (0 M), 3 more ("),
        "{line}"
    );
    assert!(line.ends_with(") are paid for until later"), "{line}");
    let few = scene.cost().env("KEEP_LAST", "1").env("MAX_DELETE", "2");
    let (_, line) = last(few);
    assert!(line.contains("; z3 prune refuses: 3 objects of "), "{line}");
    assert!(line.ends_with(" would go, at most 2 may at once"), "{line}");
    assert_eq!(scene.proxy.count("DELETE", ""), 0);
    // What cannot be looked at fails, below the table.
    scene.proxy.heal();
    scene.proxy.rule(
        "GET",
        ".z3%2Fpins",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    let denied = scene.cost().run().expect_status(1);
    assert_eq!(denied.text(), plain);
    assert!(denied.stderr.contains("AccessDenied"), "{}", denied.stderr);
}

#[test]
fn nothing_costs_nothing() {
    let scene = Scene::new("cost-none");
    let nowhere = format!("{}/nowhere", scene.z3.dataset.name);
    let (_, line) = last(scene.z3.z3(["status", "--cost", &nowhere]));
    assert_eq!(line, format!("{nowhere}: nothing is stored"));
}

#[test]
fn lengths_that_no_number_holds_end_no_run() {
    let scene = Scene::new("cost-forged");
    scene.proxy.heal();
    let forged = Act::edit(|answer| answer.set("Content-Length", u64::MAX - 1));
    scene.proxy.rule("HEAD", "%40", When::Always, forged);
    for run in [
        scene.cost().env("KEEP_LAST", "1"),
        scene.prune(&["--keep-last", "1", "--dry-run"]),
        scene.prune(&["--keep-last", "1", "--dry-run", "--json"]),
    ] {
        let ended = run.run();
        assert!(matches!(ended.status.code(), Some(0 | 1)), "{ended:?}");
        assert!(!ended.stderr.contains("internal error"), "{ended:?}");
    }
}
