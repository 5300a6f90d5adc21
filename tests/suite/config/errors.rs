//! What is wrong with a file is said with its place, and never with a secret.

use std::fs;

use super::{allow, bare, file};
use crate::support::Z3;

#[test]
fn what_others_can_do_with_the_file_is_warned_of() {
    let z3 = Z3::new("mode");
    let path = file(&z3, "");
    let run = || {
        bare(&z3, &["--config", path.to_str().unwrap(), "status"])
            .run()
            .expect_ok()
            .stderr
    };
    let at = path.display();
    let read = format!("z3: {at} holds a secret and others can read it: chmod 600 {at}\n");
    let write = format!("z3: others can write {at} and so redirect the backups: chmod 600 {at}\n");
    for (mode, wanted) in [
        (0o644, read.as_str()),
        (0o640, &read),
        (0o620, &write),
        (0o602, &write),
        (0o600, ""),
        (0o400, ""),
    ] {
        allow(&path, mode);
        assert_eq!(run(), wanted, "{mode:o}");
    }
    allow(&path, 0o600);
    std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
    let owner = format!(
        "z3: {at} belongs to another user, who can redirect the backups: chown root {at}\n"
    );
    assert_eq!(run(), owner);
}

#[test]
fn a_file_of_another_user_is_named_with_what_to_do() {
    let z3 = Z3::new("forbidden");
    let path = file(&z3, "");
    allow(&path, 0o600);
    let path = path.display();
    // By its open file: the way to it may be root's alone.
    let user = format!(
        "exec 9<$(command -v z3) && exec setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/9 --config {path} status"
    );
    let said = z3.shell(&user).run().expect_status(1).stderr;
    let wanted =
        format!("z3: read configuration {path}: permission denied\nz3: it is for its owner");
    assert!(said.starts_with(&wanted), "{said}");
}

#[test]
fn letters_of_another_time_may_stand_in_comments() {
    let z3 = Z3::new("latin1");
    let path = file(&z3, "");
    let text = fs::read(&path).unwrap();
    let run = |comment: &[u8]| {
        fs::write(&path, [&text, comment].concat()).unwrap();
        bare(&z3, &["--config", path.to_str().unwrap(), "status"]).run()
    };
    run(b"# caf\xe9\n").expect_ok();
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    let said = run(b"GPG_RECIPIENT=caf\xe9\n").expect_status(1).stderr;
    let wanted = format!(
        "z3: line {} in {}: expected UTF-8\n",
        lines + 1,
        path.display()
    );
    assert_eq!(said, wanted);
}

#[test]
fn errors_name_file_line_section_and_key_but_no_secret() {
    let z3 = Z3::new("errors");
    let path = z3.dir().join("z3.conf");
    let at = path.display().to_string();
    let said = |path: &str| {
        bare(&z3, &["--config", path, "status"])
            .run()
            .expect_status(1)
            .stderr
    };
    assert_eq!(
        said("/nosuch/z3.conf"),
        "z3: read configuration /nosuch/z3.conf: no such file or directory\n"
    );
    assert_eq!(said("/"), "z3: read configuration /: is a directory\n");
    let secret = "Hidden7Words";
    for (text, wanted) in [
        (
            "S3_SECRET=Hidden7Words\n",
            "line 1 in %: expected [main] before the first key",
        ),
        (
            "[main]\n\nHidden7Words\n",
            "line 3 in %: expected KEY=VALUE",
        ),
        (
            "[main\nS3_SECRET=Hidden7Words\n",
            "line 1 in %: expected ']' at the end of a section's name",
        ),
        (
            "[main]\nCONCURRENCY=0\n",
            "CONCURRENCY in [main] of %: expected a number from 1 to 512, got '0'",
        ),
        (
            "[main]\nS3_SECRET=Hidden7Words\nS3_SECRET=x\n",
            "S3_SECRET in [main] of %: expected once, got it twice",
        ),
        (
            "[main]\nBUCKET=b\nS3_SECRET=Hidden7Words\n",
            "S3_SECRET in [main] of %: expected S3_KEY_ID as well",
        ),
        (
            "[fs:tank/a]\nFILESYSTEM=tank/b\n",
            "FILESYSTEM in [fs:tank/a] of %: expected in [main] only",
        ),
        (
            "[main]\n",
            "BUCKET in the configuration: not set, expected in the environment or in [main] of %",
        ),
    ] {
        fs::write(&path, text).unwrap();
        allow(&path, 0o600);
        let told = said(&at);
        assert_eq!(told, format!("z3: {}\n", wanted.replace('%', &at)));
        assert!(!told.contains(secret));
    }
    let unknown = file(&z3, "KONCURRENCY=4\n[fs:no good@name]\n");
    let told = bare(&z3, &["--config", unknown.to_str().unwrap(), "status"])
        .run()
        .expect_ok();
    assert!(
        told.stderr.contains("key KONCURRENCY in [main] is unknown"),
        "{}",
        told.stderr
    );
    assert!(
        told.stderr.contains("section [fs:no good@name] is ignored"),
        "{}",
        told.stderr
    );
}
