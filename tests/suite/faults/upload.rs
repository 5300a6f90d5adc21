//! Parts on their way: a server that refuses, breaks, lies or falls silent, once or for good.

use std::thread;
use std::time::Duration;

use super::scene::{BEFORE, Scene, expect_said, hasty, waiting_for};
use crate::support::ended::Ended;
use crate::support::{Act, Message, When};

const PARTS: [&str; 3] = ["partNumber=1&", "partNumber=2&", "partNumber=3&"];

#[test]
fn a_part_that_fails_once_is_sent_again() {
    let scene = Scene::of_input("upload-once");
    let internal = Message::error(500, "InternalError");
    let acts = [
        Act::Answer(internal.clone()),
        Act::error(503, "SlowDown"),
        Act::error(400, "XAmzContentSHA256Mismatch"),
        Act::Refuse,
        Act::LoseReply,
        Act::ReplaceReply(internal),
        Act::Answer(Message::answer(200, Vec::new())),
    ];
    for (act, part) in acts.into_iter().zip(PARTS.iter().cycle()) {
        scene.prepare(None);
        let sent = scene.proxy.count("PUT", part);
        let run = waiting_for(&act, scene.pput());
        scene.proxy.rule("PUT", part, When::First(1), act);
        let ended = scene.expect_done(run.run());
        assert_eq!(scene.proxy.count("PUT", part) - sent, 2, "{}", ended.stderr);
    }
}

#[test]
fn a_part_that_always_fails_leaves_the_key_alone() {
    let scene = Scene::of_input("upload-always");
    let rows = [
        (Act::error(403, "AccessDenied"), "AccessDenied"),
        (Act::error(400, "BadDigest"), "BadDigest"),
        (Act::error(500, "InternalError"), "InternalError"),
        (Act::Refuse, "connection"),
        (Act::LoseReply, "closed the connection"),
        (Act::Silence, "fell silent"),
        (Act::Deafness, "fell silent"),
    ];
    let all = rows.iter().zip(PARTS.iter().cycle());
    for (((act, cause), part), before) in all.zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        scene.proxy.rule("PUT", part, When::Always, act.clone());
        let ended = waiting_for(act, scene.pput()).run();
        expect_said(&ended, &format!("upload part {} of", &part[11..12]));
        scene.expect_failed(ended, cause, before);
    }
}

#[test]
fn a_part_that_the_server_has_lost_makes_no_object() {
    let scene = Scene::of_input("upload-swallowed");
    for (part, before) in PARTS.into_iter().zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        scene
            .proxy
            .rule("PUT", part, When::Always, Act::SwallowPart);
        scene.expect_failed(scene.pput().run(), "InvalidPart", before);
    }
}

#[test]
fn an_upload_that_cannot_be_created_leaves_nothing() {
    let scene = Scene::of_snapshot("upload-create");
    let rows = [
        (Act::error(403, "AccessDenied"), "AccessDenied"),
        (Act::error(500, "InternalError"), "InternalError"),
        (Act::Refuse, "the server closed the connection"),
        (Act::Silence, "fell silent"),
        (
            Act::Answer(Message::answer(200, b"<html/>".to_vec())),
            "no InitiateMultipartUploadResult",
        ),
    ];
    for ((act, cause), before) in rows.into_iter().zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        let run = waiting_for(&act, scene.backup());
        scene.proxy.rule("POST", "uploads=", When::Always, act);
        let ended = run.run();
        expect_said(&ended, "create upload of");
        scene.expect_failed(ended, cause, before);
    }
}

#[test]
fn a_refused_part_ends_an_upload_whose_source_neither_goes_on_nor_ends() {
    let scene = Scene::of_snapshot("upload-idle");
    let denied = Act::error(403, "AccessDenied");
    scene.proxy.rule("PUT", "partNumber=", When::Always, denied);
    let input = scene.whole.clone();
    let idle = move |pipe: &mut dyn std::io::Write| {
        pipe.write_all(&input)?;
        thread::sleep(Duration::from_secs(600));
        Ok(())
    };
    let runs = [
        scene.pput().stdin_from(idle.clone()),
        scene.pput().stdin_from(idle).env("CONCURRENCY", "1"),
        scene.backup().env("SHIM_zfs", "send stall=11000000"),
    ];
    for run in runs {
        let ended = run.patience(Duration::from_secs(15)).run();
        scene.expect_failed(ended, "AccessDenied", None);
    }
}

#[test]
fn a_slow_server_is_waited_for() {
    let scene = Scene::of_input("upload-slow");
    scene
        .proxy
        .rule("PUT", "partNumber=", When::Always, Act::Throttle(6 << 20));
    scene.expect_done(scene.pput().run());
}

#[test]
fn a_server_that_is_gone_for_good_leaves_an_upload_that_is_named() {
    let before = BEFORE[1];
    let scene = Scene::of_snapshot("upload-gone");
    scene.prepare(before);
    scene.proxy.rule(
        "PUT",
        PARTS[1],
        When::Always,
        Act::Delay(Duration::from_secs(60)),
    );
    let mut running = scene.backup().start();
    running.until("the second part", || scene.proxy.count("PUT", PARTS[1]) > 0);
    scene.proxy.close();
    let ended = running.wait().expect_status(1).expect_no_children();
    expect_said(&ended, "upload part");
    expect_said(&ended, "connection refused");
    let (_, id) = scene.z3.bucket.uploads(&scene.z3.prefix).remove(0);
    expect_said(&ended, &format!("the unfinished upload {id} stays"));
    assert_eq!(ended.text(), "");
    scene.remove_upload();
    scene.expect_untouched(before);
}

#[test]
fn an_abort_that_is_refused_is_told_beside_the_cause() {
    let scene = Scene::of_snapshot("upload-abort");
    for before in BEFORE {
        scene.prepare(before);
        scene
            .proxy
            .rule(
                "PUT",
                PARTS[2],
                When::Always,
                Act::error(400, "InvalidArgument"),
            )
            .rule(
                "DELETE",
                "uploadId=",
                When::Always,
                Act::error(403, "AccessDenied"),
            );
        let ended = scene.backup().run().expect_status(1).expect_no_children();
        let (_, id) = scene.z3.bucket.uploads(&scene.z3.prefix).remove(0);
        expect_said(
            &ended,
            &format!("AccessDenied: said the proxy; the unfinished upload {id} stays"),
        );
        let last = ended.stderr.lines().last().unwrap();
        assert!(
            last.contains("upload part 3 of") && last.contains("InvalidArgument"),
            "{last}"
        );
        scene.remove_upload();
        scene.expect_untouched(before);
    }
}

#[test]
fn only_what_was_stored_before_the_failure_is_announced() {
    let scene = Scene::of_snapshot("upload-second");
    scene.z3.dataset.write("later", b"more").snapshot("2");
    let denied = Act::error(403, "AccessDenied");
    scene.proxy.rule("PUT", "%402?", When::Always, denied);
    let backup = || hasty(scene.z3.z3(["backup", "--no-resume"])).env("COMPRESSOR", "none");
    let announced = |ended: Ended, snapshot: &str| {
        let whole = format!(
            "Successfuly backed up {}@{snapshot}: ",
            scene.z3.dataset.name
        );
        assert!(ended.text().starts_with(&whole), "{}", ended.text());
        assert_eq!(ended.text().lines().count(), 1);
    };
    let ended = backup().run().expect_status(1).expect_no_children();
    expect_said(&ended, "AccessDenied");
    announced(ended, "1");
    scene.expect_whole();
    assert_eq!(scene.z3.keys().len(), 1);
    scene.proxy.heal();
    announced(backup().run().expect_ok(), "2");
    assert_eq!(scene.z3.keys().len(), 2);
}

#[test]
fn a_policy_of_old_is_enough_for_a_backup() {
    let scene = Scene::of_snapshot("upload-policy");
    let denied = || Act::error(403, "AccessDenied");
    scene
        .proxy
        .rule("GET", "uploads=", When::Always, denied())
        .rule("GET", "uploadId=", When::Always, denied())
        .rule("", "/.z3/", When::Always, denied())
        .rule("DELETE", "", When::Always, denied());
    let ended = scene.expect_done(scene.backup().run());
    expect_said(&ended, "AccessDenied");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

/// Who breaks in shall not be able to delete backups: that is no mistake, and no reason for a mail every day.
#[test]
fn an_append_only_policy_is_nothing_to_warn_of() {
    let scene = Scene::of_snapshot("upload-append");
    let denied = Act::error(403, "AccessDenied");
    scene.proxy.rule("DELETE", "", When::Always, denied);
    let ended = scene.expect_done(scene.backup().run());
    assert_eq!(ended.stderr, "");
}
