//! SIGKILL at any moment: what is stored is whole, nobody stays behind, and the next run makes it good.
//!
//! `Z3T_KILLS` is the number of rounds; `make soak` runs many.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::scene::Scene;
use crate::support::{Run, noise};

/// The second snapshot, an increment.
struct Second {
    key: String,
    whole: Vec<u8>,
}

fn rounds() -> u64 {
    std::env::var("Z3T_KILLS").map_or(6, |text| text.parse().unwrap())
}

/// What gzip itself makes of an object.
fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    let gzip = Run::program("gzip")
        .env("PATH", "/usr/bin:/bin")
        .args(["-d"]);
    gzip.stdin(bytes).run().expect_ok().stdout
}

/// The object is the stream, or it is not there.
fn expect_whole_or_none(scene: &Scene, key: &str, whole: &[u8]) -> bool {
    let stored = scene.z3.bucket.head(key).is_some();
    assert!(
        !stored || unpacked(scene.z3.bucket.get(key)) == whole,
        "{key}"
    );
    stored
}

#[test]
fn a_killed_backup_is_made_good_by_the_next() {
    let scene = Scene::of_snapshot("kills");
    scene
        .z3
        .dataset
        .write("later", &noise(1 << 20, 9))
        .snapshot("2");
    let second = Second {
        key: scene.z3.snapshot_key("2"),
        whole: scene.z3.dataset.send(Some("1"), "2"),
    };
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    println!("seed {}", seed.as_micros());
    let dice = noise(8 * rounds() as usize, seed.as_micros() as u64);
    let start = Instant::now();
    round(&scene, &second, Duration::from_secs(60), "native");
    let longest = start.elapsed() / 2;
    for (number, dice) in dice.chunks(8).enumerate() {
        let share =
            f64::from(u32::from_le_bytes(dice[..4].try_into().unwrap())) / f64::from(u32::MAX);
        let engine = if number % 2 == 0 { "native" } else { "pigz" };
        round(&scene, &second, longest.mul_f64(share), engine);
    }
}

/// A backup that is killed after this time, and another that is not.
fn round(scene: &Scene, second: &Second, after: Duration, engine: &str) {
    println!("{engine} killed after {after:?}");
    let z3 = &scene.z3;
    z3.bucket.delete(&scene.key);
    z3.bucket.delete(&second.key);
    let backup = || z3.z3(["backup"]).env("GZIP_ENGINE", engine);
    let mut running = backup().start();
    let end = Instant::now() + after;
    while running.alive() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
    running.signal("KILL");
    let announced = running.wait().expect_no_children();
    let first = expect_whole_or_none(scene, &scene.key, &scene.whole);
    let both = expect_whole_or_none(scene, &second.key, &second.whole);
    let lines = announced.text().lines().count();
    assert!(lines <= usize::from(first) + usize::from(both) && (first || !both));
    backup().run().expect_ok().expect_no_children();
    assert!(expect_whole_or_none(scene, &scene.key, &scene.whole));
    assert!(expect_whole_or_none(scene, &second.key, &second.whole));
    for (key, id) in z3.bucket.uploads(&z3.prefix) {
        let answer = z3
            .bucket
            .ask("DELETE", &key, &[("uploadId", &id)], &[], b"");
        answer.expect(204);
    }
}
