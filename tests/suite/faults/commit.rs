//! Complete: done or not, heard of or not, and what z3 says when it cannot know.

use std::time::Duration;

use super::scene::{BEFORE, Scene, expect_said, waiting_for};
use crate::support::{Act, Message, Run, When};

/// The needle of Complete; Create has `uploads=`.
const COMPLETE: &str = "uploadId=";

/// Time for a second request.
fn backup(scene: &Scene) -> Run {
    scene.backup().env("RETRY_FOR", "1")
}

fn late_error(code: &str) -> Act {
    Act::error(200, code)
}

#[test]
fn an_answer_that_is_lost_once_is_found_out() {
    let scene = Scene::of_snapshot("commit-lost");
    let internal = || Message::error(500, "InternalError");
    // Done: the first three. Not done: the others.
    let acts = [
        Act::LoseReply,
        Act::ReplaceReply(internal()),
        Act::ReplaceReply(Message::error(200, "InternalError")),
        Act::Answer(internal()),
        late_error("InternalError"),
        Act::error(503, "SlowDown"),
        Act::Refuse,
        Act::Silence,
        Act::Answer(Message::answer(200, b"<html/>".to_vec())),
    ];
    for (act, before) in acts.into_iter().zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        let run = waiting_for(&act, backup(&scene));
        scene.proxy.rule("POST", COMPLETE, When::First(1), act);
        scene.expect_done(run.run());
    }
}

#[test]
fn a_refusal_is_final_and_the_former_object_stays() {
    let scene = Scene::of_snapshot("commit-refused");
    let rows = [
        (Act::error(400, "InvalidPart"), "InvalidPart"),
        (Act::error(403, "AccessDenied"), "AccessDenied"),
        (Act::error(412, "PreconditionFailed"), "PreconditionFailed"),
        (late_error("InvalidPartOrder"), "InvalidPartOrder"),
    ];
    for ((act, cause), before) in rows.into_iter().zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        scene.proxy.rule("POST", COMPLETE, When::Always, act);
        let ended = backup(&scene).run();
        expect_said(&ended, "complete upload of");
        scene.expect_failed(ended, cause, before);
    }
}

#[test]
fn without_a_verdict_the_outcome_is_unknown_and_nothing_is_aborted() {
    let scene = Scene::of_snapshot("commit-unknown");
    let acts = [
        Act::error(500, "InternalError"),
        late_error("InternalError"),
        Act::Refuse,
        Act::Silence,
    ];
    for (act, before) in acts.into_iter().zip(BEFORE.into_iter().cycle()) {
        scene.prepare(before);
        let run = waiting_for(&act, backup(&scene));
        scene.proxy.rule("POST", COMPLETE, When::Always, act);
        let ended = run.run().expect_status(1).expect_no_children();
        assert_eq!(ended.text(), "");
        expect_said(&ended, "outcome unknown: complete upload of");
        let (_, id) = scene.z3.bucket.uploads(&scene.z3.prefix).remove(0);
        expect_said(&ended, &id);
        scene.remove_upload();
        scene.expect_untouched(before);
    }
}

#[test]
fn an_unknown_outcome_may_be_a_whole_object() {
    let scene = Scene::of_input("commit-unseen");
    for before in BEFORE {
        scene.prepare(before);
        // The server does what it is asked for, and nothing that it says arrives any more.
        scene
            .proxy
            .rule("POST", COMPLETE, When::Always, Act::LoseReply)
            .rule("HEAD", "", When::Always, Act::Refuse);
        let ended = scene
            .pput()
            .env("RETRY_FOR", "1")
            .run()
            .expect_status(1)
            .expect_no_children();
        expect_said(&ended, "outcome unknown");
        assert_eq!(ended.text(), "");
        scene.expect_whole();
    }
}

#[test]
fn a_server_that_assembles_for_longer_than_its_timeout_is_waited_for() {
    let scene = Scene::of_snapshot("commit-slow");
    let slow = Act::Delay(Duration::from_millis(2500));
    scene.proxy.rule("POST", COMPLETE, When::Always, slow);
    let run = scene.backup().env("S3_TIMEOUT", "1").env("RETRY_FOR", "20");
    scene.expect_done(run.run());
    assert_eq!(scene.proxy.count("POST", COMPLETE), 1);
}
