//! What the sink remembers: lengths, ETags and metadata of objects, and counts of what it was asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::Request;
use crate::lock;

/// What a listing answers at once.
const PAGE_KEYS: usize = 1000;

#[derive(Clone)]
pub struct Object {
    pub size_bytes: u64,
    /// With its quotes.
    pub etag: String,
    /// Header lines.
    pub metadata: String,
    /// How the bytes begin; the rest are zeros.
    pub beginning: Vec<u8>,
}

/// A part: its length and the MD5 of its bytes, if the client has told it.
type Part = (u64, Option<Vec<u8>>);

#[derive(Default)]
struct Upload {
    metadata: String,
    /// How the first part begins: a client may look whether an object is what it takes it for.
    beginning: Vec<u8>,
    parts: BTreeMap<u64, Part>,
}

/// Everything in memory.
#[derive(Default)]
pub struct Stored {
    /// By upload id.
    uploads: Mutex<HashMap<String, Upload>>,
    /// By path.
    objects: Mutex<BTreeMap<String, Object>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    last_id: AtomicU64,
}

impl Stored {
    pub fn count(&self, what: &'static str, by: u64) {
        *lock(&self.counts).entry(what).or_default() += by;
    }

    /// What was counted since the last time, as JSON.
    pub fn take_counts(&self) -> String {
        let counts = std::mem::take(&mut *lock(&self.counts));
        let pairs: Vec<String> = counts
            .iter()
            .map(|(what, count)| format!("\"{what}\": {count}"))
            .collect();
        format!("{{{}}}", pairs.join(", "))
    }

    /// A new upload's id.
    pub fn create(&self, request: &Request) -> String {
        let id = self.last_id.fetch_add(1, Relaxed).to_string();
        let upload = Upload {
            metadata: request.metadata(),
            ..Upload::default()
        };
        lock(&self.uploads).insert(id.clone(), upload);
        id
    }

    /// Remembers a part; its ETag, or none if there is no such upload.
    pub fn part(&self, id: &str, number: u64, request: &Request) -> Option<String> {
        let md5 = request
            .header("content-md5")
            .and_then(|text| STANDARD.decode(text).ok());
        let etag = md5.as_deref().map_or_else(|| "0".repeat(32), hex::encode);
        let mut uploads = lock(&self.uploads);
        let upload = uploads.get_mut(id)?;
        upload.parts.insert(number, (request.body_bytes, md5));
        if number == 1 {
            upload.beginning.clone_from(&request.body);
        }
        Some(format!("\"{etag}\""))
    }

    /// Makes an object of an upload; its ETag, or none if there is no such upload. What the parts were is counted.
    pub fn complete(&self, id: &str, path: &str) -> Option<String> {
        let upload = lock(&self.uploads).remove(id)?;
        let sizes: Vec<u64> = upload.parts.values().map(|(bytes, _)| *bytes).collect();
        let all_but_last = sizes.split_last().map(|(_, rest)| rest).unwrap_or_default();
        self.count("parts_of_objects", sizes.len() as u64);
        self.count("object_bytes", sizes.iter().sum());
        {
            let mut counts = lock(&self.counts);
            let least = all_but_last.iter().min().copied().unwrap_or_default();
            let most = sizes.iter().max().copied().unwrap_or_default();
            counts.insert("least_part_bytes", least);
            counts.insert("most_part_bytes", most);
        }
        let md5s: Vec<u8> = upload
            .parts
            .values()
            .flat_map(|(_, md5)| md5.clone().unwrap_or_default())
            .collect();
        let object = Object {
            size_bytes: sizes.iter().sum(),
            etag: format!("\"{:x}-{}\"", md5::compute(md5s), sizes.len()),
            metadata: upload.metadata,
            beginning: upload.beginning,
        };
        let etag = object.etag.clone();
        lock(&self.objects).insert(path.to_owned(), object);
        Some(etag)
    }

    /// Forgets an upload.
    pub fn abort(&self, id: &str) {
        lock(&self.uploads).remove(id);
    }

    /// An object in one piece; its ETag.
    pub fn put(&self, request: &Request) -> String {
        let etag = format!("\"{:x}\"", md5::compute(&request.body));
        let object = Object {
            size_bytes: request.body_bytes,
            etag: etag.clone(),
            metadata: request.metadata(),
            beginning: request.body.clone(),
        };
        lock(&self.objects).insert(request.path.clone(), object);
        etag
    }

    pub fn get(&self, path: &str) -> Option<Object> {
        lock(&self.objects).get(path).cloned()
    }

    pub fn delete(&self, path: &str) {
        lock(&self.objects).remove(path);
    }

    /// A page of ListObjectsV2, or of its predecessor, with `encoding-type=url`: keys go out as they came in.
    pub fn list(&self, bucket: &str, request: &Request) -> String {
        let whole = |name: &str| {
            let value = request.query(name).unwrap_or_default();
            format!("/{bucket}/{}", value.replace("%2F", "/"))
        };
        let (prefix, after) = (whole("prefix"), whole("continuation-token"));
        let asked = request
            .query("max-keys")
            .and_then(|text| text.parse().ok())
            .unwrap_or(PAGE_KEYS)
            .min(PAGE_KEYS);
        let objects = lock(&self.objects);
        let mut matching = objects
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter(|(path, _)| **path > after);
        let page: Vec<_> = matching.by_ref().take(asked).collect();
        let key = |path: &str| path.get(bucket.len() + 2..).unwrap_or_default().to_owned();
        let rows: String = page
            .iter()
            .map(|(path, object)| {
                format!(
                    "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                    key(path), object.etag, object.size_bytes
                )
            })
            .collect();
        let next = match (matching.next(), page.last()) {
            (Some(_), Some((last, _))) => format!(
                "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>",
                key(last)
            ),
            _ => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        format!(
            "<ListBucketResult><Name>{bucket}</Name><EncodingType>url</EncodingType><KeyCount>{}</KeyCount>{next}{rows}</ListBucketResult>",
            page.len()
        )
    }
}
