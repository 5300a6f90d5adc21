//! What guards a part on its way.

use crate::place::Place;
use crate::support::{Act, Ended, When, noise};
use crate::verdict::Seen;

/// Bytes in two parts and a bit.
const BODY_BYTES: usize = 11 << 20;

/// An upload whose second part is damaged on its way, where the way is ours. Whether the damage was found.
fn damaged(place: &Place, payload: &str) -> (Ended, bool) {
    let (z3, proxy) = place.proxied(payload);
    if let Some(proxy) = &proxy {
        proxy.rule("PUT", "partNumber=2", When::First(1), Act::DamageBody);
    }
    let (key, body) = (z3.key("object"), noise(BODY_BYTES, 1));
    let put = z3.program("pput", ["-s", "5M", "--quiet", &key]);
    let put = put.env("PAYLOAD", payload).stdin(body.clone());
    let ended = put.run().expect_ok();
    let whole = z3.bucket.get(&key) == body;
    if let Some(proxy) = &proxy {
        let tries = proxy.count("PUT", "partNumber=2");
        assert!(!whole || tries > 1, "the damage was mended by nobody");
    } else {
        assert!(whole, "other bytes are stored");
    }
    (ended, whole)
}

const UNNOTICED: &str = "The server checks nothing: a bit that changed on its way was stored, and only `z3 verify` finds it. Use https.";

pub fn sha256(place: &Place, seen: &mut Seen) {
    let (ended, whole) = damaged(place, "sha256");
    assert_eq!(ended.stderr, "");
    seen.odd_if(!whole, UNNOTICED);
}

pub fn crc32c(place: &Place, seen: &mut Seen) {
    let (ended, whole) = damaged(place, "crc32c");
    let unknown = ended.stderr.contains("does not know CRC-32C");
    assert!(unknown || ended.stderr.is_empty(), "{}", ended.stderr);
    seen.odd_if(
        unknown,
        "The server does not know CRC-32C: z3 says so once for each upload and signs the parts by their SHA-256 instead.",
    );
    seen.odd_if(!whole, UNNOTICED);
}

pub fn unsigned(place: &Place, seen: &mut Seen) {
    let (z3, body) = (place.corner("unsigned"), noise(BODY_BYTES, 1));
    let key = z3.key("object");
    let put = z3.program("pput", ["-s", "5M", "--quiet", &key]);
    let put = put.env("PAYLOAD", "unsigned").stdin(body.clone());
    let Some(tls) = place.tls() else {
        let said = put.run().expect_status(1).stderr;
        assert!(said.contains("unsigned needs an https endpoint"), "{said}");
        return seen.odd("The endpoint is http: z3 refuses PAYLOAD=unsigned there, as it should.");
    };
    let put = put.env("S3_ENDPOINT", &tls.endpoint);
    let put = match place.is_own() {
        true => put,
        false => put.env("AWS_CA_BUNDLE", crate::support::ENV.ca()),
    };
    assert_eq!(put.run().expect_ok().stderr, "");
    assert!(z3.bucket.get(&key) == body, "other bytes are stored");
}
