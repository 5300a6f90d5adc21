//! `z3 check`, as monitoring runs it: within a time limit, on any machine, with the answer on standard output.

use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::{Act, ENV, Ended, Proxy, Run, Server, When, Z3};

/// What an agent of monitoring does: a command line with a time limit, of which it keeps stdout and the exit status.
fn agent(z3: &Z3, arguments: &str) -> Run {
    z3.shell(&format!("exec timeout --signal=KILL 60 z3 {arguments}"))
}

fn checked(z3: &Z3, arguments: &str, status: i32) -> String {
    expect(agent(z3, &format!("check {arguments}")).run(), status)
}

/// The answer, which has its state in its first line.
fn expect(ended: Ended, status: i32) -> String {
    let ended = ended.expect_status(status);
    assert_eq!(ended.stderr, "");
    let word = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][status as usize];
    let text = ended.text().to_owned();
    assert!(text.starts_with(&format!("Z3 {word} - ")), "{text}");
    text
}

fn hours_ago(hours: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    (now.as_secs() as i64 - 3600 * hours).to_string()
}

/// Puts a whole stream of the snapshot there, labelled as one of so many hours ago.
fn put(z3: &Z3, name: &str, hours: i64) {
    let creation = hours_ago(hours);
    let metadata = [("isfull", "true"), ("size", "1"), ("creation", &creation)];
    let stream = z3.dataset.send(None, name);
    z3.bucket.put(&z3.snapshot_key(name), &stream, &metadata);
}

#[test]
fn the_age_of_the_newest_backup_is_the_state() {
    let z3 = Z3::new("check");
    let name = z3.dataset.name.clone();
    let text = checked(&z3, "", 2);
    assert!(
        text.contains(&format!("{name}: no backup | '{name}'=U;;93600;0")),
        "{text}"
    );
    let allowed = agent(&z3, "check").env("ALLOW_EMPTY", "on").run();
    assert!(expect(allowed, 0).contains(": no backup, which ALLOW_EMPTY allows | "));
    z3.dataset.history(&["a", "b"]);
    z3.z3(["backup"]).run().expect_ok();
    let text = checked(&z3, "", 0);
    assert!(text.contains(&format!(" - {name}: newest ")), "{text}");
    assert!(
        text.contains(" old (@b) | ") && text.lines().count() == 1,
        "{text}"
    );
    checked(&z3, "--max-age 5d --warn-age 1d --only age", 0);
    put(&z3, "b", 30);
    put(&z3, "a", 50);
    let text = checked(&z3, "", 2);
    assert!(
        text.contains("newest 30h old (@b), more than 26h"),
        "{text}"
    );
    let text = checked(&z3, "--max-age 2d --warn-age 29h", 1);
    assert!(text.contains(";104400;172800;0"), "{text}");
    assert!(checked(&z3, "--max-age 2d --max-count 1", 1).contains("pruning is behind"));
    // What the prefix does not mean keeps nothing green.
    let other = agent(&z3, "check --max-age 2d").env("SNAPSHOT_PREFIX", "a");
    assert!(expect(other.run(), 2).contains("(@a)"));
    put(&z3, "b", -30);
    let text = checked(&z3, "--max-age 3d", 3);
    assert!(text.contains("@b was made in the future"), "{text}");
}

#[test]
fn what_does_not_say_when_it_was_made_is_asked() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("check-old").through(&proxy);
    z3.dataset.history(&["a", "b", "c", "d"]);
    for name in ["a", "b", "c", "d"] {
        let stream = z3.dataset.send(None, name);
        let metadata = [("isfull", "true"), ("size", "1")];
        z3.bucket.put(&z3.snapshot_key(name), &stream, &metadata);
    }
    let run = agent(&z3, "--json check").run().expect_ok();
    let told = run.one("check");
    assert_eq!((&told["name"], &told["exact"]), (&"d".into(), &true.into()));
    assert_eq!(told["healthy"], 4);
    // Behind gpg nobody can look: the age of the object is said to be a guess.
    let z3 = Z3::new("check-gpg");
    let metadata = [("isfull", "true"), ("size", "1"), ("compressor", "gpg")];
    z3.bucket.put(&z3.snapshot_key("a"), b"secret", &metadata);
    assert!(checked(&z3, "", 0).contains("newest about "));
}

/// As with a key of the store's encryption that is disabled: all of it is described, and nothing can be restored.
#[test]
fn a_newest_whose_bytes_are_kept_back_is_not_fine() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("check-kept-back").through(&proxy);
    z3.dataset.history(&["a"]);
    z3.z3(["backup"]).run().expect_ok();
    checked(&z3, "", 0);
    let denied = Act::error(403, "AccessDenied");
    proxy.rule("GET", "%40a", When::Always, denied);
    for arguments in ["", "--only age"] {
        let text = checked(&z3, arguments, 3);
        assert!(text.contains("the newest cannot be read ("), "{text}");
        assert!(text.contains("AccessDenied"), "{text}");
    }
}

#[test]
fn an_object_that_is_no_stream_is_no_backup() {
    let z3 = Z3::new("check-none");
    let creation = hours_ago(1);
    let metadata = [("isfull", "true"), ("size", "1"), ("creation", &creation)];
    z3.bucket.put(&z3.snapshot_key("a"), &[7; 5000], &metadata);
    let text = checked(&z3, "", 2);
    assert!(
        text.contains("no backup that can be restored, 1 are broken"),
        "{text}"
    );
}

#[test]
fn whatever_keeps_the_answer_back_there_is_one() {
    let z3 = Z3::new("check-dead");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("http://{gone}");
    let deaf = format!("http://{}", silent.local_addr().unwrap());
    for (endpoint, words) in [
        (nobody.as_str(), "connection refused"),
        (&deaf, "silent"),
        ("http://nosuch.invalid", "nosuch.invalid"),
    ] {
        let run = agent(&z3, "check --timeout 6s").env("S3_ENDPOINT", endpoint);
        let text = expect(run.run(), 3);
        assert!(
            text.contains(words) || text.contains("no answer within 6 s"),
            "{text}"
        );
    }
    z3.replace("zfs", "exec sleep 100");
    let run = agent(&z3, "check --pool --timeout 3s").run();
    assert!(expect(run.expect_no_children(), 3).contains("no answer within 3 s"));
}

#[test]
fn what_is_wrong_with_us_is_no_alarm() {
    let z3 = Z3::new("check-usage");
    for (arguments, words) in [
        ("check --bogus", "there is no flag --bogus"),
        ("--bogus check", "there is no flag --bogus"),
        ("check --max-age soon", "--max-age: expected an age"),
        ("check --only size", "expected age"),
        ("check --all tank/a", "--all takes no datasets"),
        ("--config /nosuch check", "/nosuch"),
        ("check a//b", "a//b"),
    ] {
        let text = expect(agent(&z3, arguments).run(), 3);
        assert!(text.contains(words), "{text}");
    }
    let denied = agent(&z3, "check").env("S3_SECRET", "wrong").run();
    assert!(expect(denied, 3).contains("SignatureDoesNotMatch"));
    let missing = agent(&z3, "check").env("BUCKET", "nosuch").run();
    assert!(expect(missing, 3).contains("no bucket nosuch"));
    agent(&z3, "status --bogus").run().expect_status(2);
}

#[test]
fn several_datasets_have_one_answer() {
    let z3 = Z3::new("check-many");
    z3.dataset.history(&["a"]);
    z3.z3(["backup"]).run().expect_ok();
    let (good, odd) = (&z3.dataset.name, format!("{}/o dd", z3.dataset.name));
    let text = checked(&z3, &format!("{good} '{odd}'"), 2);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].contains(&format!("- {odd}: no backup, 1 of 2 ok | '{good}'=")),
        "{text}"
    );
    assert!(lines[0].contains(&format!("'{odd}'=U;;93600;0")), "{text}");
    assert!(
        lines[1].starts_with(&format!("OK {good}: newest ")),
        "{text}"
    );
    assert_eq!(lines[2], format!("CRITICAL {odd}: no backup"));
    let file = z3.file(
        "all.conf",
        format!("[main]\n[fs:{good}]\nMAX_AGE=3d\n[fs:{odd}]\n"),
    );
    let run = agent(&z3, &format!("--config {} check --all", file.display()));
    let text = expect(run.env_remove("FILESYSTEM").run(), 2);
    assert!(text.contains(";;259200;0"), "{text}");
}

#[test]
fn uploads_that_stand_still_and_a_pool_that_is_ahead_are_warned_of() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("check-rest").through(&proxy);
    z3.dataset.history(&["a"]);
    z3.z3(["backup"]).run().expect_ok();
    let id = z3.bucket.create_upload(&z3.snapshot_key("b"), &[]);
    z3.bucket.put_part(&z3.snapshot_key("b"), &id, 1, b"part");
    checked(&z3, "", 0);
    proxy.rule("GET", "uploads", When::Always, Act::age_dates(3));
    checked(&z3, "", 0);
    proxy.rule("GET", "uploadId", When::Always, Act::age_dates(3));
    assert!(checked(&z3, "", 1).contains("1 unfinished uploads stand still"));
    checked(&z3, "--only age", 0);
    proxy.heal();
    proxy.rule(
        "GET",
        "uploads",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    checked(&z3, "", 0);
    z3.dataset.snapshot("c");
    checked(&z3, "--pool --max-age 1h", 0);
    std::thread::sleep(std::time::Duration::from_secs(3));
    let text = checked(&z3, "--pool --max-age 1s", 2);
    assert!(
        text.contains("the pool's newest @c is ") && text.contains("not stored"),
        "{text}"
    );
    z3.replace("zfs", "echo \"$*: out of order\" >&2; exit 1");
    assert!(checked(&z3, "--pool", 3).contains("the pool: "));
    // Without being asked for, it needs no pool at all.
    checked(&z3, "", 0);
    assert!(!ENV.pool.is_empty());
}
