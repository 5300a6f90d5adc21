//! What HEAD tells of an object beside its length.

use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::store::{ObjectLock, ObjectStore};

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
