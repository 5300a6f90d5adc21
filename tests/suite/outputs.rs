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
