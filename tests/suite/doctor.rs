//! `z3 doctor`: what it says of a healthy place and of each thing that can be wrong with one, and that nothing of it stays.

mod buckets;
mod former;
mod init;
mod places;
mod policies;
mod slips;
mod stored;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::{Act, Ended, Proxy, Server, When, Z3};

/// A corner with snapshots of two kinds.
fn corner(test: &str) -> Z3 {
    let z3 = Z3::new(test);
    z3.dataset.create();
    z3.dataset.snapshot("daily-2026-11-27");
    z3.dataset.snapshot("weekly-2026-11-22");
    z3
}

impl Z3 {
    fn examined(&self, status: i32) -> Ended {
        self.z3(["doctor"]).run().expect_status(status)
    }

    fn nothing_is_left(&self) {
        assert_eq!(self.bucket.keys(&self.prefix), [] as [&str; 0]);
        self.expect_no_uploads();
    }
}

/// The lines that begin like this.
fn lines<'a>(ended: &'a Ended, begin: &str) -> Vec<&'a str> {
    let all = ended.text().lines();
    all.filter(|line| line.starts_with(begin)).collect()
}

/// What is said of one thing, and the advice below it.
fn said(ended: &Ended, begin: &str) -> String {
    let text = ended.text();
    let at = text
        .find(begin)
        .unwrap_or_else(|| panic!("no {begin}: {text}"));
    text[at..].lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_healthy_place_has_no_failure_and_keeps_nothing() {
    for server in [Server::Rgw, Server::SeaweedFs] {
        let z3 = Z3::on(server, "doctor");
        z3.dataset.create();
        z3.dataset.snapshot("a");
        let ended = z3.examined(0);
        assert_eq!(ended.stderr, "");
        assert_eq!(lines(&ended, "FAILURE"), [] as [&str; 0]);
        for begin in [
            "OK      configuration: S3_SECRET: [secret] (the environment)",
            "OK      credentials: source: ",
            "OK      server: connection: 127.0.0.1:",
            "OK      server: clock: as the server's",
            "OK      rights: list: allowed",
            "OK      rights: complete an upload: allowed",
            "OK      rights: delete: allowed",
            "OK      bucket: versioning: never enabled",
            "OK      zfs: dataset: ",
            "OK      zfs: snapshots: 1 of 1 are meant, the newest is a",
            "OK      machine: lock: can be taken",
        ] {
            assert_eq!(lines(&ended, begin).len(), 1, "{begin}: {}", ended.text());
        }
        assert!(!ended.text().contains(&crate::support::ENV.secret));
        z3.nothing_is_left();
    }
}

#[test]
fn each_right_is_missed_by_name() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("doctor-rights").through(&proxy);
    for (method, needle, status, begin, action) in [
        (
            "GET",
            "list-type=2",
            1,
            "FAILURE rights: list: ",
            "s3:ListBucket",
        ),
        (
            "PUT",
            "/doctor/",
            1,
            "FAILURE rights: store: ",
            "s3:PutObject",
        ),
        (
            "HEAD",
            "/doctor/",
            1,
            "FAILURE rights: describe: ",
            "s3:GetObject",
        ),
        (
            "GET",
            "/doctor/",
            1,
            "FAILURE rights: read: ",
            "s3:GetObject",
        ),
        (
            "POST",
            "uploads=",
            1,
            "FAILURE rights: begin an upload: ",
            "s3:PutObject",
        ),
        (
            "PUT",
            "partNumber",
            1,
            "FAILURE rights: store a part: ",
            "s3:PutObject",
        ),
        (
            "GET",
            "uploadId=",
            0,
            "WARNING rights: list parts: ",
            "s3:ListMultipartUploadParts",
        ),
        (
            "GET",
            "uploads=",
            0,
            "WARNING rights: list uploads: ",
            "s3:ListBucketMultipartUploads",
        ),
    ] {
        proxy.heal();
        proxy.rule(
            method,
            needle,
            When::Always,
            Act::error(403, "AccessDenied"),
        );
        let said = said(&z3.examined(status), begin);
        assert!(said.contains(action), "{said}");
        z3.nothing_is_left();
    }
}

/// An append-only policy is no failure; what it keeps from going is named.
#[test]
fn what_may_not_be_deleted_is_named() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("doctor-left").through(&proxy);
    proxy.rule("DELETE", "", When::Always, Act::error(403, "AccessDenied"));
    let ended = z3.examined(0);
    assert!(said(&ended, "WARNING rights: delete: ").contains("s3:DeleteObject"));
    assert!(said(&ended, "WARNING rights: abort an upload: ").contains("s3:AbortMultipartUpload"));
    let left = said(&ended, "WARNING rights: left behind: ");
    for key in z3.bucket.keys(&z3.prefix) {
        assert!(left.contains(&key), "{left}");
    }
    assert!(left.contains("an upload of "), "{left}");
    proxy.heal();
    // No other command takes it for anything.
    assert!(!z3.says(["status"]).contains(".z3/"));
}

#[test]
fn a_signal_takes_away_what_is_there() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("doctor-signal").through(&proxy);
    proxy.rule(
        "GET",
        "uploads=",
        When::Always,
        Act::Delay(Duration::from_secs(20)),
    );
    let mut running = z3.z3(["doctor"]).start();
    running.until("it lists uploads", || proxy.count("GET", "uploads=") > 0);
    running.signal("TERM");
    running.wait().expect_status(143);
    z3.nothing_is_left();
}

#[test]
fn what_is_missing_ends_nothing_else() {
    let z3 = corner("doctor-missing");
    let run = z3.z3(["doctor"]).env("S3_ENDPOINT", "http://127.0.0.1:1");
    let ended = run.run().expect_status(1);
    assert!(said(&ended, "FAILURE server: connection: ").contains("connection refused"));
    assert_eq!(lines(&ended, "FAILURE").len(), 1, "{}", ended.text());
    assert_eq!(lines(&ended, "OK      zfs: snapshots: ").len(), 1);

    let ended = z3
        .z3(["doctor"])
        .env("S3_SECRET", "wrong")
        .run()
        .expect_status(1);
    assert!(said(&ended, "FAILURE server: answer: ").contains("SignatureDoesNotMatch"));
    assert_eq!(lines(&ended, "FAILURE rights").len(), 0);

    let ended = z3
        .z3(["doctor"])
        .env("BUCKET", "nosuch-bucket")
        .run()
        .expect_status(1);
    assert!(said(&ended, "FAILURE server: answer: ").contains("no bucket nosuch-bucket"));

    let ended = z3
        .z3(["doctor"])
        .env_remove("BUCKET")
        .run()
        .expect_status(1);
    assert!(said(&ended, "FAILURE configuration: settings: BUCKET").contains("not set"));
    assert_eq!(lines(&ended, "OK      zfs: version: ").len(), 1);

    let said_by_zfs = "printf 'The ZFS modules are not loaded.\\nTry modprobe zfs.\\n' >&2; exit 1";
    z3.replace("zfs", said_by_zfs);
    let ended = z3.examined(1);
    assert!(said(&ended, "FAILURE zfs: ").contains("modules are not loaded. / Try modprobe"));
    assert_eq!(lines(&ended, "OK      rights: delete: allowed").len(), 1);
    z3.nothing_is_left();
}

#[test]
fn a_slip_in_the_file_and_a_prefix_without_snapshots_are_found() {
    let z3 = corner("doctor-slip");
    let file = z3.file("z3.conf", "[main]\nBUCKIT=b\nSNAPSHOT_PREFIX=hourly\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let run = z3.z3(["--config", file.to_str().unwrap(), "doctor"]);
    let ended = run.env_remove("SNAPSHOT_PREFIX").run().expect_status(1);
    let text = ended.text();
    assert!(
        text.contains("key BUCKIT in [main] is unknown and ignored"),
        "{text}"
    );
    assert!(text.contains("others can write"), "{text}");
    let snapshots = said(
        &ended,
        "FAILURE zfs: snapshots: none of 2 is meant by SNAPSHOT_PREFIX=hourly",
    );
    assert!(
        snapshots.contains("daily-* (1), weekly-* (1)"),
        "{snapshots}"
    );
    fs::write(&file, "[main]\nnonsense\n").unwrap();
    let run = z3.z3(["--config", file.to_str().unwrap(), "doctor"]);
    let ended = run.run().expect_status(1);
    assert!(said(&ended, "FAILURE configuration: file: ").contains("expected KEY=VALUE"));
}

#[test]
fn a_clock_that_is_wrong_is_a_warning() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("doctor-clock").through(&proxy);
    proxy.rule("", "", When::Always, Act::shift_clock(300));
    let ended = z3.examined(0);
    assert!(said(&ended, "WARNING server: clock: ").contains("apart from the server's"));
}
