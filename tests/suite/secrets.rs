//! What the processes that z3 starts, and those that these start and leave behind, can know of its secrets; and what a crash
//! writes down.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::Duration;

use crate::support::{ENV, Ended, Gpg, Remote, Run, Z3};

const MARK: &str = "Z3T_MARK";

/// Secrets in every variable that z3 knows; all it starts can be told by a mark of this corner.
fn secretive(z3: &Z3, run: Run) -> Run {
    run.env(MARK, &z3.prefix)
        .env("S3_KEY_ID", &ENV.key_id)
        .env("S3_SECRET", &ENV.secret)
        .env("AWS_ACCESS_KEY_ID", "secret-id")
        .env("AWS_SECRET_ACCESS_KEY", "secret-key")
        .env("AWS_SESSION_TOKEN", "secret-token")
        .env("AWS_SECURITY_TOKEN", "secret-old-token")
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret-container")
}

/// Names and environments of the living processes with this corner's mark, but for z3's own, which have the secrets.
fn marked(z3: &Z3) -> BTreeSet<(String, String)> {
    let mark = format!("{MARK}={}", z3.prefix);
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let seen = processes.filter_map(|entry| {
        let read = |name: &str| fs::read(entry.path().join(name)).ok();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace('\0', "\n");
        // In this order: what is still z3 when its program is read is left out, whatever it becomes in the next moment.
        let program = fs::read_link(entry.path().join("exe")).ok()?;
        let environment = text(read("environ")?);
        let own = program.parent() == std::path::Path::new(env!("CARGO_BIN_EXE_z3")).parent();
        let ours = environment.lines().any(|line| line == mark) && !own;
        ours.then(|| Some((text(read("comm")?).trim().to_owned(), environment)))?
    });
    seen.collect()
}

/// Runs it, and looks at everything that it starts.
fn watched(z3: &Z3, run: Run) -> (Ended, BTreeSet<(String, String)>) {
    let (mut running, mut seen) = (secretive(z3, run).start(), BTreeSet::new());
    while running.alive() {
        for (name, environment) in marked(z3) {
            z3.file(&format!("seen.{name}"), "");
            seen.insert((name, environment));
        }
        thread::sleep(Duration::from_millis(1));
    }
    (running.wait(), seen)
}

fn expect_harmless(seen: &BTreeSet<(String, String)>, names: &[&str]) {
    for (name, environment) in seen {
        for secret in [&ENV.secret, &ENV.key_id, "secret-"] {
            assert!(!environment.contains(secret), "{name}: {environment}");
        }
    }
    let known: BTreeSet<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
    for name in names {
        assert!(known.contains(name), "{name} was not seen, but {known:?}");
    }
}

#[test]
fn no_process_that_comes_of_a_backup_knows_a_secret() {
    let z3 = Z3::new("environ");
    let gpg = Gpg::new(&z3, "somebody@example.com");
    z3.dataset.history(&["a"]);
    // None is gone before it was seen.
    let seen = z3.dir().join("seen");
    for program in ["zfs", "pigz", "gpg"] {
        let wait = format!(
            "until [ -e {}.{program} ]; do sleep 0.01; done",
            seen.display()
        );
        z3.replace(program, &format!("{wait}; exec {program} \"$@\""));
    }
    let here = |run: Run| run.env("GNUPGHOME", &gpg.home);
    let pigz = z3.z3(["backup", "--compressor", "pigz1"]);
    let (ended, seen) = watched(&z3, here(pigz).env("GZIP_ENGINE", "pigz"));
    ended.expect_ok();
    expect_harmless(&seen, &["zfs", "pigz"]);
    let secret = [
        "backup",
        "--full",
        "--compressor",
        "gpg",
        "--gpg-recipient",
        "somebody@example.com",
    ];
    let (ended, seen) = watched(&z3, here(z3.z3(secret)));
    ended.expect_ok();
    expect_harmless(&seen, &["zfs", "gpg"]);
    // The agent that knows the key is to be z3's own grandchild.
    here(z3.shell("gpgconf --kill all")).run().expect_ok();
    here(z3.z3(["verify"]))
        .env(MARK, &z3.prefix)
        .run()
        .expect_ok();
    expect_harmless(&marked(&z3), &["gpg-agent"]);
}

#[test]
fn no_process_that_comes_of_a_sync_knows_a_secret() {
    let z3 = Z3::new("environ-ssh");
    z3.dataset.history(&["a"]);
    let remote = Remote::of(&z3);
    let to = format!("{}/copy", z3.dataset.name);
    let names = ["--dataset", &z3.dataset.name, "--remote-dataset", &to];
    let (ended, seen) = watched(&z3, remote.sync(&z3, names));
    ended.expect_ok();
    expect_harmless(&seen, &["ssh"]);
}

/// What a quit asks for is a picture of the memory, in which the secret key stands.
#[test]
fn a_quit_leaves_no_core_file() {
    let z3 = Z3::new("quit");
    z3.dataset.create();
    z3.replace("zfs", "kill -QUIT $PPID; exec sleep 0.1");
    let script = "cd $TMPDIR; ulimit -c unlimited; z3 status; echo $?; ls";
    let ended = z3.shell(script).run().expect_ok();
    assert_eq!(ended.text(), "131\n");
    assert!(!ended.stderr.contains("core"), "{}", ended.stderr);
    // A program without such care does leave one, or says so: what was looked for could be seen.
    let script = "cd $TMPDIR; ulimit -c unlimited; sh -c 'kill -QUIT $$'; echo $?; ls";
    let ended = z3.shell(script).run().expect_ok();
    assert!(ended.stderr.contains("core"), "{}", ended.stderr);
}
