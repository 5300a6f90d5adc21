//! A backup that is cut off is gone on with: only what is missing is sent again, and what is stored is whole.

mod scene;

use crate::support::{Act, When};
use scene::{PART_BYTES, Scene, WORKERS};

#[test]
fn after_a_kill_at_70_percent_at_most_35_percent_is_sent_again() {
    for compressor in ["none", "pigz1", "gzip6", "zstd"] {
        let scene = Scene::new("resume-kill", compressor);
        let total = scene.whole_parts();
        assert!(total >= 100, "{total} parts");
        let mut running = scene.backup().start();
        running.until("70 %", || scene.sent() >= total * 7 / 10);
        running.signal("KILL");
        running.wait().expect_no_children();
        scene.expect_left(1);
        let before = scene.sent();
        let ended = scene.backup().run();
        let again = scene.sent() - before;
        println!("{compressor}: {again} of {total} parts sent again");
        assert!(again <= total * 35 / 100, "{again} of {total}");
        let said = scene.expect_stored(ended);
        assert!(said.contains("were stored by an earlier run"), "{said}");
    }
}

#[test]
fn an_outage_leaves_the_upload_for_the_next_run() {
    let scene = Scene::new("resume-outage", "none");
    let rows = [
        (Act::error(503, "SlowDown"), "SlowDown"),
        (Act::error(403, "AccessDenied"), "AccessDenied"),
        (Act::Refuse, "connection"),
    ];
    for (act, cause) in rows {
        scene.proxy.heal();
        scene.proxy.rule("PUT", "partNumber=", When::After(40), act);
        let ended = scene.backup().run().expect_status(1);
        assert!(ended.stderr.contains(cause), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("the next run goes on"),
            "{}",
            ended.stderr
        );
        scene.expect_left(1);
        scene.go_on(40);
        scene.forget();
    }
}

#[test]
fn a_signal_leaves_the_upload_for_the_next_run() {
    let scene = Scene::new("resume-signal", "pigz1");
    for (name, status) in [("TERM", 143), ("INT", 130)] {
        let before = scene.sent();
        let mut running = scene.backup().start();
        running.until("some parts", || scene.sent() >= before + 60);
        running.signal_group(name);
        let ended = running.wait().expect_status(status).expect_no_children();
        assert!(
            ended.stderr.contains("the next run goes on"),
            "{}",
            ended.stderr
        );
        scene.expect_left(1);
        scene.go_on(60 - WORKERS);
        scene.forget();
    }
}

#[test]
fn a_stream_that_fails_leaves_nothing() {
    let scene = Scene::new("resume-stream", "none");
    for fault in [
        "send cut=5000000 end=1",
        "send cut=5000000 end=0",
        "send end=1",
    ] {
        let ended = scene.backup().env("SHIM_zfs", fault).run();
        ended.expect_status(1);
        scene.expect_left(0);
    }
}

#[test]
fn without_resume_it_begins_anew_and_leaves_nothing() {
    let scene = Scene::new("resume-not", "none");
    scene.cut_off(50);
    let before = scene.sent();
    let ended = scene.backup().args(["--no-resume"]).run();
    assert!(scene.sent() - before >= scene.whole_parts());
    scene.expect_stored(ended);
    scene.forget();
    scene
        .proxy
        .rule("PUT", "partNumber=", When::After(50), Act::Refuse);
    scene.backup().args(["--no-resume"]).run().expect_status(1);
    scene.expect_left(0);
}

#[test]
fn with_other_settings_it_begins_anew() {
    let scene = Scene::new("resume-other", "none");
    scene.cut_off(50);
    let before = scene.sent();
    let ended = scene.backup().env("COMPRESSOR", "gzip1").run();
    assert!(scene.sent() - before >= 100);
    ended.expect_ok();
    scene.expect_left(0);
}

#[test]
fn the_size_of_parts_is_that_of_the_upload() {
    let scene = Scene::new("resume-size", "none");
    scene.cut_off(60);
    let before = scene.sent();
    let larger = (3 * PART_BYTES).to_string();
    let ended = scene.backup().env("MIN_PART_SIZE", larger).run();
    let again = scene.sent() - before;
    assert!(again <= scene.whole_parts() - 60 + WORKERS, "{again}");
    scene.expect_stored(ended);
}

#[test]
fn a_stored_part_that_differs_is_sent_again() {
    let scene = Scene::new("resume-differs", "none");
    scene.cut_off(50);
    let (key, id) = scene.upload();
    let other = vec![0; PART_BYTES];
    scene.z3.bucket.put_part(&key, &id, 20, &other);
    let ended = scene.backup().run();
    let said = scene.expect_stored(ended);
    assert!(said.contains("part 20 of"), "{said}");
}

#[test]
fn what_is_not_ours_is_named_and_stays() {
    let scene = Scene::new("resume-foreign", "none");
    let id = scene.z3.bucket.create_upload(&scene.key, &[]);
    let ended = scene.backup().run().expect_ok();
    assert!(ended.stderr.contains(&id), "{}", ended.stderr);
    assert_eq!(scene.z3.bucket.uploads(&scene.z3.prefix).len(), 1);
    scene.forget();
}

#[test]
fn an_upload_that_another_run_may_want_stays_with_its_hold() {
    let scene = Scene::new("resume-later", "none");
    scene.z3.dataset.snapshot("2");
    scene.cut_off(50);
    // This one has nothing to do with it.
    scene
        .z3
        .says(["--snapshot-prefix", "2", "backup", "--full"]);
    assert_eq!(scene.z3.notes().len(), 1);
    scene.z3.bucket.delete(&scene.z3.snapshot_key("2"));
    scene.go_on(50);
}

#[test]
fn an_upload_that_no_run_wants_any_more_goes_with_its_hold() {
    let scene = Scene::new("resume-passed", "none");
    scene.cut_off(50);
    scene.z3.dataset.snapshot("2");
    // A new chain begins behind it: no plan comes back to it.
    let full = ["backup", "--full", "--snapshot", "2"];
    scene.z3.says(full);
    assert_eq!(
        scene.z3.notes().len(),
        1,
        "a single snapshot says nothing of the others"
    );
    scene.z3.says(["backup"]);
    scene.expect_left(0);
}

#[test]
fn gpg_begins_anew_and_says_so() {
    let scene = Scene::new("resume-gpg", "gpg");
    scene
        .proxy
        .rule("PUT", "partNumber=", When::After(50), Act::Refuse);
    let ended = scene.backup().run().expect_status(1);
    assert!(ended.stderr.contains("begins anew"), "{}", ended.stderr);
    scene.expect_left(0);
}

#[test]
fn checksums_of_the_server_are_compared_where_it_has_them() {
    let scene = Scene::on_seaweedfs("resume-seaweedfs");
    scene
        .proxy
        .rule("PUT", "partNumber=2&", When::Always, Act::Refuse);
    scene.backup().run().expect_status(1);
    scene.expect_left(1);
    scene.proxy.heal();
    let before = scene.sent();
    let ended = scene.backup().run();
    assert!(scene.sent() - before <= 2, "{}", scene.sent() - before);
    scene.expect_stored(ended);
}
