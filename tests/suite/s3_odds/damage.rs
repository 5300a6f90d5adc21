//! Bits that change on the way are noticed by the server, by whichever means it has, and sent again.

use crate::support::{Act, Proxy, Server, When, Z3, noise};

#[test]
fn a_damaged_part_is_refused_and_sent_again() {
    for server in [Server::Rgw, Server::SeaweedFs] {
        let proxy = Proxy::to(server.endpoint());
        let z3 = Z3::on(server, "damage").through(&proxy);
        proxy.rule("PUT", "partNumber=2", When::First(1), Act::DamageBody);
        let body = noise(11 << 20, 1);
        z3.program("pput", ["-s", "5M", "--quiet", &z3.key("a")])
            .stdin(body.clone())
            .run()
            .expect_ok();
        assert_eq!(proxy.count("PUT", "partNumber=2"), 2, "{server:?}");
        assert_eq!(proxy.count("PUT", "partNumber="), 4, "{server:?}");
        assert!(z3.bucket.get(&z3.key("a")) == body, "{server:?}");
    }
}

#[test]
fn damage_that_does_not_end_is_an_error() {
    for server in [Server::Rgw, Server::SeaweedFs] {
        let proxy = Proxy::to(server.endpoint());
        let z3 = Z3::on(server, "damaged").through(&proxy);
        proxy.rule("PUT", "partNumber=", When::Always, Act::DamageBody);
        let put = z3.program("pput", [z3.key("a")]).stdin(noise(100_000, 1));
        let ended = put.env("MAX_RETRIES", "1").env("RETRY_FOR", "1").run();
        let ended = ended.expect_status(1);
        assert!(
            ended.stderr.contains("upload part 1 of"),
            "{}",
            ended.stderr
        );
        assert_eq!(
            proxy.count("PUT", "partNumber="),
            2,
            "{server:?}: {}",
            ended.stderr
        );
        assert_eq!(z3.keys(), [""; 0]);
        z3.expect_no_uploads();
    }
}

#[test]
fn checksums_are_declared_and_kept() {
    let proxy = Proxy::to(Server::SeaweedFs.endpoint());
    let z3 = Z3::on(Server::SeaweedFs, "sums").through(&proxy);
    let set = &z3.dataset;
    set.create().write("a", &noise(11 << 20, 1)).snapshot("1");
    set.write("b", &noise(100_000, 2)).snapshot("2");
    let backup = z3.z3(["backup", "--compressor", "none"]);
    backup.env("MAX_MEMORY", "20M").run().expect_ok();
    let has = |method, needle, wanted: &str| {
        let seen = proxy.seen(method, needle);
        assert!(!seen.is_empty(), "{method} {needle}");
        seen.iter().all(|one| {
            let names = one.headers.iter().map(|(name, _)| name.to_lowercase());
            names.into_iter().any(|name| name == wanted)
        })
    };
    assert!(has("POST", "uploads", "x-amz-checksum-algorithm"));
    assert!(has("PUT", "partNumber=", "x-amz-checksum-sha256"));
    // The server has a checksum of checksums only because Complete named each part's.
    let wants = [("x-amz-checksum-mode".to_owned(), "ENABLED".to_owned())];
    let key = z3.snapshot_key("1");
    let head = z3.bucket.ask("HEAD", &key, &[], &wants, b"").expect(200);
    let sum = &head.headers["x-amz-checksum-sha256"];
    assert!(sum.ends_with("-3"), "{:?}", head.headers);
    let (tree, guid) = (set.tree(), set.guid("2"));
    set.destroy();
    z3.z3(["restore", "2"]).run().expect_ok();
    assert_eq!((set.tree(), set.guid("2")), (tree, guid));
}
