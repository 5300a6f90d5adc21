//! What is wrong with a file is said with its place, and never with a secret.

use std::fs;

use super::{allow, bare, file};
use crate::support::Z3;

#[test]
fn a_secret_that_others_can_read_is_warned_of() {
    let z3 = Z3::new("mode");
    let path = file(&z3, "");
    let run = || {
        bare(&z3, &["--config", path.to_str().unwrap(), "status"])
            .run()
            .expect_ok()
            .stderr
    };
    for (mode, warned) in [(0o644, true), (0o640, true), (0o600, false), (0o400, false)] {
        allow(&path, mode);
        let wanted = format!(
            "z3: {0} holds a secret and others can read it: chmod 600 {0}\n",
            path.display()
        );
        assert_eq!(
            run(),
            if warned { wanted } else { String::new() },
            "{mode:o}"
        );
    }
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
