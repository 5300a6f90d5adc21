//! An object on its way back: `z3_get` writes all of it, or what it wrote is the beginning of it and it exits 1.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use super::scene::{Scene, expect_said, hasty, waiting_for};
use crate::support::ended::Ended;
use crate::support::{Act, Bucket, Message, Run, Server, When, noise};

/// A small range and six of 2 MiB, the last one not full, two at a time.
fn z3_get(scene: &Scene) -> Run {
    hasty(scene.z3.program("z3_get", [&scene.key]))
        .env("MAX_MEMORY", "4M")
        .env("MIN_PART_SIZE", "1M")
}

fn stored(test: &str) -> Scene {
    let scene = Scene::of_input(test);
    scene.prepare(Some(&scene.whole));
    scene
}

/// A failure: what was written is a true beginning of the object, and not all of it.
fn expect_beginning(scene: &Scene, ended: Ended, cause: &str) {
    let ended = ended.expect_status(1);
    expect_said(&ended, cause);
    assert!(ended.stdout.len() < scene.whole.len());
    assert!(scene.whole.starts_with(&ended.stdout));
}

fn wrong_range() -> Act {
    Act::edit(|answer| answer.set("Content-Range", "bytes 1-2097152/11534336"))
}

#[test]
fn a_range_that_fails_once_is_asked_for_again() {
    let scene = stored("download-once");
    let acts = [
        Act::CutBody(1_000_000),
        Act::CutBody(0),
        Act::StallBody(1_000_000),
        Act::error(500, "InternalError"),
        Act::error(503, "SlowDown"),
        Act::Refuse,
        Act::LoseReply,
        Act::Silence,
        wrong_range(),
    ];
    for (act, number) in acts.into_iter().zip((3..=7).cycle()) {
        scene.proxy.heal();
        let asked = scene.proxy.count("GET", &scene.key);
        let run = waiting_for(&act, z3_get(&scene));
        scene.proxy.rule("GET", &scene.key, When::Nth(number), act);
        let ended = run.run().expect_ok();
        assert!(ended.stdout == scene.whole);
        assert_eq!(
            scene.proxy.count("GET", &scene.key) - asked,
            8,
            "{number}: {}",
            ended.stderr
        );
    }
}

#[test]
fn a_range_that_always_fails_is_an_error() {
    let scene = stored("download-always");
    let rows = [
        (
            Act::CutBody(1_000_000),
            "closed the connection in the middle",
        ),
        (Act::StallBody(1_000_000), "fell silent"),
        (Act::error(500, "InternalError"), "InternalError"),
        (Act::error(403, "AccessDenied"), "AccessDenied"),
        (Act::error(404, "NoSuchKey"), "NoSuchKey"),
        (Act::Silence, "fell silent"),
        (Act::Refuse, "connection"),
        (wrong_range(), "another range"),
        (
            Act::edit(|answer| answer.set("ETag", "\"another\"")),
            "replaced",
        ),
        (
            Act::edit(|answer| answer.start = "HTTP/1.1 200 OK".into()),
            "another range",
        ),
        (
            Act::Answer(Message::answer(206, Vec::new())),
            "the answer has no ETag",
        ),
    ];
    for (act, cause) in rows {
        scene.proxy.heal();
        let run = waiting_for(&act, z3_get(&scene));
        // The small range comes, and the two after it; nothing after them does.
        scene
            .proxy
            .rule("GET", &scene.key, When::First(3), Act::edit(|_| ()))
            .rule("GET", &scene.key, When::Always, act);
        let ended = run.run();
        assert!(ended.stdout.len() >= 2 << 20, "{}", ended.stderr);
        expect_beginning(&scene, ended, cause);
    }
}

#[test]
fn an_object_that_is_replaced_meanwhile_is_not_mixed() {
    let scene = stored("download-replaced");
    let key = scene.key.clone();
    let replace = move |_: &mut Message| {
        Bucket::of(Server::Rgw).put(&key, &noise(11 << 20, 99), &[]);
    };
    scene
        .proxy
        .rule("GET", &scene.key, When::Nth(2), Act::edit(replace));
    let run = z3_get(&scene)
        .env("CONCURRENCY", "1")
        .env("MAX_MEMORY", "2M");
    expect_beginning(&scene, run.run(), "PreconditionFailed");
}

#[test]
fn a_slow_server_is_waited_for() {
    let scene = stored("download-slow");
    let slow = Act::Throttle(1_500_000);
    scene.proxy.rule("GET", &scene.key, When::Always, slow);
    // Each range takes longer than the timeout, which is for silence only.
    let run = z3_get(&scene).env("CONCURRENCY", "6");
    let ended = run.env("MAX_MEMORY", "12M").run().expect_ok();
    assert!(ended.stdout == scene.whole);
    assert_eq!(scene.proxy.count("GET", &scene.key), 7);
}

#[test]
fn an_output_that_takes_no_more_is_an_error() {
    let scene = stored("download-output");
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let ended = z3_get(&scene).stdout(writer).run().expect_status(1);
    expect_said(&ended, "write to standard output: broken pipe");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ended = z3_get(&scene).stdout(full).run().expect_status(1);
    expect_said(&ended, "write to standard output: no space left");
}

#[test]
fn a_reader_that_goes_away_ends_the_download() {
    let scene = stored("download-reader");
    let stall = Act::Delay(Duration::from_secs(60));
    scene.proxy.rule("GET", &scene.key, When::Nth(6), stall);
    let (mut reader, writer) = io::pipe().unwrap();
    let running = z3_get(&scene).stdout(writer).start();
    reader.read_exact(&mut vec![0; 1 << 20]).unwrap();
    drop(reader);
    let ended = running.wait().expect_status(1);
    expect_said(&ended, "broken pipe");
}
