//! What z3 is started in, and what it lets out: closed and full outputs, ignored signals, secrets, and strangers' words.

use std::fs;

use crate::support::{ENV, Z3, share};

/// z3 with secrets in its environment, and a zfs that writes down what it is given.
fn seen_by_a_child(z3: &Z3, what: &str) -> String {
    let file = z3.dir().join("seen");
    let script = format!("{what} >{}; exec zfs \"$@\"", file.display());
    z3.replace("zfs", &script);
    let token = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a-token");
    let run = z3.shell("ulimit -c unlimited; z3 backup");
    let run = run.env("AWS_SECRET_ACCESS_KEY", "another-secret");
    run.env(token.0, token.1).run().expect_ok();
    fs::read_to_string(file).unwrap()
}

#[test]
fn no_child_gets_a_secret() {
    let z3 = Z3::new("secrets");
    z3.dataset.history(&["a"]);
    let environment = seen_by_a_child(&z3, "env");
    assert!(environment.contains("LC_ALL=C"), "{environment}");
    let secrets = [&ENV.secret, &ENV.key_id, "another-secret", "a-token"];
    for secret in secrets {
        assert!(!environment.contains(secret), "{environment}");
    }
}

#[test]
fn a_crash_leaves_no_core_dump() {
    let z3 = Z3::new("core");
    z3.dataset.history(&["a"]);
    let limits = seen_by_a_child(&z3, "cat /proc/$PPID/limits");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let soft = line.unwrap().split_whitespace().nth(4).unwrap();
    // One byte makes no file, and none goes to a program either.
    assert_eq!(soft, "1", "{limits}");
}

#[test]
fn a_parent_that_ignores_sigchld_does_no_harm() {
    let z3 = Z3::new("sigchld");
    z3.dataset.history(&["a", "b"]);
    let script = "env --ignore-signal=CHLD z3 backup && env --ignore-signal=CHLD z3 status";
    let ended = z3.shell(script).run().expect_ok();
    assert_eq!(ended.stderr, "");
    assert_eq!(z3.keys().len(), 2);
}

#[test]
fn an_object_that_nobody_gets_is_an_error() {
    let z3 = Z3::new("closed");
    let key = z3.key("k");
    z3.bucket.put(&key, b"bytes", &[]);
    let script = format!("z3_get {key} >&-; echo $? >&2; z3_get {key} >/dev/null; echo $?");
    let ended = z3.shell(&script).run().expect_ok();
    assert_eq!(ended.text(), "0\n");
    assert!(
        ended
            .stderr
            .starts_with("z3_get: write to standard output: it is closed\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.ends_with("\n1\n"), "{}", ended.stderr);
}

#[test]
fn a_full_disk_under_the_log_stops_no_backup() {
    let z3 = Z3::new("log-full");
    z3.dataset.history(&["a", "b", "c"]);
    let ended = z3.shell("z3 backup >/dev/full").run().expect_status(1);
    let words = "z3: write to standard output: no space left on device\n";
    assert_eq!(ended.stderr, words);
    assert_eq!(
        z3.keys(),
        ["a", "b", "c"].map(|name| format!("{}@{name}", z3.dataset.name))
    );
}

/// The kernel would end a program whose file may not grow: that of the lock, of the log, or what is fetched.
#[test]
fn a_file_that_may_not_grow_ends_no_run() {
    let z3 = Z3::new("file-size");
    z3.dataset.history(&["a", "b"]);
    let limited = |script: &str| {
        let script = format!("cd {} && {script}", z3.dir().display());
        z3.shell(&script).run().expect_status(1).stderr
    };
    let words = "z3: write to standard output: file too large\n";
    assert_eq!(limited("ulimit -f 0; z3 backup >log"), words);
    assert_eq!(z3.keys().len(), 2);
    let get = format!("ulimit -f 1; z3_get {} >got", z3.snapshot_key("a"));
    let said = limited(&get);
    assert!(said.contains("file too large"), "{said}");
}

/// glibc's heaps take 64 MiB of addresses each, and a refused allocation is the program's end.
#[test]
fn few_addresses_are_enough_for_fewer_workers() {
    let z3 = Z3::new("addresses");
    z3.dataset.history(&["a", "b"]);
    let run = |limit, compressor, commands| {
        let run = z3.shell(&format!("ulimit -v {limit}; {commands}"));
        let ended = run.env("COMPRESSOR", compressor).run().expect_ok();
        assert_eq!(ended.stderr, "", "{limit} {compressor}");
    };
    let limits = [90_000, 150_000, 220_000, 300_000];
    let cases = limits
        .iter()
        .flat_map(|limit| ["pigz1", "zstd", "none"].map(|one| (limit, one)));
    for (limit, compressor) in share(3, cases) {
        run(
            limit,
            compressor,
            "z3 backup --full --snapshot b && z3 verify",
        );
        z3.dataset.destroy();
        run(limit, compressor, "z3 restore b");
    }
}

/// Whoever may write to the bucket can neither steer the terminal of whoever looks, nor forge a line of ours.
#[test]
fn no_strangers_word_is_more_than_a_word() {
    let z3 = Z3::new("strangers");
    z3.dataset.history(&["a"]);
    let evil = "\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{200b}\nz3: all is well\n";
    let key = z3.snapshot_key(&format!("b{evil}"));
    z3.bucket
        .put(&key, b"junk", &[("isfull", "true"), ("size", "1")]);
    let encoded = "%1B%5B31mEVIL%0Az3: all is well%C2%9B";
    let metadata = [("isfull", "true"), ("compressor", encoded)];
    z3.bucket.put(
        &z3.snapshot_key("a"),
        &z3.dataset.send(None, "a"),
        &metadata,
    );
    let wanted = format!("b{evil}");
    let runs: [&[&str]; 7] = [
        &["status"],
        &["status", "--json"],
        &["verify"],
        &["verify", "--json"],
        &["-v", "restore", "--dry-run", &wanted],
        &["-v", "restore", &wanted],
        &["-v", "restore", "a"],
    ];
    for arguments in runs {
        let ended = z3.z3(arguments.iter().copied()).run();
        for text in [ended.text(), &ended.stderr] {
            let steers = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
            assert!(!text.contains(steers), "{arguments:?}: {text:?}");
            let forged = text.lines().any(|line| line.starts_with("z3: all is well"));
            assert!(!forged, "{arguments:?}: {text}");
        }
    }
}

/// zfs-fuse has no bookmarks: that costs one line for who wants to know all (`-vv`), and a base that is gone is gone.
#[test]
fn without_bookmarks_all_is_as_ever() {
    let z3 = Z3::new("no-bookmarks");
    z3.dataset.history(&["a", "b"]);
    let notices = |run: crate::support::Run, status| {
        let said = run.run().expect_status(status).stderr;
        let notice = |line: &&str| line.contains("no bookmark ");
        let told = said.lines().filter(notice).count();
        assert!(!said.contains("usage"), "{said}");
        (told, said)
    };
    assert_eq!(notices(z3.z3(["-v", "backup"]), 0).0, 0);
    assert_eq!(notices(z3.z3(["-vv", "backup"]), 0).0, 1);
    let off = z3.z3(["-vv", "backup"]).env("BOOKMARKS", "off");
    assert_eq!(notices(off, 0).0, 0);
    assert_eq!(notices(z3.z3(["backup"]), 0), (0, String::new()));
    z3.dataset.destroy();
    z3.dataset.history(&["c"]);
    let (told, said) = notices(z3.z3(["-v", "backup"]), 1);
    assert_eq!(told, 1);
    assert!(said.contains("both stored and still in the pool"), "{said}");
}
