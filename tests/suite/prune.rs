//! `z3 prune`, `z3 keep` and `z3 unkeep`: what no rule keeps goes, and whatever happens, what is listed can be restored.

mod cost;
mod doubts;
pub mod hosts;
mod kills;
mod others;
mod refusals;
pub mod scene;
mod several;
pub mod versions;

use scene::{Scene, actions};

use crate::support::Z3;

#[test]
fn what_no_rule_keeps_goes() {
    let scene = Scene::new("prune");
    let shown = scene.prune(&["--keep-last", "1", "--dry-run"]).run();
    let text = shown.expect_ok();
    let rows: Vec<Vec<&str>> = text
        .text()
        .lines()
        .map(|line| line.split(" | ").map(str::trim).collect())
        .collect();
    assert_eq!(
        rows[0],
        [
            "SNAPSHOT", "KIND", "CREATED", "SIZE", "CLASS", "ACTION", "REASON"
        ]
    );
    let of_columns = |row: &Vec<&str>| [row[0], row[1], row[4], row[5], row[6]].map(str::to_owned);
    let shown: Vec<[String; 5]> = rows[1..7].iter().map(of_columns).collect();
    let standard = "STANDARD";
    assert_eq!(
        shown,
        [
            ["a", "full", standard, "delete", ""],
            ["b", "incremental", standard, "delete", ""],
            ["c", "incremental", standard, "delete", ""],
            ["d", "full", standard, "base", "needed by @f"],
            ["e", "incremental", standard, "base", "needed by @f"],
            ["f", "incremental", standard, "keep", "last 1, newest"],
        ]
    );
    assert_eq!(rows[8], ["kept: 1 for their own sake, 2 as bases"]);
    assert!(
        rows[9][0].starts_with("restorable afterwards: 20"),
        "{rows:?}"
    );
    assert!(rows[10][0].starts_with("3 objects ("), "{rows:?}");
    assert_eq!(scene.stored(), ["a", "b", "c", "d", "e", "f"]);
    let done = scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(done.stderr, "");
    assert_eq!(scene.stored(), ["d", "e", "f"]);
    assert_eq!(scene.receipts(), ["d", "e", "f"]);
    let again = scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert!(again.text().ends_with("nothing to delete\n"), "{again:?}");
    scene.z3.z3(["verify"]).run().expect_ok();
    let was = scene.z3.dataset.tree();
    scene.z3.dataset.destroy();
    scene.z3.z3(["restore", "f"]).run().expect_ok();
    assert_eq!(scene.z3.dataset.tree(), was);
}

#[test]
fn children_go_before_their_parents_one_by_one() {
    let scene = Scene::new("prune-order");
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    let deletes = scene.proxy.seen("DELETE", "");
    let names: Vec<&str> = deletes
        .iter()
        .filter(|one| !one.target.contains("/.z3/"))
        .map(|one| one.target.rsplit("%40").next().unwrap())
        .collect();
    assert_eq!(names, ["c", "b", "a"]);
    for one in &deletes {
        let conditional = one
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("if-match"));
        assert_eq!(conditional, !one.target.contains("/.z3/"), "{one:?}");
        assert!(!one.target.contains("?delete"));
    }
}

#[test]
fn what_is_pinned_stays_with_what_it_builds_on() {
    let scene = Scene::new("prune-pins");
    let whole = format!("{}@b", scene.z3.dataset.name);
    for name in ["b", &whole] {
        let kept = scene.z3.z3(["-v", "keep", name]).run().expect_ok();
        assert_eq!(kept.text(), "");
        assert!(kept.stderr.contains("@b "), "{}", kept.stderr);
    }
    let missing = scene.z3.z3(["keep", "nosuch"]).run().expect_status(1);
    assert!(missing.stderr.contains("@nosuch is not stored"));
    let shown = scene
        .prune(&["--keep-last", "1", "--json"])
        .run()
        .expect_ok();
    assert_eq!(
        actions(&shown),
        ["a base", "b keep", "c delete", "d base", "e base", "f keep"]
    );
    assert_eq!(scene.stored(), ["a", "b", "d", "e", "f"]);
    scene.z3.z3(["unkeep", "b"]).run().expect_ok();
    scene.z3.z3(["unkeep", "b"]).run().expect_ok();
    scene.z3.z3(["unkeep", "nosuch"]).run().expect_status(1);
    scene.prune(&["--keep-last", "1"]).run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
}

#[test]
fn without_a_rule_it_does_nothing() {
    let scene = Scene::new("prune-policy");
    for run in [
        scene.prune(&[]),
        scene.prune(&["--keep-last", "0"]),
        scene.prune(&["--keep-last", "0"]).env("KEEP_DAILY", "3"),
        scene.prune(&["--keep-daily", "-1"]),
        scene.prune(&["--keep-within", "30"]),
        scene.prune(&["--max-delete", "all"]),
    ] {
        let refused = run.run().expect_status(2);
        assert_eq!(refused.text(), "");
    }
    let rule = scene.prune(&["--dry-run"]).env("KEEP_LAST", "2");
    assert!(rule.run().expect_ok().text().contains("| last 2"));
    // A flag takes the place of the whole configured policy.
    let rule = scene.prune(&["--keep-last", "1"]).env("KEEP_DAILY", "99");
    rule.run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
}

#[test]
fn what_is_young_or_paid_for_stays() {
    let scene = Scene::new("prune-young");
    // The server's own dates: all are of today.
    let run = scene.z3.z3(["prune", "--keep-last", "1", "--json"]);
    let young = run.run().expect_ok();
    assert_eq!(actions(&young)[0], "a keep");
    let paid = scene.prune(&["--keep-last", "1", "--json"]);
    let paid = paid.env("MIN_STORAGE_DAYS", "90").run().expect_ok();
    assert_eq!(
        actions(&paid),
        [
            "a later", "b later", "c later", "d base", "e base", "f keep"
        ]
    );
    assert!(
        paid.told("object")[0]["reasons"][0]
            .as_str()
            .unwrap()
            .starts_with("paid until 20")
    );
    let class = paid.one("class");
    assert_eq!(
        (&class["later_objects"], &class["freed_objects"]),
        (&3.into(), &0.into())
    );
    assert_eq!(scene.stored().len(), 6);
    let early = scene.prune(&["--keep-last", "1", "--early"]);
    early.env("MIN_STORAGE_DAYS", "90").run().expect_ok();
    assert_eq!(scene.stored(), ["d", "e", "f"]);
}

#[test]
fn another_prefix_keeps_its_own() {
    let scene = Scene::new("prune-prefix");
    // Only e is meant: what else there is stays as it is, with all that it builds on.
    let run = scene.prune(&["--keep-last", "1", "--json"]);
    let shown = run.env("SNAPSHOT_PREFIX", "e").run().expect_ok();
    assert_eq!(
        actions(&shown),
        [
            "a other", "b other", "c other", "d other", "e keep", "f other"
        ]
    );
    let only = scene.prune(&["--keep-last", "1", "--json"]);
    let only = only.env("SNAPSHOT_GLOB", "*").env_remove("SNAPSHOT_PREFIX");
    assert_eq!(actions(&only.run().expect_ok())[0], "a delete");
}

/// Objects of the Python and of early z3 tell no time: their streams do.
#[test]
fn the_stream_tells_when_nobody_else_does() {
    let scene = Scene::new("prune-old");
    let created = scene.z3.dataset.creation("a");
    let key = scene.z3.snapshot_key("a");
    let bytes = scene.z3.bucket.get(&key);
    let gzip = [("isfull", "true"), ("size", "9"), ("compressor", "pigz1")];
    scene.z3.bucket.put(&key, &bytes, &gzip);
    let b = scene.z3.snapshot_key("b");
    let parent = format!("{}@a", scene.z3.dataset.name);
    scene
        .z3
        .bucket
        .put(&b, b"secret", &[("parent", &parent), ("compressor", "gpg")]);
    let shown = scene
        .prune(&["--keep-last", "9", "--dry-run", "--json"])
        .run()
        .expect_ok();
    let objects = shown.told("object");
    assert_eq!(
        objects[0]["name"], "b",
        "40 days old, as far as anybody knows"
    );
    assert_eq!(objects[0]["creation_exact"], false);
    let a = objects.iter().find(|one| one["name"] == "a").unwrap();
    assert_eq!(a["creation"].to_string(), created);
    assert_eq!(a["creation_exact"], true);
    let text = scene
        .prune(&["--keep-last", "9", "--dry-run"])
        .run()
        .expect_ok();
    assert!(
        text.text().lines().nth(1).unwrap().contains("| ~20"),
        "{}",
        text.text()
    );
}

#[test]
fn a_dataset_that_is_nowhere_stored_is_an_error() {
    let z3 = Z3::new("prune-nothing");
    let refused = z3.z3(["prune", "--keep-last", "1"]).run().expect_status(1);
    assert!(
        refused.stderr.contains("nothing was deleted"),
        "{}",
        refused.stderr
    );
}
