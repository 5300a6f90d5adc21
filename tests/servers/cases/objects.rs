//! Objects that are no backups: `pput` and `z3_get`.

use crate::place::Place;
use crate::support::file_system::made;
use crate::support::noise;
use crate::verdict::Seen;

pub fn parts(place: &Place, _: &mut Seen) {
    let (z3, proxy) = place.proxied("parts");
    let (key, body) = (z3.key("object"), noise(17 << 20, 1));
    let put = z3.program("pput", ["-s", "5M", "--quiet", &key]);
    put.stdin(body.clone()).run().expect_ok();
    let stored = z3.bucket.head(&key).expect("no object");
    assert_eq!(stored.size_bytes, body.len() as u64);
    assert!(z3.bucket.get(&key) == body, "other bytes are stored");
    // As one GET, and as a far server is read: in ranges.
    let get = || z3.program("z3_get", [&key]).run().expect_ok();
    assert!(get().stdout == body, "z3_get has other bytes");
    if let Some(proxy) = proxy {
        let before = proxy.count("GET", "object");
        proxy.far("object");
        assert!(get().stdout == body, "z3_get has other bytes by ranges");
        let ranges = proxy.count("GET", "object") - before;
        assert!(ranges > 1, "{ranges} range");
    }
    let missing = z3.program("z3_get", [z3.key("nosuch")]).run();
    let missing = missing.expect_status(1);
    assert!(missing.stdout.is_empty(), "z3_get wrote something");
}

pub fn small(place: &Place, seen: &mut Seen) {
    let z3 = place.corner("small");
    let key = z3.key("small");
    let put = z3.program("pput", ["--quiet", &key]).stdin("x");
    put.run().expect_ok();
    let got = z3.program("z3_get", [&key]).run().expect_ok();
    assert_eq!(got.text(), "x");
    // What others have stored may be empty.
    let empty = z3.key("empty");
    z3.bucket.put(&empty, b"", &[]);
    let got = z3.program("z3_get", [&empty]).run().expect_ok();
    assert_eq!(got.text(), "");
    let nothing = z3.program("pput", [z3.key("nothing")]).stdin("").run();
    nothing.expect_status(1);
    assert_eq!(z3.keys(), ["empty", "small"]);
    expect_no_uploads(place, &z3, seen);
}

pub fn given_up(place: &Place, seen: &mut Seen) {
    let z3 = place.corner("given-up");
    let mut stream = made();
    stream.truncate(13 << 20);
    let put = z3.program("pput", ["-s", "5M", &z3.key("half")]);
    let ended = put.stdin(stream).run().expect_status(1);
    let said = ended.stderr;
    assert!(said.contains("the stream ends inside"), "{said}");
    assert_eq!(z3.keys(), [""; 0]);
    expect_no_uploads(place, &z3, seen);
}

/// Of a server that lists them.
pub fn expect_no_uploads(place: &Place, z3: &crate::support::Z3, seen: &mut Seen) {
    let answer = z3.bucket.ask(
        "GET",
        "",
        &[("prefix", &z3.prefix), ("uploads", "")],
        &[],
        b"",
    );
    match answer.status {
        200 => assert_eq!(z3.bucket.uploads(&z3.prefix), []),
        501 => seen.odd(
            "The server has no list of unfinished uploads, so nobody can see whether any are left.",
        ),
        other => panic!("{}: list of uploads: {other}: {}", place.name, answer.xml()),
    }
}
