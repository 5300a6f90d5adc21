//! `z3 restore --at`: the newest backup that is no newer than a time.

use std::thread;
use std::time::Duration;

use crate::support::{Dataset, Z3};

/// Three snapshots of different seconds, stored, and the times of them.
fn stored(test: &str) -> (Z3, [String; 3]) {
    let z3 = Z3::new(test);
    let times = ["a", "b", "c"].map(|name| {
        z3.dataset.history(&[name]);
        thread::sleep(Duration::from_millis(1_100));
        date(&z3, &z3.dataset.creation(name), 0)
    });
    z3.says(["backup"]);
    (z3, times)
}

/// The second so many seconds after another one, as RFC 3339 has it.
fn date(z3: &Z3, seconds: &str, after: i64) -> String {
    let seconds = seconds.parse::<i64>().unwrap() + after;
    let told = z3.piped(
        &format!("date -u -d @{seconds} +%Y-%m-%dT%H:%M:%SZ"),
        Vec::new(),
    );
    String::from_utf8(told).unwrap().trim().to_owned()
}

#[test]
fn the_backup_of_a_time_comes_back() {
    let (z3, [a, b, c]) = stored("at");
    let name = &z3.dataset.name;
    let to = Dataset::named(format!("{name}-to"));
    let told = z3.says(["restore", "--to", &to.name, "--at", &b, "--dry-run"]);
    assert!(
        told.starts_with(&format!("# {name}@b of {b}\nz3_get ")),
        "{told}"
    );
    z3.shell(&format!("set -e\n{told}")).run().expect_ok();
    assert_eq!(to.snapshots(), ["a", "b"]);
    to.destroy();
    for (time, wanted, made) in [
        (a.replace('T', " "), "a", &a),
        (b.clone(), "b", &b),
        ("now".into(), "c", &c),
    ] {
        let told = z3.says(["restore", "--to", &to.name, "--at", &time]);
        assert_eq!(told, format!("{name}@{wanted} of {made}\n"), "{time}");
        assert_eq!(to.snapshots().last().map(String::as_str), Some(wanted));
    }
    to.destroy();
    let before = date(&z3, &z3.dataset.creation("a"), -1);
    let said = z3.refuses(["restore", "--at", &before]);
    let words = format!(
        "z3: no backup of {name} is of {before} or older\nz3: the oldest that can be restored is @a of {a}\n"
    );
    assert_eq!(said, words);
    let said = z3.refuses(["restore", "--at", "36h"]);
    assert!(said.contains("is of "), "{said}");
    // Thawing is for the same chain. Here everything can be read.
    z3.dataset.destroy();
    let told = z3.says(["thaw", "--at", &b]);
    assert!(told.starts_with(&format!("{name}@b of {b}\n")), "{told}");
    assert!(
        told.contains("\na ") && told.contains("\nb ") && !told.contains("\nc "),
        "{told}"
    );
    let told = z3.says(["restore", "--thaw", "--at", &b]);
    assert_eq!(told, format!("{name}@b of {b}\n"));
    assert_eq!(z3.dataset.snapshots(), ["a", "b"]);
}

#[test]
fn what_cannot_be_restored_is_passed_over_aloud() {
    let (z3, [_, b, c]) = stored("at-broken");
    let name = &z3.dataset.name;
    let to = format!("{name}-to");
    let say = |expected: &str, problem: &str| {
        let run = z3.z3(["restore", "--dry-run", "--at", "now", "--to", &to]);
        let ended = run.run().expect_ok();
        assert!(
            ended
                .text()
                .starts_with(&format!("# {name}@{expected} of ")),
            "{}",
            ended.text()
        );
        assert!(ended.stderr.contains(problem), "{}", ended.stderr);
    };
    let key = z3.snapshot_key("c");
    let metadata: Vec<_> = z3.bucket.head(&key).unwrap().metadata.into_iter().collect();
    let metadata: Vec<(&str, &str)> = metadata
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let body = z3.bucket.get(&key);
    z3.bucket.put(&key, b"junk", &metadata);
    say("b", "@c, which is nearer to ");
    // Metadata may say what they like: the stream tells when it was made.
    let b_made = z3.dataset.creation("b");
    let forged: Vec<_> = metadata
        .iter()
        .map(|&(name, value)| (name, if name == "creation" { &b_made } else { value }))
        .collect();
    z3.bucket.put(&key, &body, &forged);
    let told = z3.says(["restore", "--dry-run", "--at", &b, "--to", &to]);
    assert!(told.starts_with(&format!("# {name}@b of {b}\n")), "{told}");
    z3.bucket.delete(&z3.snapshot_key("b"));
    say("a", "@c, which is nearer to ");
    let said = z3
        .z3(["restore", "--at", &c, "c"])
        .run()
        .expect_status(2)
        .stderr;
    assert!(
        said.contains("--at and SNAPSHOT exclude each other"),
        "{said}"
    );
    let said = z3
        .z3(["restore", "--at", "yesterday"])
        .run()
        .expect_status(2)
        .stderr;
    assert!(
        said.contains("--at: expected a time like 2026-11-28 (its end)"),
        "{said}"
    );
}
