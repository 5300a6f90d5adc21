//! An object on its way back: `z3_get` writes all of it, or what it wrote is the beginning of it and it exits 1.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use super::scene::{Scene, expect_said, hasty, waiting_for};
use crate::support::ended::Ended;
use crate::support::{Act, Bucket, Message, Run, Server, When, noise};

/// From a server that is far away a small range and eleven of 1 MiB, the last one not full, two at a time.
fn z3_get(scene: &Scene) -> Run {
    hasty(scene.z3.program("z3_get", [&scene.key]))
        .env("MAX_MEMORY", "2M")
        .env("MIN_PART_SIZE", "1M")
}

/// A small request and a long one, wherever the server is.
fn one_connection(scene: &Scene) -> Run {
    z3_get(scene).env("CONCURRENCY", "1")
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
        // The first request meets the first rule.
        scene.proxy.far(&scene.key);
        scene
            .proxy
            .rule("GET", &scene.key, When::Nth(number - 1), act);
        let ended = run.run().expect_ok();
        assert!(ended.stdout == scene.whole);
        assert_eq!(
            scene.proxy.count("GET", &scene.key) - asked,
            13,
            "{number}: {}",
            ended.stderr
        );
    }
}

#[test]
fn a_long_get_goes_on_at_the_byte_where_it_broke() {
    let scene = stored("download-goes-on");
    // However often: each time much has come, and one retry is allowed.
    for (act, requests) in [
        (Act::CutBody(1_500_000), 9),
        (Act::CutBody(5_000_000), 4),
        (Act::StallBody(3_000_000), 5),
    ] {
        scene.proxy.heal();
        let asked = scene.proxy.count("GET", &scene.key);
        let run = waiting_for(&act, one_connection(&scene));
        scene.proxy.rule("GET", &scene.key, When::Always, act);
        let ended = run.run().expect_ok();
        assert!(ended.stdout == scene.whole);
        assert_eq!(scene.proxy.count("GET", &scene.key) - asked, requests);
    }
    // Little came, and little again.
    scene.proxy.heal();
    let little = Act::CutBody(500_000);
    scene.proxy.rule("GET", &scene.key, When::Always, little);
    let ended = one_connection(&scene).run();
    expect_beginning(&scene, ended, "closed the connection in the middle");
}

#[test]
fn a_server_that_hangs_up_on_a_reader_that_sleeps_is_asked_for_the_rest() {
    let mut scene = stored("download-sleep");
    scene.whole = noise(40 << 20, 8);
    scene.prepare(Some(&scene.whole));
    let hang_up = Act::CutBody(20 << 20);
    scene.proxy.rule("GET", &scene.key, When::Nth(2), hang_up);
    let (mut reader, writer) = io::pipe().unwrap();
    let run = one_connection(&scene).env("MAX_RETRIES", "0");
    let running = run.stdout(writer).start();
    let mut got = vec![0; 1 << 20];
    reader.read_exact(&mut got).unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    reader.read_to_end(&mut got).unwrap();
    running.wait().expect_ok();
    assert!(got == scene.whole);
    assert_eq!(scene.proxy.count("GET", &scene.key), 3);
}

#[test]
fn a_range_that_always_fails_is_an_error() {
    let scene = stored("download-always");
    let rows = [
        (Act::CutBody(400_000), "closed the connection in the middle"),
        (Act::StallBody(400_000), "fell silent"),
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
        // The small range comes, and two after it, of which the second may be the one behind the next: they come over two
        // connections. Nothing after them does.
        scene
            .proxy
            .far(&scene.key)
            .rule("GET", &scene.key, When::First(2), Act::edit(|_| ()))
            .rule("GET", &scene.key, When::Always, act);
        let ended = run.run();
        assert!(ended.stdout.len() >= 1 << 20, "{}", ended.stderr);
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
    let replaced = scene.proxy.far(&scene.key);
    replaced.rule("GET", &scene.key, When::Nth(1), Act::edit(replace));
    expect_beginning(&scene, z3_get(&scene).run(), "PreconditionFailed");
}

#[test]
fn a_slow_server_is_waited_for() {
    let scene = stored("download-slow");
    let slow = Act::Throttle(750_000);
    let far = scene.proxy.far(&scene.key);
    far.rule("GET", &scene.key, When::Always, slow);
    // Each range takes longer than the timeout, which is for silence only.
    let run = z3_get(&scene).env("CONCURRENCY", "6");
    let ended = run.env("MAX_MEMORY", "6M").run().expect_ok();
    assert!(ended.stdout == scene.whole);
    assert_eq!(scene.proxy.count("GET", &scene.key), 12);
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
