//! Configuration through real files, against a real server.

mod errors;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

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
fn a_file_is_found_by_flag_and_by_variable() {
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
}

/// Gives the gateway's user one more key.
fn add_key(id: &str, secret: &str) {
    let made = Command::new("radosgw-admin")
        .args([
            "key",
            "create",
            "--uid",
            "z3",
            "--access-key",
            id,
            "--secret-key",
            secret,
        ])
        .env("CEPH_CONF", ENV.dir.join("rgw/ceph.conf"))
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

#[test]
fn a_secret_is_taken_literally_and_never_shown() {
    let z3 = Z3::new("literal");
    let (id, secret) = ("Z3TESTKEY0000000002", r#""it's;#%s\\=[a]:$HOME""#);
    add_key(id, secret);
    let path = file(&z3, "");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace(&ENV.key_id, id).replace(&ENV.secret, secret);
    fs::write(&path, &text).unwrap();
    let path = path.to_str().unwrap();
    head(bare(&z3, &["--config", path, "status"]));
    fs::write(path, text.replace(secret, "\"Hidden7Words")).unwrap();
    let ended = bare(&z3, &["--config", path, "-vv", "status"])
        .run()
        .expect_status(1);
    let said = ended.stderr;
    assert!(
        said.contains("SignatureDoesNotMatch") && said.contains("(check S3_SECRET)"),
        "{said}"
    );
    assert!(!said.contains("Hidden7Words"), "{said}");
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
