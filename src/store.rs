//! Primitive 3: what z3 asks of an object store, in the words of the S3 API.
//!
//! Responsible for the verbs, their types and the kinds of failure that callers tell apart. Not responsible for HTTP,
//! signatures or repetition: [`crate::s3`] does those. Beside `Item` it is the only trait; tests use `MemoryStore`.

mod cold;
mod inflow;
#[cfg(test)]
pub mod memory;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, SystemTime};

pub use cold::{ThawTerms, Thawed};
pub use inflow::{Inflow, fill};
use serde::{Deserialize, Serialize};

use crate::checksum::{Algorithm, Checksum};
use crate::terminal::plain;

/// User metadata of an object: names without `x-amz-meta-`, in lower case.
pub type Metadata = BTreeMap<String, String>;

/// What HeadObject tells of a whole object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Stored length in bytes.
    pub size_bytes: u64,
    /// The ETag with its quotes, as the server spelled it.
    pub etag: String,
    /// User metadata.
    pub metadata: Metadata,
    /// `x-amz-storage-class`; absent means STANDARD.
    pub storage_class: Option<String>,
    /// It lies in an archive class and has no readable copy: asked for its first byte, the server has refused it.
    pub archived: bool,
    /// `x-amz-archive-status`: the archive tier of INTELLIGENT_TIERING that it lies in.
    pub archive_tier: Option<String>,
    /// `x-amz-restore`: its readable copy.
    pub thawed: Thawed,
    /// `Last-Modified`: when it was stored, if that can be read.
    pub modified: Option<SystemTime>,
    /// `x-amz-object-lock-*`: what forbids to delete it, as far as we may know.
    pub lock: Option<ObjectLock>,
    /// `x-amz-version-id`: deleted, it stays in the bucket as a former version.
    pub versioned: bool,
}

/// How long an object may not be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectLock {
    /// Until this moment.
    Until(SystemTime),
    /// As long as there is a legal hold on it; or its retention has an end that cannot be read.
    NoEnd,
}

impl Head {
    /// The class or archive tier that it lies in.
    pub fn class(&self) -> &str {
        let tier = self.archive_tier.as_deref();
        tier.or(self.storage_class.as_deref()).unwrap_or("STANDARD")
    }
}

/// What is fixed when a multipart upload is created.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateOptions {
    /// User metadata of the object to be.
    pub metadata: Metadata,
    /// `x-amz-storage-class`, sent only if set.
    pub storage_class: Option<String>,
    /// `x-amz-acl`, sent only if set.
    pub acl: Option<String>,
    /// What tells the further headers of the settings from others, without their values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
}

/// A multipart upload that has been created and neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The object key.
    pub key: String,
    /// The server's upload id, opaque.
    pub id: String,
    /// The server echoed `x-amz-checksum-algorithm`: each part and Complete carry such a checksum.
    pub checksum: Option<Algorithm>,
}

/// The receipt of one stored part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartTag {
    /// Part number, from 1.
    pub number: u32,
    /// Length in bytes.
    pub size_bytes: u64,
    /// The ETag with its quotes.
    pub etag: String,
    /// Made on the way; `None` for a part that an earlier run has sent and that was compared by its MD5.
    pub checksum: Option<Checksum>,
}

/// What a key must hold for Complete to be carried out; what it holds otherwise stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    /// Whatever there is, is replaced.
    #[default]
    Any,
    /// Nothing (`If-None-Match: *`).
    Absent,
    /// The object with this ETag (`If-Match`).
    Etag(String),
}

/// One row of ListMultipartUploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The upload; without `checksum`, as a listing does not tell.
    pub upload: Upload,
    /// When it was created, as the server spelled it and as a time, if it can be read.
    pub initiated_text: String,
    /// The same as a time, if it can be read.
    pub initiated: Option<SystemTime>,
}

/// One row of ListParts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// Part number, from 1.
    pub number: u32,
    /// Length in bytes.
    pub size_bytes: u64,
    /// The ETag with its quotes.
    pub etag: String,
    /// Base64 of the part's SHA-256, if the server keeps it.
    pub sha256: Option<String>,
    /// When the part was stored, if it can be read.
    pub modified: Option<SystemTime>,
}

/// The kinds of failure that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 404, NoSuchKey, NoSuchBucket, NoSuchUpload.
    NotFound,
    /// 403 and 401: the request was understood and is not allowed.
    Denied,
    /// 412: a condition of the request does not hold (the object was replaced).
    Changed,
    /// The archive class has no readable copy (InvalidObjectState).
    Archived,
    /// Any other answer that blames the request, or one that cannot be understood.
    Refused,
    /// No answer, a 5xx, a broken connection: it may have been done or not.
    Unknown,
}

impl Kind {
    /// Its word for programs (`doc/json.md`).
    pub fn word(self) -> &'static str {
        match self {
            Self::NotFound => "s3_not_found",
            Self::Denied => "s3_denied",
            Self::Changed => "s3_changed",
            Self::Archived => "s3_archived",
            Self::Refused => "s3_refused",
            Self::Unknown => "s3_unreachable",
        }
    }
}

/// A failed request: act, object and cause.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{act} {}: {}", plain(object), plain(cause))]
pub struct StoreError {
    /// What was attempted, in the user's words: `upload part 3 of`.
    pub act: String,
    /// The key, or the bucket for listings.
    pub object: String,
    /// How callers shall treat it.
    pub kind: Kind,
    /// S3's error code, for example `NoSuchUpload`; empty if there was none.
    pub code: String,
    /// Code and Message of the answer, or the transport's error; no XML.
    pub cause: String,
    /// What the user can do about it.
    pub hint: Option<Box<str>>,
}

/// The verbs. Every method may be called from several threads at once, and repeats itself as far as that is safe.
pub trait ObjectStore: Send + Sync {
    /// All keys that begin with `prefix`, each once, sorted.
    fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;

    /// Gives the keys that begin with `prefix` to `take`, of at most so many pages, and as long as that wants more; they need be
    /// neither in order nor different. Whether those were all, for who can do without.
    fn list_some(
        &self,
        prefix: &str,
        pages: usize,
        take: &mut dyn FnMut(String) -> bool,
    ) -> Result<bool, StoreError>;

    /// The object's description, `None` if there is no such key.
    fn head(&self, key: &str) -> Result<Option<Head>, StoreError>;

    /// The bytes of a part of the object, if it is still the one that `head` describes, by its ETag and by its length: exactly
    /// these, each once and in order, and then the end. Nothing is asked before the first of them is wanted. A reader that is
    /// not `prompt` may let the server wait, however long, and that is no failure; one that only has memory to fill is
    /// asked for again over another connection if this one lags behind the others.
    fn get(&self, key: &str, head: &Head, part: Range<u64>, prompt: bool) -> Inflow;

    /// Fills `buffer` with the bytes from `offset` on.
    fn get_range(
        &self,
        key: &str,
        head: &Head,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<(), StoreError> {
        let part = offset..offset.saturating_add(buffer.len() as u64);
        fill(&mut self.get(key, head, part, true), key, buffer)
    }

    /// Creates a multipart upload.
    fn create(&self, key: &str, options: &CreateOptions) -> Result<Upload, StoreError>;

    /// Stores one part; the same number again replaces it.
    fn put_part(&self, upload: &Upload, number: u32, body: &[u8]) -> Result<PartTag, StoreError>;

    /// All stored parts of an upload, in order.
    fn list_parts(&self, upload: &Upload) -> Result<Vec<StoredPart>, StoreError>;

    /// Asks **once** to make the parts an object and returns its ETag, which may be empty. It does not repeat itself:
    /// an [`Kind::Unknown`] failure needs the care of [`crate::upload`]. A condition that does not hold is
    /// [`Kind::Changed`]; a server that knows no conditions goes without.
    fn complete(
        &self,
        upload: &Upload,
        parts: &[PartTag],
        condition: &Condition,
    ) -> Result<String, StoreError>;

    /// Discards an upload and its parts.
    fn abort(&self, upload: &Upload) -> Result<(), StoreError>;

    /// All unfinished uploads of keys that begin with `prefix`.
    fn list_uploads(&self, prefix: &str) -> Result<Vec<Unfinished>, StoreError>;

    /// Stores a small object whole, in the STANDARD class.
    fn put(&self, key: &str, body: &[u8]) -> Result<(), StoreError>;

    /// Asks for a readable copy of an object in an archive class, or for the object itself. Success means that one is under
    /// way or there; [`Kind::Archived`] that its class is none of those.
    fn thaw(&self, key: &str, wish: ThawTerms) -> Result<(), StoreError>;

    /// Removes an object; one that is not there is no failure.
    fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Removes the object with this ETag, as far as the server looks at that: another one is [`Kind::Changed`]. Whether the
    /// bucket keeps what was there as a former version.
    fn delete_if(&self, key: &str, etag: &str) -> Result<bool, StoreError>;

    /// What the server's clock shows now, by the Date of its last answer; `None` before the first, and if that has none.
    fn clock(&self) -> Option<SystemTime>;

    /// The server's time, and where that is not known the time of this machine.
    fn now(&self) -> SystemTime {
        self.clock().unwrap_or_else(SystemTime::now)
    }

    /// By how much the clock of this machine differs from the server's, either way; `None` where that is not known.
    fn clock_error(&self) -> Option<Duration> {
        let (server, own) = (self.clock()?, SystemTime::now());
        let apart = own.duration_since(server);
        Some(apart.unwrap_or_else(|behind| behind.duration()))
    }
}
