//! What the verbs make of an answer.

use std::time::{Duration, SystemTime};

use super::*;
use crate::store::{Condition, Kind, ObjectStore};

#[test]
fn complete_is_asked_once_and_its_verdict_read_to_the_end() {
    let result = "<CompleteMultipartUploadResult><ETag>e-2</ETag></CompleteMultipartUploadResult>";
    let empty = "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>";
    let late = |code| error("200 OK", code, "late");
    for (reply, expected) in [
        (xml("200 OK", "", &format!("  \n {result}")), Ok("\"e-2\"")),
        (xml("200 OK", "", empty), Ok("")),
        (late("InternalError"), Err(Kind::Unknown)),
        (late("InvalidPart"), Err(Kind::Refused)),
        (late("NoSuchUpload"), Err(Kind::NotFound)),
        (Reply::new("200 OK", "", ""), Err(Kind::Unknown)),
        (
            Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Comp").then_close(),
            Err(Kind::Unknown),
        ),
        (Reply::raw("").then_close(), Err(Kind::Unknown)),
        (
            error("500 Internal", "InternalError", ""),
            Err(Kind::Unknown),
        ),
        (error("503 Slow Down", "SlowDown", ""), Err(Kind::Unknown)),
        (
            error("400 Bad Request", "InvalidPart", ""),
            Err(Kind::Refused),
        ),
        (
            error("404 Not Found", "NoSuchUpload", ""),
            Err(Kind::NotFound),
        ),
    ] {
        let server = Server::start([reply]);
        let completed =
            client(&server).complete(&upload(false), &[tag(1), tag(2)], &Condition::Any);
        assert_eq!(completed.as_deref().map_err(|error| error.kind), expected);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn complete_names_parts_etags_and_digests() {
    let result = "<CompleteMultipartUploadResult/>";
    let server = Server::start([xml("200 OK", "", result)]);
    let mut second = tag(2);
    second.checksum = Some(Algorithm::Sha256.of(b"hello"));
    client(&server)
        .complete(&upload(true), &[tag(1), second], &Condition::Any)
        .unwrap();
    assert!(
        server.requests()[0].ends_with(
            "<Part><PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag></Part>\
             <Part><PartNumber>2</PartNumber><ETag>&quot;e2&quot;</ETag>\
             <ChecksumSHA256>LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=</ChecksumSHA256></Part>\
             </CompleteMultipartUpload>"
        ),
        "{}",
        server.requests()[0]
    );
}

#[test]
fn a_missing_object_is_told_from_a_missing_bucket() {
    let gone = || Reply::raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let empty = xml("200 OK", "", "<ListBucketResult/>");
    let server = Server::start([gone(), empty]);
    assert_eq!(client(&server).head("k").unwrap(), None);

    let server = Server::start([gone(), error("403 Forbidden", "AccessDenied", "no listing")]);
    assert_eq!(client(&server).head("k").unwrap(), None);

    let server = Server::start([gone(), error("404 Not Found", "NoSuchBucket", "gone")]);
    let failed = client(&server).head("k").unwrap_err();
    assert_eq!(failed.kind, Kind::NotFound);
    assert_eq!(
        failed.to_string(),
        format!("look at k: no bucket bk at {}", server.url)
    );

    let denied = Reply::raw("HTTP/1.1 403 Forbidden\r\n\r\n").then_close();
    let why = error("403 Forbidden", "SignatureDoesNotMatch", "wrong");
    let server = Server::start([denied, why]);
    let failed = client(&server).head("k").unwrap_err();
    assert_eq!(
        failed.to_string(),
        "look at k: SignatureDoesNotMatch: wrong (check S3_SECRET)"
    );
}

#[test]
fn an_archive_class_counts_only_where_the_bytes_are_withheld() {
    let glacier = |restore: &str| {
        Reply::raw(&format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"e\"\r\nx-amz-storage-class: GLACIER\r\n{restore}\r\n"
        ))
    };
    let archived = |replies: Vec<Reply>| {
        let server = Server::start(replies);
        client(&server).head("k").unwrap().unwrap().archived
    };
    assert!(archived(vec![
        glacier(""),
        error("403 Forbidden", "InvalidObjectState", "")
    ]));
    assert!(!archived(vec![glacier(""), range("0-0/7", "x")]));
    let restored = "x-amz-restore: ongoing-request=\"false\", expiry-date=\"x\"\r\n";
    assert!(!archived(vec![glacier(restored)]));
}

#[test]
fn listings_are_followed_to_their_last_page() {
    let page = |more: &str, key: &str| {
        xml(
            "200 OK",
            "",
            &format!(
                "<ListBucketResult><EncodingType>url</EncodingType>{more}\
                 <Contents><Key>{key}</Key><Size>3</Size></Contents></ListBucketResult>"
            ),
        )
    };
    let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>a+/=</NextContinuationToken>";
    let server = Server::start([page(more, "p/a+b%2Bc%01"), page("", "p/trail%20")]);
    let keys = client(&server).list("p/").unwrap();
    assert_eq!(keys, ["p/a b+c\u{1}", "p/trail "]);
    assert!(server.requests()[1].contains("continuation-token=a%2B%2F%3D&"));

    let server = Server::start([page(more, "p/a"), page(more, "p/b")]);
    let failed = client(&server).list("p/").unwrap_err();
    assert_eq!(failed.to_string(), "list bk: the listing does not go on");
}

#[test]
fn unfinished_uploads_are_listed_by_both_markers_and_without_them() {
    let page = |more: &str, id: &str| {
        let body = format!(
            "<ListMultipartUploadsResult><Upload><UploadId>{id}</UploadId><Key>p/k </Key>\
             <Initiated>2026-11-23T12:00:00.000Z</Initiated></Upload><Upload><Key>other</Key><UploadId>x</UploadId></Upload>\
             {more}</ListMultipartUploadsResult>"
        );
        xml("200 OK", "", &body)
    };
    let named = "<IsTruncated>true</IsTruncated><NextKeyMarker>p/k </NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>";
    let unnamed = "<IsTruncated>true</IsTruncated>";
    let server = Server::start([page(named, "1"), page(unnamed, "2"), page("", "3")]);
    let uploads = client(&server).list_uploads("p/").unwrap();
    let ids: Vec<_> = uploads.iter().map(|row| row.upload.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(uploads[0].upload.key, "p/k ");
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200);
    assert_eq!(uploads[0].initiated, Some(noon));
    assert!(
        server.requests()[1]
            .contains("key-marker=p%2Fk%20&prefix=p%2F&upload-id-marker=1&uploads=")
    );
    assert!(
        server.requests()[2].contains("key-marker=other&prefix=p%2F&upload-id-marker=x&uploads=")
    );
}

#[test]
fn parts_are_listed_in_order_over_all_pages() {
    let page = |more: &str, numbers: [u32; 2]| {
        let rows: String = numbers
            .iter()
            .map(|n| {
                format!(
                    "<Part><PartNumber>{n}</PartNumber><ETag>\"e{n}\"</ETag><Size>5</Size></Part>"
                )
            })
            .collect();
        xml(
            "200 OK",
            "",
            &format!("<ListPartsResult>{more}{rows}</ListPartsResult>"),
        )
    };
    let server = Server::start([
        page("<IsTruncated>true</IsTruncated>", [2, 1]),
        page("", [3, 7]),
    ]);
    let parts = client(&server).list_parts(&upload(false)).unwrap();
    let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
    assert_eq!(numbers, [1, 2, 3, 7]);
    assert!(server.requests()[1].contains("part-number-marker=2&"));
}

#[test]
fn aborting_what_is_gone_is_done_and_no_secret_is_in_any_error() {
    let gone = error("404 Not Found", "NoSuchUpload", "gone");
    let server = Server::start([gone, error("403 Forbidden", "AccessDenied", "no")]);
    let client = client(&server);
    assert!(client.fresh().abort(&upload(false)).is_ok());
    let failed = client.abort(&upload(false)).unwrap_err();
    assert_eq!(failed.to_string(), "abort upload of k: AccessDenied: no");
    assert!(!format!("{failed:?}").contains("secret"));
}
