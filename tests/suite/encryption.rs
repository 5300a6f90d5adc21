//! `S3_SSE`, `S3_SSE_KMS_KEY_ID` and `S3_HEADERS`: what goes along with all that is stored, and with nothing else.

use crate::support::proxy::Seen;
use crate::support::{Act, Proxy, Run, Server, When, Z3};

const SSE: &str = "x-amz-server-side-encryption";

fn corner(test: &str, proxy: &Proxy) -> Z3 {
    let z3 = Z3::new(test).through(proxy);
    z3.dataset.history(&["a", "b"]);
    z3
}

/// With the test key of the gateway.
fn encrypting(run: Run) -> Run {
    let run = run.env("S3_SSE", "aws:kms");
    run.env("S3_SSE_KMS_KEY_ID", "testkey-1")
}

#[test]
fn everything_that_is_stored_is_encrypted_and_comes_back() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("encryption", &proxy);
    let run = encrypting(z3.z3(["backup"])).env("S3_HEADERS", "x-z3-test: two words");
    run.run().expect_ok();
    let keys = z3.bucket.keys(&z3.prefix);
    // Two backups and their receipts.
    assert_eq!(keys.len(), 4, "{keys:?}");
    for key in keys {
        let head = z3
            .bucket
            .ask("HEAD", &key, &[], &[], b"")
            .expect(200)
            .headers;
        assert_eq!(head.get(SSE).map(String::as_str), Some("aws:kms"), "{key}");
    }
    let ended = encrypting(z3.z3(["doctor"]))
        .env("S3_HEADERS", "x-z3-test: two words")
        .run()
        .expect_status(0);
    let text = ended.text();
    assert!(
        text.contains("OK      rights: encryption: by the server: aws:kms"),
        "{text}"
    );
    let run = encrypting(z3.program("pput", [z3.key("streamed")]));
    let run = run.env("S3_HEADERS", "x-z3-test: two words");
    run.stdin(b"content").run().expect_ok();
    for name in [
        SSE,
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-z3-test",
    ] {
        goes_along(&proxy, name);
    }
    z3.dataset.destroy();
    z3.z3(["restore", "b"]).run().expect_ok();
}

/// With objects, notes, receipts and trials, and neither with parts nor with what stores nothing.
fn goes_along(proxy: &Proxy, name: &str) {
    let has = |seen: &Seen| {
        let mut names = seen.headers.iter().map(|(name, _)| name);
        names.any(|known| known.eq_ignore_ascii_case(name))
    };
    let with = |method, needle| {
        let seen = proxy.seen(method, needle);
        assert!(!seen.is_empty(), "{method} {needle}");
        seen.iter().filter(|one| has(one)).count()
    };
    let whole = proxy.count("PUT", "") - proxy.count("PUT", "partNumber");
    assert_eq!(with("PUT", ""), whole, "{name}");
    assert_eq!(with("POST", "uploads="), proxy.count("POST", "uploads="));
    for (method, needle) in [
        ("PUT", "partNumber"),
        ("POST", "uploadId="),
        ("GET", ""),
        ("HEAD", ""),
    ] {
        assert_eq!(with(method, needle), 0, "{method} {needle} {name}");
    }
}

/// An upload that was begun without is not gone on with.
#[test]
fn what_was_begun_otherwise_begins_anew() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("encryption-anew", &proxy);
    proxy.rule("POST", "uploadId=", When::Always, Act::Refuse);
    let run = z3.z3(["backup"]).env("RETRY_FOR", "0");
    run.run().expect_status(1);
    assert_eq!(z3.notes().len(), 1);
    proxy.heal();
    encrypting(z3.z3(["backup"])).run().expect_ok();
    for name in ["a", "b"] {
        let head = z3.bucket.ask("HEAD", &z3.snapshot_key(name), &[], &[], b"");
        assert_eq!(
            head.expect(200).headers.get(SSE).map(String::as_str),
            Some("aws:kms")
        );
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let z3 = Z3::new("encryption-wrong");
    for (key, value, words) in [
        ("S3_SSE", "yes", "expected AES256 or aws:kms"),
        ("S3_SSE_KMS_KEY_ID", "k", "expected S3_SSE=aws:kms as well"),
        (
            "S3_HEADERS",
            "x-amz-date: 1",
            "expected a header that z3 does not set itself",
        ),
    ] {
        let said = z3
            .z3(["status"])
            .env(key, value)
            .run()
            .expect_status(1)
            .stderr;
        assert!(said.contains(words), "{said}");
    }
}

/// The servers' own keys.
#[test]
fn keys_of_the_server_are_asked_for() {
    own_keys(Server::SeaweedFs, "AES256");
}

/// Also of moto.
pub fn own_keys(server: Server, encryption: &str) {
    let z3 = Z3::on(server, "encryption-own");
    z3.dataset.history(&["a"]);
    let tree = z3.dataset.tree();
    let run = z3.z3(["backup"]).env("S3_SSE", encryption);
    run.run().expect_ok();
    for key in z3.bucket.keys(&z3.prefix) {
        let head = z3.bucket.ask("HEAD", &key, &[], &[], b"").expect(200);
        assert_eq!(head.headers.get(SSE).map(String::as_str), Some(encryption));
    }
    z3.dataset.destroy();
    z3.z3(["restore", "a"]).run().expect_ok();
    assert!(z3.dataset.tree() == tree);
}

/// A value may be a token of somebody's gateway.
#[test]
fn what_headers_say_is_nowhere_to_be_read() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = corner("encryption-secret", &proxy);
    let with = |run: Run| run.env("S3_HEADERS", "x-gate: hush-hush");
    proxy.rule("POST", "uploadId=", When::Always, Act::Refuse);
    let ended = with(z3.z3(["-v", "-v", "backup"])).env("RETRY_FOR", "0");
    let ended = ended.run().expect_status(1);
    assert!(!ended.stderr.contains("hush"), "{}", ended.stderr);
    assert_eq!(z3.notes().len(), 1);
    for key in z3.bucket.keys(&format!("{}.z3/", z3.prefix)) {
        let text = String::from_utf8(z3.bucket.get(&key)).unwrap();
        assert!(!text.contains("hush"), "{text}");
    }
    proxy.heal();
    for arguments in [
        ["doctor"].as_slice(),
        &["doctor", "--json"],
        &["status", "--json"],
    ] {
        let ended = with(z3.z3(arguments.iter().copied())).run();
        assert!(!ended.text().contains("hush"), "{}", ended.text());
    }
    // What it waits for is held until then.
    with(z3.z3(["backup"])).run().expect_ok();
}

/// A policy that denies what is stored without this header says no more than any other refusal.
#[test]
fn a_bucket_that_demands_encryption_is_told_by_the_advice() {
    let proxy = Proxy::to(Server::SeaweedFs.endpoint());
    let z3 = Z3::on(Server::SeaweedFs, "encryption-demanded").through(&proxy);
    z3.dataset.history(&["a"]);
    let denied = || Act::error(403, "AccessDenied");
    proxy.rule("PUT", "", When::Always, denied());
    proxy.rule("POST", "uploads=", When::Always, denied());
    let advice = "set S3_SSE=AES256";
    let said = z3.z3(["backup"]).run().expect_status(1).stderr;
    assert!(said.contains(advice), "{said}");
    let ended = z3.z3(["doctor"]).run().expect_status(1);
    for right in ["store", "begin an upload"] {
        let begin = format!("FAILURE rights: {right}: ");
        let (_, said) = ended.text().split_once(&begin).unwrap();
        let hint = said.lines().nth(1).unwrap();
        assert!(
            hint.contains("s3:PutObject") && hint.contains(advice),
            "{hint}"
        );
    }
    // All that is stored has it then, and so such a policy lets it pass.
    let asked = Proxy::to(Server::SeaweedFs.endpoint());
    let z3 = z3.through(&asked);
    let with = |arguments: &[&str]| z3.z3(arguments).env("S3_SSE", "AES256");
    with(&["backup"]).run().expect_ok();
    with(&["doctor"]).run().expect_ok();
    goes_along(&asked, SSE);
}
