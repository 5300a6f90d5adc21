//! What is made of an error answer.

use http::{HeaderMap, StatusCode};

use super::scripted::Server;
use super::{client, error, settings, upload};
use crate::config::SSE;
use crate::net::Mishap;
use crate::s3::Client;
use crate::s3::failure::Failure;
use crate::store::{Kind, ObjectStore, StoreError};

fn failure(status: u16, body: &str) -> Failure {
    let status = StatusCode::from_u16(status).unwrap();
    Failure::answered(status, &HeaderMap::new(), body.as_bytes())
}

#[test]
fn code_and_message_are_shown_and_nothing_else() {
    // As AWS answers; the access key id and the string to sign are not for logs.
    let aws = failure(
        403,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request \
         signature we calculated\ndoes not match.</Message><AWSAccessKeyId>AKIA</AWSAccessKeyId><StringToSign>AWS4\
         </StringToSign><RequestId>1</RequestId></Error>",
    );
    assert_eq!(aws.code, "SignatureDoesNotMatch");
    assert_eq!(
        aws.cause,
        "SignatureDoesNotMatch: The request signature we calculated does not match. (check S3_SECRET)"
    );
    // As Ceph answers, without a message.
    let ceph = failure(
        404,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code><BucketName>b</BucketName>\
         <RequestId>tx0</RequestId><HostId>h</HostId></Error>",
    );
    assert_eq!(
        (ceph.cause.as_str(), ceph.kind()),
        ("NoSuchKey", Kind::NotFound)
    );
    // A proxy in between.
    let proxy = failure(502, "<html><body>Bad Gateway</body></html>");
    assert_eq!(proxy.cause, "HTTP status 502 Bad Gateway");
    // Escape sequences of a hostile server.
    let hostile = failure(
        400,
        "<Error><Code>X</Code><Message>\u{1b}[2J&#27;c\nboo\u{202e}</Message></Error>",
    );
    assert_eq!(hostile.cause, "X: [2J c boo?");
}

#[test]
fn statuses_without_a_word_have_the_code_that_s3_has() {
    assert_eq!(failure(413, "").code, "EntityTooLarge");
    assert_eq!(failure(416, "<html>").code, "InvalidRange");
    assert_eq!(failure(404, "").code, "");
}

#[test]
fn what_the_headers_of_a_refusal_say_is_shown() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "99999999999".parse().unwrap());
    headers.insert("location", "https://h/bk/?a=b".parse().unwrap());
    let answered = |status| Failure::answered(status, &headers, b"");
    let busy = answered(StatusCode::SERVICE_UNAVAILABLE);
    let cause = "HTTP status 503 Service Unavailable (it asks for a pause of 99999999999 s)";
    assert_eq!((busy.cause.as_str(), busy.elsewhere), (cause, None));
    headers.remove("retry-after");
    let moved = Failure::answered(StatusCode::MOVED_PERMANENTLY, &headers, b"");
    let cause = "HTTP status 301 Moved Permanently (to https://h/bk/?a=b)";
    assert_eq!((moved.cause.as_str(), moved.retry_after), (cause, None));
    assert_eq!(moved.elsewhere.unwrap(), "https://h/bk/?a=b");
}

#[test]
fn kinds_tell_a_refusal_from_what_may_have_been_done() {
    let coded =
        |status, code| failure(status, &format!("<Error><Code>{code}</Code></Error>")).kind();
    for (status, code, kind) in [
        (404, "NoSuchUpload", Kind::NotFound),
        (403, "AccessDenied", Kind::Denied),
        (401, "Unauthorized", Kind::Denied),
        (403, "InvalidObjectState", Kind::Archived),
        (412, "PreconditionFailed", Kind::Changed),
        (400, "InvalidPart", Kind::Refused),
        (501, "NotImplemented", Kind::Refused),
        (500, "InternalError", Kind::Unknown),
        (503, "SlowDown", Kind::Unknown),
        (505, "", Kind::Unknown),
        (429, "TooManyRequests", Kind::Unknown),
        (400, "RequestTimeout", Kind::Unknown),
        (409, "OperationAborted", Kind::Unknown),
    ] {
        assert_eq!(coded(status, code), kind, "{status} {code}");
    }
    assert_eq!(Failure::lost(Mishap::Broken, "").kind(), Kind::Unknown);
    assert_eq!(Failure::garbled("").kind(), Kind::Refused);
}

#[test]
fn a_region_is_taken_only_if_it_can_be_one() {
    let region =
        |name: &str| failure(400, &format!("<Error><Region>{name}</Region></Error>")).region;
    assert_eq!(region("eu-central-1"), Some("eu-central-1".to_owned()));
    assert_eq!(region("evil.example.com/x"), None);
    assert_eq!(region(""), None);
}

/// Garage 2.5 and s3s-fs 0.14.
#[test]
fn keys_that_are_wrong_are_so_whatever_a_server_calls_it() {
    let said = |code: &str, message: &str| {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let failure = failure(403, &error);
        (failure.code, failure.cause)
    };
    let denied = "AccessDenied";
    for (code, message, meant, advice) in [
        (
            denied,
            "Forbidden: Invalid signature",
            "SignatureDoesNotMatch",
            " (check S3_SECRET)",
        ),
        (
            denied,
            "Forbidden: No such key: GK01",
            "InvalidAccessKeyId",
            " (check S3_KEY_ID)",
        ),
        (
            "NotSignedUp",
            "Your account is not signed up",
            "InvalidAccessKeyId",
            " (check S3_KEY_ID)",
        ),
        (
            denied,
            "Forbidden: Operation is not allowed for this key.",
            denied,
            "",
        ),
    ] {
        let cause = format!("{code}: {message}{advice}");
        assert_eq!(said(code, message), (meant.to_owned(), cause));
    }
}

/// Only what is stored can be encrypted: of any other refusal, and where it is asked for, S3_SSE is no help.
#[test]
fn who_may_not_store_is_told_how_to_ask_for_encryption() {
    type Ask = fn(&Client) -> Option<StoreError>;
    let asks: [(Ask, bool); 6] = [
        (|client| client.put("k", b"x").err(), true),
        (|client| client.create("k", &Default::default()).err(), true),
        (
            |client| client.put_part(&upload(false), 1, b"x").err(),
            false,
        ),
        (|client| client.list_uploads("").err(), false),
        (|client| client.head("k").err(), false),
        (|client| client.delete("k").err(), false),
    ];
    let reply = || error("403 Forbidden", "AccessDenied", "");
    let hint = |error: Option<StoreError>| error.unwrap().hint.unwrap_or_default();
    for (number, (ask, helps)) in asks.into_iter().enumerate() {
        let server = Server::start([reply()]);
        let hint = hint(ask(&client(&server)));
        assert_eq!(
            hint.contains("set S3_SSE=AES256"),
            helps,
            "{number}: {hint}"
        );
    }
    let server = Server::start([reply()]);
    let mut asking = settings(&server.url);
    asking.put_headers = vec![(SSE.to_owned(), "AES256".to_owned())];
    let client = Client::open(&asking).unwrap();
    assert_eq!(&*hint(client.put("k", b"x").err()), "");
}
