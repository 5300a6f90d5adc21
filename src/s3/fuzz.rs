//! The parsers of this module for `make fuzz`; not compiled otherwise.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use ureq::Body;

use super::document::Document;
use super::failure::Failure;
use super::{answer, metadata as encoding};
use crate::net::Clock;
use crate::store::{Metadata, PartTag};

/// Reads the same bytes as every answer that a server gives.
///
/// # Panics
/// If a parser breaks its word.
pub fn answers(body: &[u8]) {
    let reply = || Response::new(Body::builder().data(body.to_vec()));
    for root in [
        "ListBucketResult",
        "ListPartsResult",
        "ListMultipartUploadsResult",
    ] {
        let Ok(page) = answer::document(&mut reply(), root) else {
            continue;
        };
        assert_eq!(page.root, root);
        for row in page.rows("Contents") {
            let plain = answer::listed_key(row, false);
            assert_eq!(plain.as_ref(), row.get("Key"));
            answer::listed_key(row, true);
        }
        let parts: Vec<_> = page.rows("Part").filter_map(answer::stored_part).collect();
        let tags = parts.into_iter().map(|part| PartTag {
            number: part.number,
            size_bytes: part.size_bytes,
            etag: part.etag,
            checksum: None,
        });
        sent_back(&tags.collect::<Vec<_>>());
        page.rows("Upload").filter_map(answer::unfinished).count();
    }
    if let Ok(etag) = answer::completed(&mut reply()) {
        assert!(
            etag.is_empty() || (etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'))
        );
    }
    failures(body);
}

/// What Complete says of parts is what their listing said.
fn sent_back(parts: &[PartTag]) {
    let body = answer::complete_body(parts, None);
    let document = Document::parse(body.as_bytes()).unwrap();
    let rows: Vec<_> = document.rows("Part").collect();
    assert_eq!(rows.len(), parts.len());
    for (row, part) in rows.into_iter().zip(parts) {
        assert_eq!(row.get("ETag"), Some(&part.etag));
        assert_eq!(row.get("PartNumber"), Some(&part.number.to_string()));
    }
}

fn failures(body: &[u8]) {
    let headers = HeaderMap::new();
    for failure in [
        Failure::answered(StatusCode::BAD_REQUEST, &headers, body),
        Failure::answered(StatusCode::SERVICE_UNAVAILABLE, &headers, body),
        Failure::of_late_error(&headers, body),
    ] {
        let shown = format!("{} {}", failure.code, failure.cause);
        assert!(!shown.contains(char::is_control) && shown.chars().count() < 1000);
        let host = format!(
            "https://s3.{}.amazonaws.com",
            failure.region.clone().unwrap_or_default()
        );
        assert!(failure.region.is_none() || url::Url::parse(&host).is_ok());
        failure.kind();
    }
}

/// Metadata there and back through headers, and headers of any bytes.
///
/// # Panics
/// If a value is not what it was.
pub fn metadata(bytes: &[u8]) {
    // No more than is kept of an answer: each of these bytes may become nine.
    let some = bytes.get(..800).unwrap_or(bytes);
    let value = String::from_utf8_lossy(some).into_owned();
    let given = Metadata::from([("parent".to_owned(), value)]);
    let mut headers = HeaderMap::new();
    for (name, sent) in encoding::headers(&given) {
        assert!(sent.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert!(sent.trim() == sent && !sent.contains("  "), "{sent:?}");
        headers.insert(HeaderName::try_from(name).unwrap(), sent.parse().unwrap());
    }
    assert_eq!(encoding::of_answer(&headers), given);
    let clock = Clock::default();
    clock.observe(&given["parent"]);
    clock.follow();
    clock.signing_time();
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        headers.insert("x-amz-meta-parent", value.clone());
        headers.insert("content-length", value.clone());
        headers.insert("x-amz-restore", value);
        let _ = answer::head_of(&headers);
        headers.insert("content-range", HeaderValue::from_bytes(bytes).unwrap());
        let mut reply = Response::new(());
        *reply.headers_mut() = headers;
        let _ = answer::length_of(&reply, "");
        *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
        let _ = answer::length_of(&reply, "");
    }
}
