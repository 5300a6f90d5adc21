//! Refusals that say how to do better.

use super::*;
use crate::credentials::{Credentials, Identity, Signer};
use crate::store::{CreateOptions, Kind, ObjectStore};

#[test]
fn the_right_region_is_learned_from_a_refusal() {
    let moved = Reply::new(
        "301 Moved Permanently",
        "x-amz-bucket-region: eu-west-3\r\n",
        "",
    );
    let malformed = xml(
        "400 Bad Request",
        "",
        "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>",
    );
    for refusal in [moved, malformed] {
        let empty = xml("200 OK", "", "<ListBucketResult/>");
        let server = Server::start([refusal, empty.clone(), empty]);
        let client = client(&server);
        assert!(client.list("").unwrap().is_empty());
        assert!(client.list("").unwrap().is_empty());
        let scopes: Vec<_> = server
            .requests()
            .iter()
            .map(|request| request.contains("/eu-west-3/s3/aws4_request"))
            .collect();
        assert_eq!(scopes, [false, true, true]);
    }
}

#[test]
fn a_wrong_local_clock_is_replaced_by_the_servers() {
    let refusal = xml(
        "403 Forbidden",
        "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n",
        "<Error><Code>RequestTimeTooSkewed</Code></Error>",
    );
    let created =
        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
    let server = Server::start([refusal.clone(), xml("200 OK", "", created), refusal]);
    let client = client(&server);
    assert_eq!(
        client.create("k", &CreateOptions::default()).unwrap(),
        upload(false)
    );
    assert!(server.requests()[1].contains("x-amz-date: 20300101T0000"));
    // Once per request: a server that goes on refusing is believed.
    let server_2 = Server::start((0..2).map(|_| {
        let date = "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\n";
        xml(
            "403 Forbidden",
            date,
            "<Error><Code>RequestTimeTooSkewed</Code></Error>",
        )
    }));
    let failed = self::client(&server_2).list("").unwrap_err();
    assert_eq!(
        (failed.kind, failed.code.as_str()),
        (Kind::Denied, "RequestTimeTooSkewed")
    );
}

#[test]
fn an_expired_token_is_replaced_and_the_request_signed_again() {
    let server = Server::start([
        error(
            "400 Bad Request",
            "ExpiredToken",
            "The provided token has expired.",
        ),
        xml("200 OK", "", "<ListBucketResult/>"),
    ]);
    let settings = settings(&server.url);
    let credentials = Credentials {
        id: "old".to_owned(),
        secret: Secret::new("s"),
        token: Some("stale".to_owned()),
        expires: None,
        origin: String::new(),
    };
    let region = "us-east-1".to_owned();
    let access = Signer::holding(
        settings.access.clone(),
        Identity {
            credentials,
            region,
        },
    );
    let client = Client::with(&settings, access).unwrap();
    assert!(client.list("").unwrap().is_empty());
    assert!(server.requests()[0].contains("x-amz-security-token: stale\r\n"));
    assert!(server.requests()[1].contains("Credential=id/"));
    assert!(!server.requests()[1].contains("x-amz-security-token"));
}

#[test]
fn checksums_are_used_where_echoed_and_dropped_where_refused() {
    let created =
        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
    let echo = "x-amz-checksum-algorithm: SHA256\r\n";
    let stored = Reply::new("200 OK", "ETag: \"e1\"\r\n", "");
    let server = Server::start([xml("200 OK", echo, created), stored]);
    let client_1 = client(&server);
    let upload = client_1.create("k", &CreateOptions::default()).unwrap();
    assert_eq!(upload.checksum, Some(Algorithm::Sha256));
    let part = client_1.put_part(&upload, 1, b"hello").unwrap();
    let digest = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    assert_eq!(part.checksum.unwrap().base64, digest);
    assert!(server.requests()[1].contains(&format!("x-amz-checksum-sha256: {digest}\r\n")));
    assert!(server.requests()[1].contains(
        "x-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\r\n"
    ));

    let refusal = error(
        "400 Bad Request",
        "InvalidArgument",
        "x-amz-checksum-algorithm: no",
    );
    let created = || xml("200 OK", "", created);
    let server = Server::start([refusal, created(), created()]);
    let client_2 = client(&server);
    for _ in 0..2 {
        let upload = client_2.create("k", &CreateOptions::default()).unwrap();
        assert_eq!(upload.checksum, None);
    }
    let declared = server.requests();
    let declared = declared
        .iter()
        .map(|request| request.contains("x-amz-checksum-algorithm"));
    assert_eq!(declared.collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn an_endpoint_that_asks_for_content_md5_gets_it() {
    let refusal = error(
        "400 Bad Request",
        "InvalidRequest",
        "Content-MD5 OR x-amz-checksum- is required",
    );
    let stored = || Reply::new("200 OK", "ETag: \"e1\"\r\n", "");
    let server = Server::start([refusal, stored(), stored()]);
    let client = client(&server);
    for _ in 0..2 {
        client.put_part(&upload(false), 1, b"hello").unwrap();
    }
    let with_md5 = server.requests();
    let with_md5 = with_md5
        .iter()
        .map(|r| r.contains("content-md5: XUFAKrxLKna5cZ2REBfFkg==\r\n"));
    assert_eq!(with_md5.collect::<Vec<_>>(), [false, true, true]);
}
