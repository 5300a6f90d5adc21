//! A first configuration.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Server, Z3};

#[test]
fn a_first_configuration_is_written_once() {
    let z3 = Z3::new("doctor-init");
    let path = z3.dir().join("etc/z3/z3.conf");
    let init = || {
        z3.z3(["--config", path.to_str().unwrap(), "doctor", "--init"])
            .run()
    };
    init().expect_ok();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::write(&path, "[main]\n").unwrap();
    let refused = init().expect_status(1).stderr;
    assert!(refused.contains("file exists"), "{refused}");
    assert!(refused.contains("it is left as it is"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "[main]\n");
}

/// What a newcomer does: fills in what has no # before it, and nothing else is needed.
#[test]
fn what_is_to_be_filled_in_is_enough() {
    let z3 = Z3::new("doctor-first");
    let snapshots = ["autosnap_2026-11-28_daily", "autosnap_2026-11-29_hourly"];
    z3.dataset.create();
    for name in snapshots {
        z3.dataset.snapshot(name);
    }
    let path = z3.dir().join("z3.conf");
    let run = |words: &[&str]| {
        let run = z3.z3(["--config", path.to_str().unwrap()]);
        let settings = [
            "BUCKET",
            "S3_KEY_ID",
            "S3_SECRET",
            "S3_ENDPOINT",
            "S3_REGION",
        ];
        let place = ["S3_PREFIX", "FILESYSTEM", "SNAPSHOT_PREFIX"];
        let names = settings.iter().chain(&place);
        names
            .fold(run, |run, name| run.env_remove(name))
            .args(words)
    };
    run(&["doctor", "--init"]).run().expect_ok();
    let access = Server::Rgw.access();
    let mut text = fs::read_to_string(&path).unwrap();
    for (key, value) in [
        ("BUCKET", z3.bucket.name.as_str()),
        ("S3_KEY_ID", &access.key_id),
        ("S3_SECRET", &access.secret),
        ("S3_ENDPOINT", Server::Rgw.endpoint()),
        ("FILESYSTEM", &z3.dataset.name),
        ("SNAPSHOT_GLOB", "autosnap_*_daily"),
    ] {
        let open = format!("\n{key}=\n");
        assert_eq!(text.matches(&open).count(), 1, "{key} in {text}");
        text = text.replace(&open, &format!("\n{key}={value}\n"));
    }
    let live = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(live.filter(|line| line.contains('=')).count(), 6, "{text}");
    // Many tests use the bucket at a time: a place of its own.
    fs::write(
        &path,
        text.replace("#S3_PREFIX=z3-backup/", &format!("S3_PREFIX={}", z3.prefix)),
    )
    .unwrap();
    run(&["backup"]).run().expect_ok();
    assert_eq!(z3.keys(), [format!("{}@{}", z3.dataset.name, snapshots[0])]);
}
