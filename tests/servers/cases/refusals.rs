//! What the user reads when something is wrong.

use crate::place::Place;
use crate::support::{Ended, Proxy, Run};
use crate::verdict::Seen;

/// `z3_get` of an object that is there, and `pput`, both with a setting that is wrong.
fn with(place: &Place, name: &str, value: &str) -> [Ended; 2] {
    let z3 = place.corner("wrong");
    let key = z3.key("a");
    z3.bucket.put(&key, b"content", &[]);
    let wrong = |run: Run| {
        let run = run.env(name, value);
        run.env("RETRY_FOR", "0").env("MAX_RETRIES", "0").run()
    };
    let ended = [
        wrong(z3.program("z3_get", [&key])),
        wrong(z3.program("pput", [z3.key("b")]).stdin("x")),
    ];
    let secret = &place.server.access().secret;
    for one in &ended {
        assert!(!one.stderr.contains(secret.as_str()), "the secret is told");
    }
    ended
}

const ANYBODY: &str =
    "The server looks at no signature: whoever reaches it reads, writes and deletes.";

/// What a server says that does not say which of both is wrong.
const VAGUE: [&str; 2] = ["AccessDenied", "SignatureDoesNotMatch"];

fn expect_named(place: &Place, seen: &mut Seen, name: &str, value: &str) {
    let ended = with(place, name, value);
    if ended.iter().all(|one| one.status.success()) {
        return seen.odd(ANYBODY);
    }
    let said = ended.map(|one| one.expect_status(1).stderr);
    let all = |words: &str| said.iter().all(|one| one.contains(words));
    if all(&format!("(check {name})")) {
        return;
    }
    let vague = VAGUE.iter().find(|words| all(words));
    let vague = vague.unwrap_or_else(|| panic!("{said:?}"));
    let words =
        format!("The server says `{vague}`, and so does z3, without the advice to check {name}.");
    seen.odd(words);
}

pub fn secret(place: &Place, seen: &mut Seen) {
    expect_named(place, seen, "S3_SECRET", "guess");
}

pub fn key(place: &Place, seen: &mut Seen) {
    expect_named(place, seen, "S3_KEY_ID", "NOBODY00000000000001");
}

/// AWS names the right one, for which z3 then signs; others do not look.
pub fn region(place: &Place, seen: &mut Seen) {
    let (z3, proxy) = place.proxied("region");
    let put = z3.program("pput", ["--quiet", &z3.key("a")]).stdin("x");
    let put = put.env("S3_REGION", "nowhere-1").env("RETRY_FOR", "0");
    let ended = put.run();
    if !ended.status.success() {
        let said = ended.expect_status(1).stderr;
        assert!(said.contains("create upload of"), "{said}");
        return seen.odd("The server refuses it and does not tell the right one: set S3_REGION.");
    }
    let right = format!("/{}/s3/", place.server.access().region);
    let signed_right = |proxy: &Proxy| {
        let seen = proxy.seen("", "").into_iter();
        let mut headers = seen.flat_map(|one| one.headers);
        headers.any(|(_, value)| value.contains(&right))
    };
    seen.odd_if(
        proxy.is_some_and(|proxy| !signed_right(&proxy)),
        "Any is taken: S3_REGION need not be set.",
    );
}

/// Nothing is written where a bucket would come to be that is not the user's.
pub fn bucket(place: &Place, seen: &mut Seen) {
    let name = format!("z3-test-nosuch-{}", std::process::id());
    let z3 = place.corner("nosuch");
    let elsewhere = |run: Run| run.env("BUCKET", &name).env("RETRY_FOR", "0").run();
    let ended = [
        elsewhere(z3.program("z3_get", [z3.key("a")])),
        elsewhere(z3.z3(["ls", "s1"])),
    ];
    let said = ended.map(|one| one.expect_status(1).stderr);
    let all = |words: &str| said.iter().all(|one| one.contains(words));
    let denied = all("AccessDenied");
    assert!(denied || all(&format!("no bucket {name}")), "{said:?}");
    seen.odd_if(
        denied,
        "The server says `AccessDenied` of a bucket that is not there, and so does z3.",
    );
    if place.is_own() {
        return;
    }
    let put = elsewhere(z3.program("pput", [z3.key("b")]).stdin("x"));
    seen.odd_if(
        put.status.success(),
        "`pput` into a bucket that is not there makes it. (`z3 backup` lists first, and says that there is none.)",
    );
}
