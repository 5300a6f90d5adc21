//! What HEAD tells of an object beside its length, and DELETE of the object that was meant.

use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::store::{Kind, ObjectLock, ObjectStore};

fn head_with(headers: &str) -> Head {
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"e\"\r\n{headers}\r\n");
    let server = Server::start([Reply::raw(&reply)]);
    client(&server).head("k").unwrap().unwrap()
}

#[test]
fn when_it_was_stored() {
    for (date, seconds) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Wed, 31 Dec 1969 23:59:59 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("yesterday", None),
        ("", None),
    ] {
        let head = head_with(&format!("Last-Modified: {date}\r\n"));
        let expected = seconds.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(head.modified, expected, "{date}");
    }
    assert_eq!(head_with("").modified, None);
}

#[test]
fn what_forbids_to_delete_it() {
    let mode = "x-amz-object-lock-mode: GOVERNANCE\r\n";
    let until = "x-amz-object-lock-retain-until-date: 1994-11-06T08:49:37Z\r\n";
    let held = |word| format!("x-amz-object-lock-legal-hold: {word}\r\n");
    let odd = "x-amz-object-lock-retain-until-date: for ever\r\n";
    let end = UNIX_EPOCH + Duration::from_secs(784_111_777);
    for (headers, expected) in [
        (String::new(), None),
        (held("OFF"), None),
        (held("ON"), Some(ObjectLock::NoEnd)),
        (format!("{mode}{until}"), Some(ObjectLock::Until(end))),
        (until.to_owned(), Some(ObjectLock::Until(end))),
        (
            format!("{mode}{until}{}", held("ON")),
            Some(ObjectLock::NoEnd),
        ),
        (mode.to_owned(), Some(ObjectLock::NoEnd)),
        (format!("{mode}{odd}"), Some(ObjectLock::NoEnd)),
    ] {
        assert_eq!(head_with(&headers).lock, expected, "{headers}");
    }
}

#[test]
fn a_delete_names_the_object_that_it_means() {
    let gone = |headers: &str| Reply::raw(&format!("HTTP/1.1 204 No Content\r\n{headers}\r\n"));
    let server = Server::start([gone(""), gone("x-amz-delete-marker: true\r\n")]);
    assert!(!client(&server).delete_if("k", "\"e\"").unwrap());
    assert!(client(&server).delete_if("k", "").unwrap());
    let asked = server.requests();
    assert!(asked[0].contains("if-match: \"e\""), "{}", asked[0]);
    assert!(!asked[1].contains("if-match"), "{}", asked[1]);
    for (reply, kind) in [
        (
            error("412 Precondition Failed", "PreconditionFailed", ""),
            Some(Kind::Changed),
        ),
        (
            error("403 Forbidden", "AccessDenied", ""),
            Some(Kind::Denied),
        ),
        (error("404 Not Found", "NoSuchKey", ""), None),
    ] {
        let server = Server::start([reply]);
        let deleted = client(&server).delete_if("k", "\"e\"");
        assert_eq!(deleted.err().map(|error| error.kind), kind);
    }
    // One that knows no condition is asked without.
    let unknown = error("501 Not Implemented", "NotImplemented", "If-Match");
    let server = Server::start([unknown, gone("")]);
    assert!(!client(&server).delete_if("k", "\"e\"").unwrap());
    assert_eq!(server.requests().len(), 2);
}
