//! How fast z3 goes: as the server asks, as `LIMIT_RATE` says, and not as slowly as its slowest connection.

use std::time::{Duration, Instant};

use super::scene::Scene;
use crate::support::{Act, When, noise};

#[test]
fn a_server_that_asks_for_less_gets_less() {
    let mut scene = Scene::of_input("speed-slowdown");
    scene.whole = noise(41 << 20, 9);
    let slow_down = Act::error(503, "SlowDown");
    let first = When::First(4);
    scene.proxy.rule("PUT", "partNumber=", first, slow_down);
    let run = scene.pput().env("CONCURRENCY", "8").env("RETRY_FOR", "60");
    let ended = scene.expect_done(run.args(["-v"]).run());
    let said = "the server asks for less: ";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert_eq!(scene.proxy.count("PUT", "partNumber="), 9 + 4);
}

#[test]
fn a_connection_far_slower_than_the_others_is_given_up() {
    let mut scene = Scene::of_input("speed-straggler");
    scene.whole = noise(40 << 20, 10);
    // A part would take 80 s; what the others make of two busy cores is still ten times that.
    let crawl = Act::Throttle(100_000);
    let once = When::First(1);
    scene.proxy.rule("PUT", "partNumber=2&", once, crawl);
    let arguments = ["-v", "--chunk-size", "8M", &scene.key];
    let pput = scene.z3.program("pput", arguments);
    let pput = pput.env("CONCURRENCY", "3").stdin(scene.whole.clone());
    let slower = "ten times slower than the others";
    let ended = scene.expect_done(pput.run());
    assert!(ended.stderr.contains(slower), "{}", ended.stderr);
    assert_eq!(scene.proxy.count("PUT", "partNumber=2&"), 2);
    // The same on the way back, once several ranges are on their way at a time.
    let get = |when, bytes_per_s| {
        let act = Act::Throttle(bytes_per_s);
        scene.proxy.rule("GET", &scene.key, when, act);
    };
    scene.proxy.far(&scene.key);
    get(When::Nth(23), 50_000);
    get(When::Always, 16 << 20);
    let z3_get = scene.z3.program("z3_get", ["-v", &scene.key]);
    let z3_get = z3_get.env("CONCURRENCY", "4").env("MAX_MEMORY", "4M");
    let ended = z3_get.env("MIN_PART_SIZE", "1M").run().expect_ok();
    assert!(ended.stdout == scene.whole);
    assert!(ended.stderr.contains(slower), "{}", ended.stderr);
    assert_eq!(scene.proxy.count("GET", &scene.key), 42);
}

#[test]
fn a_limit_is_kept_up_and_down() {
    let scene = Scene::of_input("speed-limit");
    let limit = ["--limit-rate", "4M"];
    let pput = scene
        .z3
        .program("pput", limit)
        .args(["--quiet", &scene.key]);
    let z3_get = scene.z3.program("z3_get", limit).args([&scene.key]);
    let backwards = z3_get.env("MAX_MEMORY", "16M");
    for run in [pput.stdin(scene.whole.clone()), backwards] {
        let began = Instant::now();
        let ended = run.run().expect_ok();
        // 11 MiB at 4 MiB/s, a fifth of a second of which may be made up for.
        assert!(began.elapsed() > Duration::from_millis(2500));
        assert!(ended.stdout.is_empty() || ended.stdout == scene.whole);
    }
    scene.expect_whole();
    let ended = scene.z3.program("pput", ["--limit-rate", "1K", "k"]).run();
    let stderr = ended.expect_status(2).stderr;
    assert!(
        stderr
            .starts_with("pput: --limit-rate: expected at least 4K, in bytes per second, or 0 for no limit, got '1K'"),
        "{stderr}"
    );
}
