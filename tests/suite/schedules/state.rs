//! What the server in memory knows, and its answer to each kind of request.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use crate::support::Message;

/// Classes of which nothing can be read before it was thawed.
const FROZEN: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// An object.
#[derive(Clone, Default)]
pub struct Object {
    pub body: Vec<u8>,
    pub class: Option<String>,
    /// When it was stored, in seconds since 1970.
    pub stored: i64,
    etag: String,
    metadata: Vec<(String, String)>,
}

impl Object {
    /// A backup that builds on none.
    pub fn is_full(&self) -> bool {
        let mut metadata = self.metadata.iter();
        metadata
            .any(|(name, value)| name.eq_ignore_ascii_case("x-amz-meta-isfull") && value == "true")
    }
}

/// How many requests of which price there were.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// PUT, POST and lists.
    pub writes: u64,
    /// GET and HEAD.
    pub reads: u64,
    /// DELETE, which costs nothing.
    pub deletes: u64,
}

/// All that the server knows.
#[derive(Default)]
pub struct State {
    pub now: i64,
    number: u64,
    pub objects: BTreeMap<String, Object>,
    uploads: BTreeMap<String, Object>,
    pub deleted: Vec<Object>,
    pub counts: Counts,
}
/// As HTTP has it.
pub fn date(seconds: i64) -> String {
    let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    date.format(&Rfc2822).unwrap().replace("+0000", "GMT")
}

fn xml(text: String) -> Message {
    Message::answer(200, text.into_bytes()).with("Content-Type", "application/xml")
}

fn parameter(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs
        .find(|(key, _)| *key == name)
        .map_or("", |(_, value)| value);
    percent_encoding::percent_decode_str(value)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

impl State {
    fn object(&mut self, request: &Message) -> Object {
        self.number += 1;
        let own =
            |(name, _): &&(String, String)| name.to_ascii_lowercase().starts_with("x-amz-meta-");
        Object {
            body: Vec::new(),
            class: request.header("x-amz-storage-class").map(str::to_owned),
            stored: self.now,
            etag: format!("\"etag-{}\"", self.number),
            metadata: request.headers.iter().filter(own).cloned().collect(),
        }
    }

    pub fn put(&mut self, path: &str, request: &Message) -> Message {
        let mut object = self.object(request);
        object.body = request.body.clone();
        let etag = object.etag.clone();
        self.objects.insert(path.to_owned(), object);
        Message::answer(200, Vec::new()).with("ETag", etag)
    }

    /// Creates an upload, takes a part of one, or makes an object of it.
    pub fn upload(&mut self, path: &str, query: &str, request: &Message) -> Message {
        let id = parameter(query, "uploadId");
        match (request.method(), self.uploads.get_mut(&id)) {
            ("POST", None) if query.starts_with("uploads") => {
                let object = self.object(request);
                let id = object.etag.trim_matches('"').to_owned();
                self.uploads.insert(id.clone(), object);
                xml(format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", Some(object)) => {
                object.body.extend(&request.body);
                Message::answer(200, Vec::new()).with("ETag", "\"part\"")
            }
            ("POST", Some(_)) => {
                let object = self.uploads.remove(&id).unwrap();
                let etag = object.etag.clone();
                self.objects.insert(path.to_owned(), object);
                xml(format!(
                    "<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
                ))
            }
            _ => Message::error(404, "NoSuchUpload"),
        }
    }

    pub fn get(&self, path: &str, request: &Message) -> Message {
        let Some(object) = self.objects.get(path) else {
            return Message::error(404, "NoSuchKey");
        };
        let frozen = object
            .class
            .as_deref()
            .is_some_and(|class| FROZEN.contains(&class));
        if frozen && request.method() == "GET" {
            return Message::error(403, "InvalidObjectState");
        }
        let range = request
            .header("Range")
            .and_then(|range| range.strip_prefix("bytes="));
        let mut answer = match range.and_then(|range| range.split_once('-')) {
            None => Message::answer(200, object.body.clone()),
            Some((from, to)) => part(
                &object.body,
                from.parse().unwrap(),
                to.parse().unwrap_or(usize::MAX),
            ),
        };
        if let Some(class) = &object.class {
            answer.set("x-amz-storage-class", class);
        }
        answer.headers.extend(object.metadata.clone());
        answer
            .with("ETag", &object.etag)
            .with("Last-Modified", date(object.stored))
    }

    pub fn delete(&mut self, path: &str) -> Message {
        let object = self.objects.remove(path);
        self.deleted
            .extend(object.filter(|_| !path.contains("/.z3/")));
        Message::answer(204, Vec::new())
    }

    /// All keys at once; of unfinished uploads there are none when somebody asks.
    pub fn list(&self, query: &str) -> Message {
        if query
            .split('&')
            .any(|word| word.trim_end_matches('=') == "uploads")
        {
            return xml("<ListMultipartUploadsResult></ListMultipartUploadsResult>".to_owned());
        }
        let prefix = parameter(query, "prefix");
        let mut text = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for (path, object) in &self.objects {
            let key = path
                .trim_start_matches('/')
                .split_once('/')
                .map_or("", |(_, key)| key);
            if key.starts_with(&prefix) {
                let stored = OffsetDateTime::from_unix_timestamp(object.stored).unwrap();
                let stored = stored.format(&Rfc3339).unwrap();
                text += &format!(
                    "<Contents><Key>{key}</Key><LastModified>{stored}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                    object.etag,
                    object.body.len()
                );
            }
        }
        xml(text + "</ListBucketResult>")
    }
}

fn part(body: &[u8], from: usize, to: usize) -> Message {
    let end = to.saturating_add(1).min(body.len());
    let Some(bytes) = body.get(from..end) else {
        return Message::error(416, "InvalidRange");
    };
    let place = format!("bytes {from}-{}/{}", end.saturating_sub(1), body.len());
    Message::answer(206, bytes.to_vec()).with("Content-Range", place)
}
