//! What a successful answer says, and the one document that z3 writes: the list of parts in Complete.

use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use quick_xml::escape::escape;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use ureq::Body;

use super::document::{Document, Fields};
use super::failure::{Failure, Stage};
use super::{metadata, thaw, transport};
use crate::checksum::{Algorithm, Checksum};
use crate::net::{Mishap, http_date};
use crate::store::{Head, ObjectLock, PartTag, StoredPart, Unfinished, Upload};

/// ETags, dates, classes and ranges have less.
const LONGEST_HEADER_BYTES: usize = 1024;
/// Ids of uploads have 200 or less; that of a note's key counts as well.
const LONGEST_ID_BYTES: usize = 900;

/// Reads a document with this root.
pub(super) fn document(reply: &mut Response<Body>, root: &str) -> Result<Document, Failure> {
    let body = transport::read_all(reply)?;
    let document = Document::parse(&body).filter(|document| document.root == root);
    document.ok_or_else(|| Failure::garbled(format!("the answer is no {root}")))
}

/// A header as text. What is longer than any that S3 has is none.
pub(super) fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    let short = value.len() <= LONGEST_HEADER_BYTES;
    short.then(|| String::from_utf8_lossy(value).into_owned())
}

/// HeadObject, and the length, if it is told: there are proxies that leave it out.
pub(super) fn head_of(headers: &HeaderMap) -> (Head, Option<u64>) {
    let length = text_of(headers, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
    let class = text_of(headers, "x-amz-storage-class");
    let tier = text_of(headers, "x-amz-archive-status");
    let head = Head {
        size_bytes: length.unwrap_or_default(),
        etag: text_of(headers, ETAG.as_str()).unwrap_or_default(),
        metadata: metadata::of_answer(headers),
        archived: thaw::is_put_away(class.as_deref(), tier.as_deref()),
        storage_class: class,
        archive_tier: tier,
        thawed: thaw::thawed(headers),
        modified: text_of(headers, LAST_MODIFIED.as_str()).and_then(|text| http_date(&text)),
        lock: lock_of(headers),
        // `null` is that of an object from before the bucket had versions: deleting it leaves none.
        versioned: text_of(headers, "x-amz-version-id").is_some_and(|id| id != "null"),
    };
    (head, length)
}

/// What forbids to delete an object. A retention whose end cannot be read has none.
fn lock_of(headers: &HeaderMap) -> Option<ObjectLock> {
    const UNTIL: &str = "x-amz-object-lock-retain-until-date";
    let text = |name| text_of(headers, name);
    if text("x-amz-object-lock-legal-hold").is_some_and(|word| word.eq_ignore_ascii_case("ON")) {
        return Some(ObjectLock::NoEnd);
    }
    let retained = headers.contains_key("x-amz-object-lock-mode") || headers.contains_key(UNTIL);
    let until = text(UNTIL).and_then(|text| date(&text));
    retained.then_some(until.map_or(ObjectLock::NoEnd, ObjectLock::Until))
}

/// The length of the whole object, in the answer for its first byte; or in that of a server that knows no ranges.
pub(super) fn length_of<B>(reply: &Response<B>, etag: &str) -> Result<u64, Failure> {
    same_object(reply.headers(), etag)?;
    let header = |name: HeaderName| text_of(reply.headers(), name.as_str()).unwrap_or_default();
    let length = match reply.status() {
        StatusCode::PARTIAL_CONTENT => {
            let range = header(CONTENT_RANGE);
            range.strip_prefix("bytes 0-0/").map(str::to_owned)
        }
        _ => Some(header(CONTENT_LENGTH)),
    };
    let length = length.and_then(|text| text.parse().ok());
    length.ok_or_else(|| Failure::garbled("no answer tells the length of the object"))
}

/// Whether an answer is what was asked for: 206, this very range, of the object that `head` describes, by ETag and by
/// length. A server that knows no ranges sends the whole object with 200, which is right where the whole was asked for; the
/// body must have the length of the range in any case.
pub(super) fn check_range(
    reply: &Response<Body>,
    head: &Head,
    offset: u64,
    last: u64,
) -> Result<(), Failure> {
    same_object(reply.headers(), &head.etag)?;
    let length = head.size_bytes;
    let range = text_of(reply.headers(), CONTENT_RANGE.as_str()).unwrap_or_default();
    let right = match reply.status() {
        StatusCode::PARTIAL_CONTENT => range == format!("bytes {offset}-{last}/{length}"),
        StatusCode::OK => offset == 0 && last + 1 == length,
        _ => false,
    };
    let status = reply.status().as_u16();
    right.then_some(()).ok_or_else(|| {
        Failure::garbled(format!(
            "the server sent another range than bytes {offset}-{last} of {length} (status {status}, Content-Range \
             '{range}')"
        ))
    })
}

/// An answer that leaves the ETag out, which HEAD has told, may be of any object: RFC 9110 15.3.7 wants it in every 206.
fn same_object(headers: &HeaderMap, etag: &str) -> Result<(), Failure> {
    let bare = |text: &str| text.trim_matches('"').to_owned();
    match text_of(headers, ETAG.as_str()) {
        _ if etag.is_empty() => Ok(()),
        Some(now) if bare(&now) == bare(etag) => Ok(()),
        None => Err(Failure::garbled(
            "the answer has no ETag, the object has one",
        )),
        Some(_) => {
            let stage = Stage::Answered(StatusCode::PRECONDITION_FAILED.as_u16());
            Err(Failure::new(stage, "the object has been replaced"))
        }
    }
}

/// The key in a row of ListObjectsV2. In an encoded listing a blank is `+` or `%20`, and a plus sign always `%2B`.
pub(super) fn listed_key(row: &Fields, encoded: bool) -> Option<String> {
    decoded(row.get("Key")?, encoded)
}

/// A key as a listing names it.
pub(super) fn decoded(key: &str, encoded: bool) -> Option<String> {
    if !encoded {
        return Some(key.to_owned());
    }
    let key = key.replace('+', " ");
    Some(percent_decode_str(&key).decode_utf8().ok()?.into_owned())
}

/// A row of ListParts.
pub(super) fn stored_part(row: &Fields) -> Option<StoredPart> {
    Some(StoredPart {
        number: row.get("PartNumber")?.trim().parse().ok()?,
        size_bytes: row.get("Size")?.trim().parse().ok()?,
        etag: row.get("ETag")?.trim().to_owned(),
        sha256: row.get("ChecksumSHA256").map(|text| text.trim().to_owned()),
        modified: row.get("LastModified").and_then(|text| date(text)),
    })
}

/// The id of an upload, if it can be one: it becomes part of URLs, of keys and of messages.
pub(super) fn upload_id(fields: &Fields) -> Option<String> {
    let id = fields.get("UploadId")?.trim();
    let usable = !id.is_empty() && id.len() <= LONGEST_ID_BYTES;
    (usable && id.bytes().all(|byte| byte.is_ascii_graphic())).then(|| id.to_owned())
}

/// A row of ListMultipartUploads.
pub(super) fn unfinished(row: &Fields) -> Option<Unfinished> {
    let initiated_text = row.get("Initiated").map_or("", |text| text.trim());
    Some(Unfinished {
        upload: Upload {
            // Without a key, an abort would be a DELETE of the bucket.
            key: row.get("Key").filter(|key| !key.is_empty())?.clone(),
            id: upload_id(row)?,
            checksum: None,
        },
        initiated: date(initiated_text),
        initiated_text: initiated_text.to_owned(),
    })
}

/// CompleteMultipartUpload: the ETag with its quotes, which Ceph leaves out, or empty, as Ceph has it the first time. A
/// success that cannot be read leaves it unknown whether there is an object now.
pub(super) fn completed(reply: &mut Response<Body>) -> Result<String, Failure> {
    let body = transport::read_all(reply)?;
    match Document::parse(&body) {
        Some(result) if result.root == "CompleteMultipartUploadResult" => {
            Ok(match result.text("ETag").trim().trim_matches('"') {
                "" => String::new(),
                etag => format!("\"{etag}\""),
            })
        }
        Some(error) if error.root == "Error" => Err(Failure::of_late_error(reply.headers(), &body)),
        _ => Err(Failure::lost(
            Mishap::Broken,
            "the answer cannot be understood",
        )),
    }
}

/// The body of CompleteMultipartUpload, with the parts' checksums as far as the upload carries them.
pub(super) fn complete_body(parts: &[PartTag], carried: Option<Algorithm>) -> String {
    let rows = parts.iter().map(|part| part_row(part, carried));
    let rows: String = rows.collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rows}</CompleteMultipartUpload>"
    )
}

fn part_row(part: &PartTag, carried: Option<Algorithm>) -> String {
    let (number, etag) = (part.number, escape(part.etag.as_str()));
    let checksum = match &part.checksum {
        Some(Checksum { algorithm, base64 }) if carried == Some(*algorithm) => {
            let name = algorithm.name();
            format!("<Checksum{name}>{base64}</Checksum{name}>")
        }
        _ => String::new(),
    };
    format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{checksum}</Part>")
}

fn date(text: &str) -> Option<SystemTime> {
    Some(OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?.into())
}
