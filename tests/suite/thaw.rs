//! `z3 thaw` and `z3 restore --thaw`, before a gateway whose objects lie in an archive class. The gateway keeps the class as a
//! name only; a proxy in front of it freezes and thaws them as S3 does.

mod archive;

use std::sync::Arc;

use archive::{Frost, Scene};

use crate::support::ended::Ended;
use crate::support::{Act, Message, When, Z3};

/// The states in the table, in its order.
fn states(ended: &Ended) -> Vec<String> {
    let rows = ended.text().lines().skip(1).take(3);
    rows.map(|row| row.split('|').nth(2).unwrap().trim().to_owned())
        .collect()
}

#[test]
fn a_chain_is_asked_for_at_once_and_restored_when_it_is_there() {
    let scene = Scene::new("thaw-chain", "GLACIER");
    let z3 = &scene.z3;
    // All that is planned is planned from what a frozen bucket tells.
    assert_eq!(z3.says(["status"]).matches("| ok ").count(), 3);
    let said = z3.refuses(["restore", "c"]);
    for key in ["a", "b", "c"].map(|name| z3.snapshot_key(name)) {
        assert!(said.contains(&key), "{said}");
    }
    let hint = format!("z3 --dataset {} thaw c", z3.dataset.name);
    assert!(said.contains(&hint), "{said}");

    let shown = scene.thaw(&["--dry-run", "c"]).expect_ok();
    assert_eq!(states(&shown), ["frozen"; 3]);
    assert!(shown.text().ends_with("3 of them cannot be read yet\n"));
    assert_eq!(scene.requests().len(), 0);
    // One has been asked for by somebody else.
    scene.put("b", Frost::UnderWay(9));
    let ended = scene.thaw(&["c"]).expect_status(3);
    assert_eq!(states(&ended), ["under way"; 3]);
    assert_eq!(
        ended.stderr.lines().next(),
        Some("z3: 3 of 3 objects cannot be read yet")
    );
    assert_eq!(scene.requests().len(), 2);
    scene.put("b", Frost::UnderWay(0));
    while scene.thaw(&["c"]).status.code() == Some(3) {}
    let ended = scene.thaw(&["c"]).expect_ok();
    assert_eq!(states(&ended), ["readable"; 3]);
    assert!(ended.text().contains(" UTC"), "{}", ended.text());
    assert_eq!(scene.requests().len(), 2, "nothing is asked for twice");
    z3.says(["restore", "c"]);
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"]);
    // What the pool has is not needed.
    scene.all(Frost::Frozen);
    assert_eq!(scene.thaw(&["c"]).expect_ok().text(), "");
    assert_eq!(scene.requests().len(), 2);
    // A chain grows on frozen ones.
    z3.dataset.history(&["d"]);
    z3.says(["backup"]);
}

#[test]
fn what_is_asked_says_how_fast_and_for_how_long() {
    let scene = Scene::new("thaw-words", "GLACIER");
    scene.thaw(&["a"]).expect_status(3);
    scene.put("a", Frost::Frozen);
    let more = ["--tier", "bulk", "--days", "20", "a"];
    scene.thaw(&more).expect_status(3);
    let sizes: Vec<usize> = scene
        .requests()
        .iter()
        .map(|seen| seen.body_bytes)
        .collect();
    assert_eq!(sizes.len(), 2);
    assert_eq!(
        sizes[1] + "Standard".len() + "7".len(),
        sizes[0] + "Bulk".len() + "20".len()
    );
    // A copy that is there, but not for half of the time, is asked for again.
    scene.put("a", Frost::Copied(3 * 86_400));
    scene.thaw(&["a"]).expect_ok();
    assert_eq!(scene.requests().len(), 3);
    scene.thaw(&["a"]).expect_ok();
    assert_eq!(scene.requests().len(), 3);
    for (arguments, words) in [
        (["--days", "0"], "expected a number of days"),
        (["--tier", "fast"], "expected standard, bulk or expedited"),
        (["--days", "1"], "expected at least 2"),
    ] {
        scene.put("a", Frost::Frozen);
        let ended = scene.thaw(&[&arguments[..], &["a"]].concat());
        let ended = ended.expect_status(2);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    assert_eq!(scene.requests().len(), 3);
}

#[test]
fn every_answer_means_what_it_says() {
    let scene = Scene::new("thaw-answers", "GLACIER");
    for (answer, status, words, tries) in [
        (
            (409, "RestoreAlreadyInProgress"),
            3,
            "cannot be read yet",
            1,
        ),
        ((405, "MethodNotAllowed"), 1, "knows no RestoreObject", 1),
        ((501, "NotImplemented"), 1, "knows no RestoreObject", 1),
        (
            (503, "GlacierExpeditedRetrievalNotAvailable"),
            1,
            "'--tier standard'",
            1,
        ),
        ((403, "AccessDenied"), 1, "AccessDenied", 1),
        ((500, "InternalError"), 1, "InternalError", 2),
    ] {
        scene.put("a", Frost::Frozen);
        let (code, name) = answer;
        let before = scene.requests().len();
        let path = format!("{}?restore", scene.path("a"));
        let refused = Act::error(code, name);
        scene.freeze(Some(("POST", &path, When::Always, refused)));
        let run = scene.z3.z3(["thaw", "a"]);
        let ended = run.env("MAX_RETRIES", "1").env("RETRY_FOR", "0").run();
        let ended = ended.expect_status(status);
        assert!(ended.stderr.contains(words), "{name}: {}", ended.stderr);
        let asked = scene.requests().len() - before;
        assert_eq!(asked, tries, "{name}");
    }
}

#[test]
fn nothing_comes_fast_from_the_deep() {
    let scene = Scene::new("thaw-deep", "DEEP_ARCHIVE");
    let ended = scene.thaw(&["--tier", "expedited", "c"]).expect_status(1);
    assert!(
        ended
            .stderr
            .contains("is in DEEP_ARCHIVE, from where nothing comes expedited")
    );
    assert_eq!(scene.requests().len(), 0);
}

#[test]
fn a_wait_ends_when_all_is_there_or_when_it_shall() {
    let scene = Scene::new("thaw-wait", "GLACIER");
    let ended = scene.thaw(&["--wait", "c"]).expect_ok();
    assert_eq!(states(&ended), ["under way"; 3]);
    scene.all(Frost::UnderWay(1000));
    let ended = scene.thaw(&["--wait", "--timeout", "2s", "c"]);
    ended.expect_status(3);
    let mut running = scene.z3.z3(["thaw", "--wait", "c"]).start();
    let before = scene.proxy.count("HEAD", &scene.path("c"));
    running.until("a look", || {
        scene.proxy.count("HEAD", &scene.path("c")) > before + 2
    });
    running.signal("TERM");
    running.wait().expect_status(143);
}

#[test]
fn a_restore_thaws_what_it_needs_and_once_more_what_is_gone_again() {
    let scene = Scene::new("thaw-restore", "GLACIER");
    let z3 = &scene.z3;
    let (archive, path) = (Arc::clone(&scene.archive), scene.path("b"));
    // The copy of the second is gone when its turn comes.
    let gone = Act::edit(move |answer| {
        archive
            .lock()
            .unwrap()
            .insert("b".to_owned(), Frost::Frozen);
        *answer = Message::error(403, "InvalidObjectState");
    });
    scene.all(Frost::Copied(7 * 86_400));
    // The first GET looks at its first bytes.
    scene.freeze(Some(("GET", &path, When::Nth(2), gone)));
    let ended = z3.z3(["restore", "--thaw=bulk", "c"]).run().expect_ok();
    assert!(
        ended.stderr.contains("InvalidObjectState"),
        "{}",
        ended.stderr
    );
    assert_eq!(scene.requests().len(), 1);
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"]);
    z3.dataset.destroy();
    scene.all(Frost::Frozen);
    z3.z3(["restore", "--thaw", "c"]).run().expect_ok();
    assert_eq!(scene.requests().len(), 4);
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"]);
    let usage = z3.z3(["restore", "--thaw", "--dry-run", "c"]);
    usage.run().expect_status(2);
}

#[test]
fn a_class_that_is_a_name_alone_needs_no_thawing() {
    let z3 = Z3::new("thaw-name");
    z3.dataset.history(&["a"]);
    let backup = z3.z3(["backup"]).env("S3_STORAGE_CLASS", "GLACIER");
    backup.run().expect_ok();
    z3.dataset.destroy();
    let table = z3.says(["thaw", "a"]);
    assert!(table.contains("| GLACIER | readable |"), "{table}");
    z3.says(["restore", "a"]);
}

#[test]
fn without_a_zfs_that_runs_the_whole_chain_is_thawed() {
    let scene = Scene::new("thaw-rescue", "GLACIER");
    let fails = |words: &str| {
        let script = format!("echo \"{words}\" >&2; exit 1");
        scene.z3.replace("zfs", &script);
    };
    // What the pool has is not known: another failure may be a pool that has most of it.
    fails("cannot open 'tank': I/O error");
    scene.thaw(&["c"]).expect_status(1);
    assert_eq!(scene.requests().len(), 0);
    for words in [
        "The ZFS modules are not loaded.",
        "connect: No such file or directory\nPlease make sure that the zfs-fuse daemon is running.",
    ] {
        scene.all(Frost::Frozen);
        let before = scene.requests().len();
        fails(words);
        scene.thaw(&["c"]).expect_status(3);
        assert_eq!(scene.requests().len() - before, 3, "{words}");
    }
}
