//! Connections, broken ones, and ranges.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use super::*;
use crate::store::{Kind, ObjectStore};

#[test]
fn one_connection_serves_many_requests_and_errors() {
    let mut replies: Vec<_> = (0..20).map(|_| Reply::raw(HEAD_OK)).collect();
    replies.push(error("403 Forbidden", "AccessDenied", "no"));
    replies.push(xml("200 OK", "", "<ListPartsResult/>"));
    let server = Server::start(replies);
    let client = client(&server);
    assert_eq!((client.clock(), client.clock_error()), (None, None));
    for _ in 0..20 {
        let head = client.head("k").unwrap().unwrap();
        assert_eq!((head.size_bytes, head.etag.as_str()), (7, "\"e\""));
        assert_eq!(head.metadata["parent"], "a@x  y");
    }
    assert_eq!(
        client.list_parts(&upload(false)).unwrap_err().kind,
        Kind::Denied
    );
    assert_eq!(client.list_parts(&upload(false)).unwrap(), []);
    assert_eq!(server.connections(), 1);
    let agent = format!("user-agent: z3/{}", env!("CARGO_PKG_VERSION"));
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.contains(&agent))
    );
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_925_035_200);
    assert!(client.clock().unwrap() >= date && client.now() >= date);
    assert!(client.clock_error().unwrap() > Duration::from_secs(3600));
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let server = Server::start([
        error("503 Slow Down", "SlowDown", "reduce your rate"),
        Reply::new("200 OK", "ETag: \"e1\"\r\n", ""),
    ]);
    let part = client(&server)
        .put_part(&upload(false), 1, b"hello")
        .unwrap();
    assert_eq!((part.number, part.etag), (1, tag(1).etag));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.ends_with("\r\n\r\nhello"))
    );
}

#[test]
fn a_connection_lost_while_idle_is_replaced() {
    let server = Server::start([Reply::raw(HEAD_OK).then_close(), Reply::raw(HEAD_OK)]);
    let client = client(&server);
    client.head("k").unwrap().unwrap();
    client.head("k").unwrap().unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_truncated_download_is_read_again_and_never_believed() {
    let cut = "HTTP/1.1 206 Partial Content\r\nETag: \"e\"\r\nContent-Range: bytes 2-6/9\r\nContent-Length: 5\r\n\r\nab";
    let mut buffer = [0; 5];
    let server = Server::start([Reply::raw(cut).then_close(), range("4-6/9", "cde")]);
    client(&server)
        .get_range("k", &head(9), 2, &mut buffer)
        .unwrap();
    assert_eq!(&buffer, b"abcde");
    assert!(server.requests()[1].contains("range: bytes=4-6\r\n"));
    assert!(server.requests()[1].contains("if-match: \"e\"\r\n"));

    let rest = cut
        .replace("2-6", "4-6")
        .replace("Length: 5\r\n\r\nab", "Length: 3\r\n\r\n");
    let server = Server::start([cut, &rest].map(|reply| Reply::raw(reply).then_close()));
    let failed = client(&server)
        .get_range("k", &head(9), 2, &mut buffer)
        .unwrap_err();
    assert_eq!(failed.kind, Kind::Unknown);
    assert_eq!(
        failed.to_string(),
        "read bytes 4-6 of k: the server closed the connection in the middle"
    );
}

#[test]
fn only_the_very_range_of_the_very_object_is_accepted() {
    let mut buffer = [0; 5];
    let mut get_of = |length: u64, offset: u64, reply: Reply| {
        let server = Server::start([reply.clone(), reply]);
        let got = client(&server).get_range("k", &head(length), offset, &mut buffer);
        got.map_err(|error| error.kind)
    };
    let whole = |body: &str| Reply::new("200 OK", "ETag: \"e\"\r\n", body);
    let part = |headers: &str| Reply::new("206 Partial Content", headers, "abcde");
    assert_eq!(get_of(9, 2, range("2-6/9", "cdefg")), Ok(()));
    assert_eq!(get_of(5, 0, whole("abcde")), Ok(()));
    let other = part("ETag: \"f\"\r\nContent-Range: bytes 0-4/9\r\n");
    let changed = error("412 Precondition Failed", "PreconditionFailed", "");
    let archived = error("403 Forbidden", "InvalidObjectState", "");
    for (what, kind, offset, reply) in [
        ("the whole instead", Kind::Refused, 2, whole("abcde")),
        ("a part as the whole", Kind::Refused, 0, whole("abcde")),
        ("a longer whole", Kind::Refused, 0, whole("abcdefghi")),
        ("another part", Kind::Refused, 0, range("1-5/9", "abcde")),
        ("too much", Kind::Refused, 0, range("0-4/9", "abcdef")),
        ("too little", Kind::Refused, 0, range("0-3/9", "abcd")),
        (
            "of a longer one",
            Kind::Refused,
            0,
            range("0-4/90", "abcde"),
        ),
        (
            "of a shorter one",
            Kind::Refused,
            0,
            range("0-4/5", "abcde"),
        ),
        ("of any length", Kind::Refused, 0, range("0-4/*", "abcde")),
        (
            "of any object",
            Kind::Refused,
            0,
            part("Content-Range: bytes 0-4/9\r\n"),
        ),
        ("of another object", Kind::Changed, 0, other),
        ("replaced", Kind::Changed, 0, changed),
        ("archived", Kind::Archived, 0, archived),
    ] {
        assert_eq!(get_of(9, offset, reply), Err(kind), "{what}");
    }
}

#[test]
fn a_silent_server_is_not_waited_for_for_ever() {
    let server = Server::start([Reply::silence()]);
    let mut settings = settings(&server.url);
    settings.timeout = Duration::from_millis(300);
    settings.max_retries = 0;
    let failed = Client::open(&settings).unwrap().list("p").unwrap_err();
    assert_eq!(failed.to_string(), "list bk: the server fell silent");
    assert_eq!(failed.kind, Kind::Unknown);
}

#[test]
fn a_part_is_not_sent_to_a_server_that_refuses_it_beforehand() {
    let server = Server::start([error("403 Forbidden", "AccessDenied", "no").before_body()]);
    let body = vec![0; 1 << 20];
    let failed = client(&server)
        .put_part(&upload(false), 1, &body)
        .unwrap_err();
    assert_eq!(failed.kind, Kind::Denied);
    assert!(server.requests()[0].ends_with("\r\n\r\n"));
}

#[test]
fn a_server_that_wants_https_may_be_meant_where_http_is_not_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let mut settings = settings(&url);
    settings.max_retries = 0;
    let failed = Client::open(&settings).unwrap().list("p").unwrap_err();
    assert!(
        failed.hint.unwrap().contains("https://"),
        "{}",
        failed.cause
    );

    // As nginx has it.
    let plain = "HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\n\r\n<html>";
    let server = Server::start([Reply::raw(plain)]);
    let failed = client(&server).list("p").unwrap_err();
    assert!(
        failed.hint.unwrap().contains("https://"),
        "{}",
        failed.cause
    );
    let server = Server::start([error("400 Bad Request", "InvalidRequest", "no")]);
    let failed = client(&server).list("p").unwrap_err();
    assert_eq!(failed.hint, None);
}

#[test]
fn a_server_of_another_protocol_is_named_with_what_is_wrong() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut connection in listener.incoming().flatten() {
            let _ = connection.write_all(b"220 mail.example.com ESMTP\r\n");
            open.push(connection);
        }
    });
    for (scheme, cause) in [
        ("https", "does not answer in TLS: is it http://"),
        ("http", "does not answer in HTTP"),
    ] {
        let mut settings = settings(&format!("{scheme}://{host}"));
        settings.max_retries = 0;
        let failed = Client::open(&settings).unwrap().list("p").unwrap_err();
        assert!(
            failed.cause.contains(&host) && failed.cause.contains(cause),
            "{failed}"
        );
    }
}
