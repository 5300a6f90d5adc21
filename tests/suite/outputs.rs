//! Outputs that take nothing, and what no output may show.

use crate::support::{ENV, Z3};

#[test]
fn an_output_that_takes_nothing_changes_no_status_but_that_of_help() {
    let z3 = Z3::new("outputs-full");
    let script = "z3_get nosuch 2>/dev/full; echo $?
        z3 nosuch 2>/dev/full; echo $?
        z3 --help >/dev/full; echo $?";
    let ended = z3.shell(script).run().expect_ok();
    assert_eq!(ended.text(), "1\n2\n1\n");
    assert_eq!(
        ended.stderr,
        "z3: write to standard output: no space left on device\n"
    );
}

#[test]
fn a_full_disk_under_the_lines_stops_no_restore() {
    let z3 = Z3::new("outputs-restore");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    let ended = z3.shell("z3 --json restore b >/dev/full").run();
    assert!(ended.expect_status(1).stderr.contains("no space left"));
    assert_eq!(z3.dataset.snapshots(), ["a", "b"]);
    let mounted = z3.shell(&format!("zfs get -H -o value mounted {}", z3.dataset.name));
    assert_eq!(mounted.run().expect_ok().text(), "yes\n");
}

#[test]
fn no_log_level_shows_a_secret() {
    let z3 = Z3::new("outputs-secret");
    // Dumps have 16 letters to a line: the token repeats itself, so that a line would hold it.
    let run = z3.program("pput", ["-vv", &z3.key("k")]).stdin("x");
    let ended = run
        .env_remove("S3_KEY_ID")
        .env_remove("S3_SECRET")
        .env("AWS_ACCESS_KEY_ID", &ENV.key_id)
        .env("AWS_SECRET_ACCESS_KEY", &ENV.secret)
        .env("AWS_SESSION_TOKEN", "tokEn".repeat(20))
        .env("RUST_LOG", "trace")
        .run();
    assert!(ended.stderr.contains("uploading to"), "{}", ended.stderr);
    for secret in ["tokEntokEn", "Signature=", &ENV.secret[..8]] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}

#[test]
fn a_bucket_does_not_steer_the_terminal() {
    let z3 = Z3::new("outputs-escape");
    let odd = [("parent", "x@\u{1b}[2J"), ("compressor", "\u{1b}c")];
    let metadata = odd.map(|(name, value)| (name, value.replace('\u{1b}', "%1B")));
    let metadata = metadata
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    z3.bucket.put(&z3.snapshot_key("a"), b"x", &metadata);
    let table = z3.says(["status"]);
    assert!(table.contains("| ?[2J "), "{table}");
    let said = z3.refuses(["restore", "a"]);
    assert!(!said.contains('\u{1b}'), "{said}");
}

/// What is opened next takes the number of what is closed: a socket, or the input, as standard output.
#[test]
fn closed_descriptors_get_nothing_and_change_no_status_but_their_own() {
    let z3 = Z3::new("outputs-closed");
    let (key, body) = (z3.key("k"), crate::support::noise(300_000, 1));
    z3.bucket.put(&key, &body, &[]);
    let input = z3.file("in", &body);
    for closed in 0..8 {
        let is = |number: u32| closed & (1 << number) != 0;
        let to = |number: u32| match (number, is(number)) {
            (0, false) => format!("<{}", input.display()),
            (0, true) => "<&-".to_owned(),
            (number, false) => format!("{number}>$TMPDIR/{number}"),
            (number, true) => format!("{number}>&-"),
        };
        let redirected = [to(0), to(1), to(2)].join(" ");
        let run = |command: &str| {
            let script = format!("rm -f $TMPDIR/?; {command} {redirected}");
            let status = z3.shell(&script).run().status.code().unwrap();
            let file = |number| std::fs::read(z3.dir().join(format!("tmp/{number}"))).ok();
            (status, file(1), file(2))
        };
        let (status, out, said) = run(&format!("z3_get {key}"));
        assert_eq!(status, i32::from(is(1)), "{redirected}");
        assert!(out.is_none_or(|out| out == body), "{redirected}");
        assert_eq!(said.is_some_and(|said| !said.is_empty()), is(1) && !is(2));

        let stored = z3.key(&format!("put-{closed}"));
        let (status, out, said) = run(&format!("pput {stored}"));
        assert_eq!(status, i32::from(is(0)), "{redirected}");
        assert_eq!(z3.bucket.head(&stored).is_some(), !is(0), "{redirected}");
        assert!(is(0) || z3.bucket.get(&stored) == body, "{redirected}");
        assert_eq!(out.is_some_and(|out| !out.is_empty()), !is(0) && !is(1));
        assert_eq!(said.is_some_and(|said| !said.is_empty()), is(0) && !is(2));

        let (status, out, said) = run("z3 verify --level list");
        assert_eq!(status, 1, "{redirected}: there is nothing to verify");
        assert_eq!(out.unwrap_or_default(), b"", "{redirected}");
        assert!(said.is_none_or(|said| said.starts_with(b"z3: no backup of ")));
    }
}
