//! The settings as typed values: what the rest of the program reads instead of flags, environment and files.
//!
//! Responsible for the shapes only. Where values come from and how they are checked is [`super`]'s.

use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::checksum::Payload;
use crate::endpoint::Endpoint;
use crate::full_every::FullEvery;
use crate::glob::Exclude;
use crate::keep::Retention;
use crate::name::Dataset;
use crate::price::Prices;
use crate::secret::Secret;
use crate::selection::Selection;
use crate::send_flags::{Raw, SendFlags};

/// Who signs the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// `S3_KEY_ID` and `S3_SECRET`; never combined with a session token of the environment.
    Keys {
        /// The access key id.
        id: String,
        /// The secret access key.
        secret: Secret,
    },
    /// The AWS chain: `AWS_*` environment, shared files with this profile, container, instance role.
    Chain {
        /// `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`, if set.
        profile: Option<String>,
    },
}

/// Everything that the S3 layer needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// `BUCKET`.
    pub bucket: String,
    /// `S3_KEY_ID`, `S3_SECRET` or the AWS chain.
    pub access: Access,
    /// `S3_ENDPOINT`, `S3_REGION`, `S3_PATH_STYLE` and their AWS names.
    pub endpoint: Endpoint,
    /// `AWS_CA_BUNDLE`: trust the certificates in this PEM file instead of the built-in roots.
    pub ca_bundle: Option<PathBuf>,
    /// `S3_SSE`, `S3_SSE_KMS_KEY_ID`, `S3_HEADERS`: what goes along with all that is stored.
    pub put_headers: Vec<(String, String)>,
    /// `PAYLOAD`: what guards a part on its way.
    pub payload: Payload,
    /// `LIMIT_RATE` in bytes per second.
    pub limit_rate: Option<u64>,
    /// `MAX_RETRIES`: further tries after an answer that blames the request.
    pub max_retries: u32,
    /// `RETRY_FOR`: how long to go on after connection errors and 5xx answers.
    pub retry_for: Duration,
    /// `S3_TIMEOUT`: how long to wait without a byte, either way.
    pub timeout: Duration,
    /// How many connections to keep open: one for each worker and one to spare.
    pub connections: usize,
}

/// The header of `S3_SSE`.
pub const SSE: &str = "x-amz-server-side-encryption";
/// The header of `S3_SSE_KMS_KEY_ID`.
pub const SSE_KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

impl S3Settings {
    /// What tells these headers from others. A value may be a secret, which has no business in the bucket.
    pub fn put_headers_print(&self) -> Option<String> {
        let mut all = String::new();
        for (name, value) in &self.put_headers {
            all.extend([name, ":", value, "\n"]);
        }
        (!all.is_empty()).then(|| hex::encode(Sha256::digest(all)))
    }

    /// The value of a header that goes along with all that is stored.
    pub fn put_header(&self, name: &str) -> Option<&str> {
        let mut headers = self.put_headers.iter();
        headers.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }
}

/// How `zfs send` is to make the streams of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendSettings {
    /// `SEND_FLAGS` but `w`, which is `RAW=on`.
    pub flags: SendFlags,
    /// `RAW`.
    pub raw: Raw,
    /// `FULL_ON_CHANGE`: what a chain cannot have starts a new one.
    pub full_on_change: bool,
    /// `BOOKMARKS`: where zfs has them.
    pub bookmarks: bool,
    /// `FULL_EVERY`.
    pub full_every: FullEvery,
}

/// Which program makes `pigz1` and `pigz4` out of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GzipEngine {
    /// Our own threads.
    Native,
    /// The external pigz.
    Pigz,
}

/// What part sizes and memory have to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartLimits {
    /// `MAX_PARTS`: the most parts that the endpoint takes in one upload (AWS: 10,000).
    pub max_parts: u32,
    /// `MIN_PART_SIZE` in bytes: the least size of a part but the last (AWS: 5 MiB).
    pub min_part_bytes: u64,
    /// `PART_GROWTH`: parts may grow when a stream outruns its estimate; off for endpoints that want equal parts.
    pub growth: bool,
    /// `MAX_MEMORY` in bytes: part size times workers stays below.
    pub max_memory_bytes: u64,
    /// `CONCURRENCY`: workers wanted; lowered to fit `max_memory_bytes`.
    pub concurrency: usize,
}

/// How bytes come into the bucket and out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// How to reach the bucket.
    pub s3: S3Settings,
    /// `S3_PREFIX` with exactly one trailing slash.
    pub s3_prefix: String,
    /// `CHUNK_SIZE` in bytes, for `pput` without an estimate.
    pub chunk_bytes: Option<u64>,
    /// Part sizes and memory.
    pub limits: PartLimits,
    /// `S3_STORAGE_CLASS`; `None` sends no header.
    pub storage_class: Option<String>,
    /// `S3_ACL`; `None` sends no header.
    pub acl: Option<String>,
}

/// What of the datasets below one is worked on with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeSettings {
    /// `RECURSIVE`.
    pub recursive: bool,
    /// `EXCLUDE`.
    pub exclude: Exclude,
    /// `BACKUP_PROPERTY`.
    pub property: String,
}

/// Who is told what became of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MonitorSettings {
    /// `PROMETHEUS`.
    pub prometheus: Option<PathBuf>,
    /// `PING_URL`.
    pub ping_url: Option<Secret>,
    /// `Z3_LOG`.
    pub log: Option<PathBuf>,
    /// `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<PathBuf>,
}

/// What `z3 check` expects of a dataset's backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckSettings {
    /// `MAX_AGE`.
    pub max_age: Duration,
    /// `WARN_AGE`.
    pub warn_age: Option<Duration>,
    /// `CHECK_CHAIN`.
    pub chain: Option<u32>,
}

/// All settings of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The dataset.
    pub dataset: Dataset,
    /// `SNAPSHOT_PREFIX` or `SNAPSHOT_GLOB`.
    pub snapshots: Selection,
    /// Where its backups are.
    pub store: StoreSettings,
    /// `ALLOW_EMPTY`: none of them is no failure.
    pub allow_empty: bool,
    /// `COMPRESSOR` by its name in the metadata: `none`, `pigz1`, `pigz4`, `gzip`, `gzip1`..`gzip9`, `zstd`, `zstd1`..`zstd9`, `gpg`; already checked.
    pub compressor: String,
    /// It stands somewhere, and is not the default.
    pub compressor_given: bool,
    /// `SEND_FLAGS`, `RAW`, `FULL_ON_CHANGE`, `BOOKMARKS`, `FULL_EVERY`.
    pub send: SendSettings,
    /// `GZIP_ENGINE`.
    pub gzip_engine: GzipEngine,
    /// `GPG_RECIPIENT`.
    pub gpg_recipient: String,
    /// `KEEP_LAST` and all that has to do with it.
    pub retention: Retention,
    /// `MAX_AGE`, `WARN_AGE`, `CHECK_CHAIN`.
    pub check: CheckSettings,
    /// `PRICE_EGRESS`, `PRICE_RETRIEVAL`.
    pub prices: Prices,
}

impl StoreSettings {
    /// 8 hex digits that stand for endpoint, bucket and S3_PREFIX, and for `more`: the same in every run and for every
    /// spelling of the endpoint, and a name that tells nothing of them.
    pub fn destination_id(&self, more: &str) -> String {
        let server = self.s3.endpoint.server();
        let all = [server.as_str(), &self.s3.bucket, &self.s3_prefix, more].join("\n");
        let digest = hex::encode(Sha256::digest(all));
        digest.chars().take(8).collect()
    }
}
