//! Servers and proxies that leave out, refuse, or send elsewhere.

use super::*;
use crate::store::ObjectStore;

#[test]
fn a_head_without_a_length_is_made_good_by_a_range() {
    let bare = || Reply::raw("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nx-amz-meta-a: b\r\n\r\n");
    let part = |headers: &str| Reply::new("206 Partial Content", headers, "x");
    let whole = |etag: &str| Reply::new("200 OK", &format!("ETag: \"{etag}\"\r\n"), "abcdefg");
    for (reply, length) in [
        (range("0-0/7", "x"), Ok(7)),
        (whole("e"), Ok(7)),
        (
            error("416 Range Not Satisfiable", "InvalidRange", ""),
            Ok(0),
        ),
        (
            Reply::new(
                "416 Range Not Satisfiable",
                "Content-Range: bytes */0\r\n",
                "",
            ),
            Ok(0),
        ),
        (
            range("0-0/*", "x"),
            Err("no answer tells the length of the object"),
        ),
        (
            part("ETag: \"e\"\r\n"),
            Err("no answer tells the length of the object"),
        ),
        (
            part("Content-Range: bytes 0-0/7\r\n"),
            Err("the answer has no ETag, the object has one"),
        ),
        (whole("f"), Err("the object has been replaced")),
    ] {
        let server = Server::start([bare(), reply.clone(), reply]);
        let told = client(&server).head("k");
        let told = told.map(|head| head.unwrap());
        if let Ok(head) = &told {
            assert_eq!(
                (head.etag.as_str(), head.metadata["a"].as_str()),
                ("\"e\"", "b")
            );
            assert_eq!(server.requests().len(), 2);
        }
        let told = told
            .map(|head| head.size_bytes)
            .map_err(|error| error.cause);
        assert_eq!(
            told.as_ref().map_err(String::as_str),
            length.as_ref().map_err(|it| *it)
        );
        assert!(server.requests()[1].contains("range: bytes=0-0\r\n"));
    }
}

#[test]
fn an_expectation_that_fails_is_given_up_for_good() {
    let stored = Reply::new("200 OK", "ETag: \"e1\"\r\n", "");
    let refusal = Reply::new("417 Expectation Failed", "", "").before_body();
    let server = Server::start([refusal, stored.clone(), stored]);
    let client = client(&server);
    for number in [1, 2] {
        client.put_part(&upload(false), number, b"hello").unwrap();
    }
    let expects = |request: &String| request.contains("expect:");
    let expects: Vec<_> = server.requests().iter().map(expects).collect();
    assert_eq!(expects, [true, false, false]);
    // Once: a server that says it of a request without any is believed.
    let server = Server::start((0..2).map(|_| Reply::new("417 Expectation Failed", "", "")));
    let failed = self::client(&server).put_part(&upload(false), 1, b"hello");
    assert_eq!(
        failed.unwrap_err().cause,
        "HTTP status 417 Expectation Failed"
    );
}

#[test]
fn a_redirect_names_the_endpoint_that_was_meant() {
    let hint = |reply: Reply, bucket: &str| {
        let server = Server::start(vec![reply; 2]);
        let mut settings = settings(&server.url);
        settings.bucket = bucket.to_owned();
        let failed = Client::open(&settings).unwrap().list("p").unwrap_err();
        let meant = failed.hint.unwrap_or_default().into_string();
        let meant = meant.split("S3_ENDPOINT=").nth(1).unwrap_or_default();
        (meant.replace(&server.url, "OWN"), failed.cause)
    };
    let to = |location: &str| {
        let header = format!("Location: {location}\r\n");
        Reply::new("307 Temporary Redirect", &header, "")
    };
    let body = "<Error><Code>PermanentRedirect</Code><Endpoint>bk.s3.h:81</Endpoint></Error>";
    for (reply, meant) in [
        (to("https://s3.h/bk/k?list-type=2"), "https://s3.h"),
        (to("https://user@bk.s3.h:444/"), "https://s3.h:444"),
        (to("ftp://h/"), ""),
        (to("/login"), ""),
        (to("https://"), ""),
        (xml("301 Moved Permanently", "", body), "http://s3.h:81"),
        (Reply::new("301 Moved Permanently", "", ""), ""),
    ] {
        let (told, cause) = hint(reply, "bk");
        assert_eq!(told, meant, "{cause}");
    }
    let (_, cause) = hint(to("https://h/\u{202e}"), "bk");
    assert_eq!(cause, "HTTP status 307 Temporary Redirect");
}

#[test]
fn a_server_that_names_itself_gives_no_advice() {
    let server = Server::start([]);
    let client = client(&server);
    let call = crate::s3::request::Call::on_bucket("list", "bk");
    let mut failure = Failure::garbled("x");
    failure.elsewhere = Some(format!("{}/login", server.url));
    assert_eq!(client.error(&call, failure).hint, None);
}

/// Otherwise an object that a proxy makes look empty would be delivered as nothing, with success.
#[test]
fn an_object_that_seems_empty_is_asked_for_once_more() {
    let empty = || Reply::raw("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n");
    let refusal = |status, code| error(status, code, "");
    for (reply, length) in [
        (range("0-0/7", "x"), Ok(7)),
        (refusal("416 Range Not Satisfiable", "InvalidRange"), Ok(0)),
        (Reply::new("200 OK", "ETag: \"e\"\r\n", ""), Ok(0)),
        (refusal("403 Forbidden", "AccessDenied"), Ok(0)),
        (refusal("400 Bad Request", "InvalidArgument"), Ok(0)),
        (
            refusal("500 Internal Server Error", "InternalError"),
            Err("InternalError"),
        ),
    ] {
        let server = Server::start([empty(), reply.clone(), reply]);
        let told = client(&server).head("k");
        let told = told.map(|head| head.unwrap().size_bytes);
        let told = told.map_err(|error| error.code);
        assert_eq!(
            told.as_ref().map_err(String::as_str),
            length.as_ref().map_err(|it| *it)
        );
    }
}

/// ureq takes 100 (Continue) only without headers, which some servers and proxies add, and RFC 9110 allows.
#[test]
fn a_server_that_waits_for_a_body_gets_it() {
    let interim = Reply::raw("HTTP/1.1 100 Continue\r\nVia: 1.1 x\r\n\r\n").before_body();
    let late = error("400 Bad Request", "RequestTimeout", "");
    let stored = Reply::new("200 OK", "ETag: \"e1\"\r\n", "");
    for waits in [interim.then_silence(), late.before_body()] {
        let server = Server::start([waits, stored.clone(), stored.clone()]);
        let mut settings = settings(&server.url);
        settings.timeout = Duration::from_secs(2);
        let client = Client::open(&settings).unwrap();
        for number in [1, 2] {
            client.put_part(&upload(false), number, b"hello").unwrap();
        }
        let expects = |request: &String| request.contains("expect:");
        let expects: Vec<_> = server.requests().iter().map(expects).collect();
        assert_eq!(expects, [true, false, false]);
    }
}

#[test]
fn an_upload_has_an_id_that_can_be_used() {
    let created = |id: &str| {
        let id = format!("<UploadId>{id}</UploadId>");
        format!("<InitiateMultipartUploadResult>{id}</InitiateMultipartUploadResult>")
    };
    let (long, longest) = ("u".repeat(901), "u".repeat(900));
    for (id, good) in [
        ("", false),
        ("a b", false),
        ("a&#10;z3: all is well", false),
        ("a&#x202e;", false),
        (&long, false),
        (&longest, true),
        ("2~a/b+c==&amp;.", true),
    ] {
        let server = Server::start(vec![xml("200 OK", "", &created(id)); 2]);
        let made = client(&server).create("k", &crate::store::CreateOptions::default());
        assert_eq!(made.is_ok(), good, "{id}");
        let row = format!("<Upload><Key>k</Key><UploadId>{id}</UploadId></Upload>");
        let nameless = "<Upload><Key></Key><UploadId>u</UploadId></Upload>";
        let rows = format!("{row}{nameless}");
        let listed = format!("<ListMultipartUploadsResult>{rows}</ListMultipartUploadsResult>");
        let server = Server::start([xml("200 OK", "", &listed)]);
        let listed = client(&server).list_uploads("").unwrap();
        assert_eq!(listed.len(), usize::from(good), "{id}");
    }
}

#[test]
fn an_upload_that_somebody_has_aborted_is_told_of() {
    let server = Server::start([error("404 Not Found", "NoSuchUpload", "")]);
    let failed = client(&server).put_part(&upload(false), 1, b"hello");
    let told = failed.unwrap_err().hint.unwrap_or_default().into_string();
    assert!(
        told.starts_with("somebody has aborted the upload"),
        "{told}"
    );
}
