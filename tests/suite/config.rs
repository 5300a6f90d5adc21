//! Configuration through real files, against a real server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{ENV, Run, Server, Z3};

/// `z3` without any setting in its environment.
fn bare(z3: &Z3, arguments: &[&str]) -> Run {
    let names = [
        "BUCKET",
        "S3_KEY_ID",
        "S3_SECRET",
        "S3_ENDPOINT",
        "S3_REGION",
        "S3_PREFIX",
        "FILESYSTEM",
        "SNAPSHOT_PREFIX",
    ];
    let run = z3.z3(arguments.iter().copied());
    names.iter().fold(run, |run, name| run.env_remove(name))
}

/// `[main]` with all that is needed; nobody but us can read it.
fn file(z3: &Z3, more: &str) -> std::path::PathBuf {
    let (endpoint, bucket, id, secret) = (
        Server::Rgw.endpoint(),
        &ENV.bucket,
        &ENV.key_id,
        &ENV.secret,
    );
    let main = format!(
        "[main]\nS3_ENDPOINT={endpoint}\nBUCKET={bucket}\nS3_KEY_ID={id}\nS3_SECRET={secret}\n"
    );
    let names = format!(
        "S3_PREFIX={}\nFILESYSTEM={}\nSNAPSHOT_PREFIX=daily\n",
        z3.prefix, z3.dataset.name
    );
    let path = z3.file("z3.conf", main + &names + more);
    allow(&path, 0o600);
    path
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What the header of the table says of dataset, prefix and place.
fn head(run: Run) -> String {
    let told = run.run().expect_ok();
    assert_eq!(told.stderr, "");
    told.text()
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("backup status for ")
        .to_owned()
}

#[test]
fn a_file_is_found_by_flag_and_by_variable_and_its_secret_is_literal() {
    let z3 = Z3::new("file");
    let path = file(&z3, "");
    let path = path.to_str().unwrap();
    let wanted = format!("{}@daily* on {}/{}", z3.dataset.name, ENV.bucket, z3.prefix);
    assert_eq!(head(bare(&z3, &["--config", path, "status"])), wanted);
    assert_eq!(head(bare(&z3, &["status"]).env("Z3_CONFIG", path)), wanted);
    assert_eq!(
        head(bare(&z3, &["--config", path, "status"]).env("Z3_CONFIG", "/nosuch")),
        wanted
    );
    assert!(
        ENV.secret.contains(['#', '%']),
        "what is tested is the suite's own secret"
    );
    // As it is written: neither cut at a comment nor unquoted.
    for secret in [
        r#""quoted""#,
        "cut ;here",
        r"back\slash",
        "per%cent",
        "half#",
    ] {
        let text = fs::read_to_string(path)
            .unwrap()
            .replace(&ENV.secret, &secret.replace(' ', ""));
        fs::write(path, text + "#").unwrap();
        let said = bare(&z3, &["--config", path, "status"])
            .run()
            .expect_status(1)
            .stderr;
        assert!(
            said.contains("SignatureDoesNotMatch") && said.contains("(check S3_SECRET)"),
            "{said}"
        );
        assert!(!said.contains(&secret[1..5]), "{said}");
        file(&z3, "");
    }
}

#[test]
fn a_flag_beats_the_environment_that_beats_the_section_that_beats_main() {
    let z3 = Z3::new("precedence");
    let (name, other) = (&z3.dataset.name, format!("{}-other", z3.dataset.name));
    let sections =
        format!("[fs:{name}]\nSNAPSHOT_PREFIX=section\n[fs:{other}]\nS3_PREFIX=elsewhere\n");
    let path = file(&z3, &sections);
    let status = |arguments: &[&str], env: &[(&str, &str)]| {
        let arguments = [
            &["--config", path.to_str().unwrap()],
            arguments,
            &["status"],
        ]
        .concat();
        let run = bare(&z3, &arguments);
        head(
            env.iter()
                .fold(run, |run, (name, value)| run.env(name, *value)),
        )
    };
    let (bucket, prefix) = (&ENV.bucket, &z3.prefix);
    assert_eq!(
        status(&[], &[]),
        format!("{name}@section* on {bucket}/{prefix}")
    );
    assert_eq!(
        status(&[], &[("SNAPSHOT_PREFIX", "env")]),
        format!("{name}@env* on {bucket}/{prefix}")
    );
    let flags = ["--snapshot-prefix", "flag"];
    assert_eq!(
        status(&flags, &[("SNAPSHOT_PREFIX", "env")]),
        format!("{name}@flag* on {bucket}/{prefix}")
    );
    // The section is that of the dataset that is worked on, wherever its name comes from.
    assert_eq!(
        status(&["--dataset", &other], &[]),
        format!("{other}@daily* on {bucket}/elsewhere/")
    );
    assert_eq!(
        status(&[], &[("FILESYSTEM", &other)]),
        format!("{other}@daily* on {bucket}/elsewhere/")
    );
}

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
            "line 1 in FILE: expected [main] before the first key",
        ),
        (
            "[main]\n\nHidden7Words\n",
            "line 3 in FILE: expected KEY=VALUE",
        ),
        (
            "[main\nS3_SECRET=Hidden7Words\n",
            "line 1 in FILE: expected ']' at the end of a section's name",
        ),
        (
            "[main]\nCONCURRENCY=0\n",
            "CONCURRENCY in [main] of FILE: expected a number from 1 to 512, got '0'",
        ),
        (
            "[main]\nS3_SECRET=Hidden7Words\nS3_SECRET=x\n",
            "S3_SECRET in [main] of FILE: expected once, got it twice",
        ),
        (
            "[main]\nBUCKET=b\nS3_SECRET=Hidden7Words\n",
            "S3_SECRET in [main] of FILE: expected S3_KEY_ID as well",
        ),
        (
            "[fs:tank/a]\nFILESYSTEM=tank/b\n",
            "FILESYSTEM in [fs:tank/a] of FILE: expected in [main] only",
        ),
        (
            "[main]\n",
            "BUCKET in the configuration: not set, expected in the environment or in [main] of FILE",
        ),
    ] {
        fs::write(&path, text).unwrap();
        allow(&path, 0o600);
        let told = said(&at);
        assert_eq!(told, format!("z3: {}\n", wanted.replace("FILE", &at)));
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
