//! `s3_mp_cleanup`: which unfinished uploads it aborts, what it shows, and who lets it.

use std::fs;

use crate::support::{Act, Bucket, ENV, Proxy, Run, Server, When, Z3, noise};

const DAY: i64 = 24 * 3600;

/// A bucket of its own behind a proxy, as the program looks at every upload of a bucket.
struct Corner {
    z3: Z3,
    proxy: Proxy,
    bucket: Bucket,
}

impl Corner {
    fn new(test: &str) -> Self {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        Self {
            z3: Z3::new(test).through(&proxy),
            bucket: Bucket::of(Server::Rgw).named(&format!("cleanup-{test}")),
            proxy,
        }
    }

    fn upload(&self, key: &str) -> String {
        self.bucket.create_upload(key, &[])
    }

    fn cleanup<const N: usize>(&self, arguments: [&str; N]) -> Run {
        let run = self.z3.program("s3_mp_cleanup", arguments);
        run.env("BUCKET", &self.bucket.name).env("S3_TIMEOUT", "10")
    }

    /// Keys of the uploads that are still there.
    fn left(&self) -> Vec<String> {
        let uploads = self.bucket.uploads("").into_iter();
        uploads.map(|(key, _)| key).collect()
    }

    /// From now on every upload seems to have been started so many days ago.
    fn age_starts(&self, days: i64) -> &Proxy {
        self.proxy
            .rule("GET", "uploads=", When::Always, Act::age_dates(days))
    }
}

/// Mark and key of each row.
fn rows(table: &str) -> Vec<(&str, &str)> {
    let row = |line| {
        let mut cells = str::split(line, " | ");
        (cells.next().unwrap(), cells.next().unwrap().trim_end())
    };
    table.lines().skip(1).map(row).collect()
}

#[test]
fn the_table_is_the_originals_and_a_day_is_the_limit() {
    let corner = Corner::new("table");
    let long = "z3-backup/tank/longer-than-thirty-letters@zfs-auto-snap:daily-2015";
    corner.upload("a");
    corner.upload(long);
    // Fresh ones stay, and their dates are the server's words.
    let fresh = corner.cleanup([]).run().expect_ok();
    let lines: Vec<&str> = fresh.text().lines().collect();
    assert_eq!(
        lines[0],
        "A | key                            | initiated           "
    );
    let date = lines[1]
        .strip_prefix("  | a                              | ")
        .unwrap();
    assert!(
        date.len() >= 20 && date.contains('T') && date.trim_end().ends_with('Z'),
        "{date}"
    );
    assert!(lines[2].starts_with(&format!("  | {long} | 2")) && lines.len() == 3);
    assert_eq!(fresh.stderr, "");
    corner.age_starts(2);
    for (arguments, mark) in [(["--max-age", "3"], " "), (["--dry", "-v"], "X")] {
        let ended = corner.cleanup(arguments).run().expect_ok();
        assert_eq!(rows(ended.text()), [(mark, "a"), (mark, long)]);
        assert_eq!(corner.left(), ["a", long]);
    }
    let ended = corner.cleanup([]).run().expect_ok();
    assert_eq!(rows(ended.text()), [("X", "a"), ("X", long)]);
    assert_eq!(corner.left(), [""; 0]);
    let none = corner.cleanup([]).run().expect_ok();
    assert_eq!(none.text().lines().count(), 1);
}

#[test]
fn the_newest_part_is_the_age() {
    let corner = Corner::new("parts");
    for key in ["alive", "stale"] {
        let id = corner.upload(key);
        corner.bucket.put_part(key, &id, 1, &noise(1000, 1));
        corner.bucket.put_part(key, &id, 2, &noise(1000, 2));
    }
    let proxy = corner.age_starts(30);
    proxy.rule("GET", "/stale?", When::Always, Act::age_dates(2));
    let ended = corner.cleanup([]).run().expect_ok();
    assert_eq!(rows(ended.text()), [(" ", "alive"), ("X", "stale")]);
    assert_eq!(corner.left(), ["alive"]);
}

#[test]
fn the_clock_is_the_servers() {
    let corner = Corner::new("clock");
    corner.upload("a");
    // By our clock it is two days old, by the server's it is fresh.
    let days = 2;
    let fresh = Act::edit(move |answer| {
        let (Act::Edit(age), Act::Edit(shift)) =
            (Act::age_dates(days), Act::shift_clock(-days * DAY))
        else {
            unreachable!()
        };
        age(answer);
        shift(answer);
    });
    corner.proxy.rule("GET", "", When::Always, fresh);
    assert_eq!(
        rows(corner.cleanup([]).run().expect_ok().text()),
        [(" ", "a")]
    );
    // And the other way round.
    corner.proxy.heal();
    corner
        .proxy
        .rule("GET", "", When::Always, Act::shift_clock(days * DAY));
    assert_eq!(
        rows(corner.cleanup([]).run().expect_ok().text()),
        [("X", "a")]
    );
    assert_eq!(corner.left(), [""; 0]);
}

#[test]
fn whoever_may_not_list_parts_is_warned_once() {
    let corner = Corner::new("denied");
    corner.upload("a");
    corner.upload("b");
    let proxy = corner.age_starts(2);
    proxy.rule(
        "GET",
        "uploadId=",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    let ended = corner.cleanup([]).run().expect_ok();
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("AccessDenied"), "{}", ended.stderr);
    assert_eq!(rows(ended.text()), [("X", "a"), ("X", "b")]);
    assert_eq!(corner.left(), [""; 0]);
}

#[test]
fn uploads_that_vanish_meanwhile_are_no_failure() {
    let corner = Corner::new("vanish");
    let abort = |key: &'static str| {
        let (id, bucket) = (corner.upload(key), corner.bucket.name.clone());
        move || {
            let bucket = Bucket::of(Server::Rgw).named(&bucket);
            bucket.ask("DELETE", key, &[("uploadId", &id)], &[], b"");
        }
    };
    // One goes before its parts are listed, one after.
    let (early, late) = (abort("early"), abort("late"));
    corner.upload("other");
    let Act::Edit(age) = Act::age_dates(2) else {
        unreachable!()
    };
    let listed = Act::edit(move |answer| {
        age(answer);
        early();
    });
    corner.proxy.rule("GET", "uploads=", When::Always, listed);
    corner
        .proxy
        .rule("GET", "/late?", When::Always, Act::edit(move |_| late()));
    let ended = corner.cleanup([]).run().expect_ok();
    assert_eq!(ended.stderr, "");
    assert_eq!(corner.proxy.count("DELETE", "/late?"), 1);
    assert_eq!(
        rows(ended.text()),
        [(" ", "early"), ("X", "late"), ("X", "other")]
    );
    assert_eq!(corner.left(), [""; 0]);
}

#[test]
fn an_abort_that_is_refused_fails() {
    let corner = Corner::new("refused");
    corner.upload("a");
    let proxy = corner.age_starts(2);
    proxy.rule("DELETE", "", When::Always, Act::error(403, "AccessDenied"));
    let ended = corner.cleanup([]).run().expect_status(1);
    let text = "s3_mp_cleanup: abort upload of a: AccessDenied: said the proxy\n";
    assert_eq!(ended.stderr, text);
    assert_eq!(corner.left(), ["a"]);
}

#[test]
fn an_abort_that_is_refused_stops_no_other_one() {
    let corner = Corner::new("others");
    for key in ["other/1", "other/2", "z3-backup/a"] {
        corner.upload(key);
    }
    let proxy = corner.age_starts(2);
    let refusal = Act::error(403, "AccessDenied");
    proxy.rule("DELETE", "/other/", When::Always, refusal);
    let ended = corner.cleanup([]).run().expect_status(1);
    let text = "s3_mp_cleanup: abort upload of other/1: AccessDenied: said the proxy\n\
                s3_mp_cleanup: abort upload of other/2: AccessDenied: said the proxy\n";
    assert_eq!(ended.stderr, text);
    assert_eq!(corner.left(), ["other/1", "other/2"]);
}

#[test]
fn credentials_come_from_the_usual_aws_places() {
    let corner = Corner::new("chain");
    corner.upload("a");
    let chain = || {
        let keys = ["S3_KEY_ID", "S3_SECRET"];
        let run = corner.cleanup(["--dry"]);
        keys.iter().fold(run, |run, key| run.env_remove(key))
    };
    let file = |id: &str| {
        format!(
            "[default]\naws_access_key_id = {id}\naws_secret_access_key = {0}\n\
             [other]\naws_access_key_id = {1}\naws_secret_access_key = {0}\n",
            ENV.secret, ENV.key_id
        )
    };
    let shows = |run: Run| {
        let ended = run.run().expect_ok();
        assert_eq!(rows(ended.text()), [(" ", "a")], "{}", ended.stderr);
    };
    let (id, secret) = (&ENV.key_id, &ENV.secret);
    shows(
        chain()
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret),
    );
    fs::create_dir(corner.z3.dir().join("home/.aws")).unwrap();
    corner.z3.file("home/.aws/credentials", file("NOBODY"));
    shows(chain().env("AWS_PROFILE", "other"));
    let elsewhere = corner.z3.file("elsewhere", file(id));
    shows(chain().env("AWS_SHARED_CREDENTIALS_FILE", elsewhere));
    let ended = chain().run().expect_status(1);
    assert!(
        ended.stderr.contains("InvalidAccessKeyId"),
        "{}",
        ended.stderr
    );
}
