//! What guards a part on its way, with servers that know CRC-32C and such that do not.

use crate::support::{Act, ENV, Proxy, Server, When, Z3, noise};

#[test]
fn crc32c_guards_unsigned_parts_where_the_server_knows_it() {
    let proxy = Proxy::to(Server::SeaweedFs.endpoint());
    let z3 = Z3::on(Server::SeaweedFs, "crc32c").through(&proxy);
    proxy.rule("PUT", "partNumber=2", When::First(1), Act::DamageBody);
    let body = noise(11 << 20, 1);
    let put = z3.program("pput", ["-s", "5M", "--quiet", &z3.key("a")]);
    let put = put.env("PAYLOAD", "crc32c").stdin(body.clone());
    assert_eq!(put.run().expect_ok().stderr, "");
    let parts = proxy.seen("PUT", "partNumber=");
    assert_eq!(parts.len(), 4, "the damaged part was refused");
    for part in parts {
        let has = |name: &str, value: Option<&str>| {
            let named = part
                .headers
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(name));
            named.is_some_and(|(_, own)| value.is_none_or(|value| own == value))
        };
        assert!(has("x-amz-content-sha256", Some("UNSIGNED-PAYLOAD")));
        assert!(has("x-amz-checksum-crc32c", None));
    }
    assert!(z3.bucket.get(&z3.key("a")) == body);
    let wants = [("x-amz-checksum-mode".to_owned(), "ENABLED".to_owned())];
    let head = z3.bucket.ask("HEAD", &z3.key("a"), &[], &wants, b"");
    let sum = &head.expect(200).headers["x-amz-checksum-crc32c"];
    assert!(sum.ends_with("-3"), "{sum}");
}

#[test]
fn a_server_that_does_not_know_crc32c_is_named_and_gets_sha256() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("crc32c-unknown").through(&proxy);
    proxy.rule("PUT", "partNumber=2", When::First(1), Act::DamageBody);
    let body = noise(11 << 20, 1);
    let put = z3.program("pput", ["-s", "5M", "--quiet", &z3.key("a")]);
    let put = put.env("PAYLOAD", "crc32c").stdin(body.clone());
    let said = put.run().expect_ok().stderr;
    let expected = format!(
        "pput: PAYLOAD=crc32c: {} does not know CRC-32C, so parts are signed by their SHA-256\n",
        proxy.endpoint()
    );
    assert_eq!(said, expected);
    assert_eq!(proxy.count("PUT", "partNumber=2"), 2);
    assert!(z3.bucket.get(&z3.key("a")) == body);
}

#[test]
fn unsigned_parts_need_tls() {
    let (z3, body) = (Z3::new("unsigned"), noise(6 << 20, 1));
    let put = || {
        let put = z3.program("pput", ["-s", "5M", "--quiet", &z3.key("a")]);
        put.env("PAYLOAD", "unsigned").stdin(body.clone())
    };
    let said = put().run().expect_status(1).stderr;
    assert_eq!(
        said,
        "pput: PAYLOAD in the environment: expected sha256 or crc32c, as unsigned needs an https endpoint\n"
    );
    let by_tls = put().env("S3_ENDPOINT", &ENV.rgw_tls);
    let ended = by_tls.env("AWS_CA_BUNDLE", ENV.ca()).run().expect_ok();
    assert_eq!(ended.stderr, "");
    assert!(z3.bucket.get(&z3.key("a")) == body);
}
