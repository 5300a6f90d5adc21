//! The one table of configuration keys.
//!
//! Responsible for each key's name, default, parser and explanation; defaults, error texts, the warnings about unknown
//! keys and `z3.conf.sample` come from here. Not responsible for where values stand (`sources`).

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::settings::GzipEngine;
use super::{headers, parse};
use crate::calendar::Calendar;
use crate::checksum::Payload;
use crate::full_every::FullEvery;
use crate::glob::Exclude;
use crate::keep::{Keep, MaxDelete};
use crate::name::Dataset;
use crate::price::{ClassPrices, Price};
use crate::secret::Secret;
use crate::selection::Selection;
use crate::send_flags::{Raw, SendFlags};
use crate::{endpoint, size, span, value};

/// Names and values of headers.
type Headers = Vec<(String, String)>;

/// What is known of a key but its type.
#[derive(Debug, Clone, Copy)]
pub struct KeyRow {
    /// The name, the same in the environment and in the file.
    pub name: &'static str,
    /// The default as one would write it; empty if there is none or if it depends on other things.
    pub default: &'static str,
    /// What it means, in one sentence.
    #[cfg_attr(
        not(any(test, fuzzing)),
        expect(dead_code, reason = "the sample file is compared with it")
    )]
    pub doc: &'static str,
    /// A second name.
    pub also: Option<&'static str>,
    /// Further names that count in the file only.
    pub also_in_file: &'static [&'static str],
    /// Names in the environment that count when the key itself stands nowhere.
    pub else_env: &'static [&'static str],
    /// An empty value is a value. Everywhere else it is as good as none.
    pub may_be_empty: bool,
}

/// A key and how its value is read.
#[derive(Debug, Clone, Copy)]
pub struct Key<T> {
    /// What is known of it but its type.
    pub row: KeyRow,
    /// Reads a value; the error says what was expected.
    pub parse: fn(&str) -> Result<T, String>,
}

impl KeyRow {
    const PLAIN: Self = Self {
        name: "",
        default: "",
        doc: "",
        also: None,
        also_in_file: &[],
        else_env: &[],
        may_be_empty: false,
    };

    /// All names under which the file may have it.
    pub fn file_names(&self) -> impl Iterator<Item = &'static str> {
        let also = self.also_in_file.iter().copied();
        [Some(self.name), self.also]
            .into_iter()
            .flatten()
            .chain(also)
    }

    /// All names under which the environment may have it.
    pub fn env_names(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.name), self.also].into_iter().flatten()
    }
}

/// Those whose values nobody shall see.
pub const SECRETS: [&str; 3] = ["S3_SECRET", "PING_URL", "S3_HEADERS"];

/// Makes a static of every key, and `ALL` of their rows, so that none can be forgotten.
macro_rules! keys {
    ($($name:ident: $type:ty = $default:literal, $parse:path, $doc:literal $(, $field:ident: $value:expr)*;)*) => {
        $(
            #[doc = $doc]
            pub static $name: Key<$type> = Key {
                row: KeyRow {
                    name: stringify!($name),
                    default: $default,
                    doc: $doc,
                    $($field: $value,)*
                    ..KeyRow::PLAIN
                },
                parse: $parse,
            };
        )*

        /// Every key, in the order of the sample file.
        pub static ALL: &[&KeyRow] = &[$(&$name.row),*];
    };
}

keys! {
    BUCKET: String = "", parse::bucket,
        "The bucket. Required.";
    S3_KEY_ID: String = "", value::token,
        "The access key id. Without it the usual AWS sources are asked: environment, shared files, container, instance role.";
    S3_SECRET: Secret = "", Secret::parse,
        "The secret of that key, taken literally: %, #, ;, quotes and backslashes mean nothing.";
    AWS_PROFILE: String = "", value::text,
        "The profile of the shared AWS files, if there is no S3_KEY_ID; in this file it may be called PROFILE. Else AWS_DEFAULT_PROFILE of the environment counts.",
        also_in_file: &["PROFILE"], else_env: &["AWS_DEFAULT_PROFILE"];
    S3_ENDPOINT: Url = "", endpoint::parse,
        "Another S3 server than AWS: a host, HOST:PORT or a URL, with a path if it has one; https unless the URL says http. HOST and ENDPOINT are its old names in this file. Else AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL of the environment counts.",
        also_in_file: &["HOST", "ENDPOINT"], else_env: &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
    S3_REGION: String = "", value::token,
        "The region, if the endpoint does not name it. Else AWS_REGION or AWS_DEFAULT_REGION of the environment counts; AWS tells it itself if asked, other servers get us-east-1.",
        else_env: &["AWS_REGION", "AWS_DEFAULT_REGION"];
    S3_PATH_STYLE: bool = "", value::on_off,
        "Whether the bucket stands in the path, not in the host name: on or off. By default on for other servers than AWS and for buckets whose name is no host name.";
    AWS_CA_BUNDLE: String = "", value::text,
        "A PEM file with the certificates to trust instead of the built-in ones.";
    S3_PREFIX: String = "z3-backup/", parse::prefix,
        "What every object key begins with; it gets exactly one slash at its end. Empty means no prefix.",
        may_be_empty: true;
    FILESYSTEM: Dataset = "", parse::dataset,
        "The dataset to work on, if --dataset does not say it.";
    SNAPSHOT_PREFIX: Selection = "zfs-auto-snap:daily", parse::snapshot_prefix,
        "Work on the snapshots whose names begin like this, or like one of several with commas between them. Empty means all.",
        may_be_empty: true;
    SNAPSHOT_GLOB: Selection = "", parse::snapshot_glob,
        "Work on the snapshots whose names match this pattern, as autosnap_*_daily does with those of sanoid: * stands for any letters. Several with commas. Where SNAPSHOT_PREFIX is set as well, the one counts whose place beats the other's.";
    RECURSIVE: bool = "off", value::on_off,
        "Whether --all, and a dataset that is named behind a command, takes what is below the dataset, too: on or off. FILESYSTEM alone stays one dataset but for --recursive. A dataset below that has no section of its own has the settings of this one, in every command.";
    EXCLUDE: Exclude = "", Exclude::parse,
        "What RECURSIVE leaves out: patterns of whole names, with commas; * within a component, ** across several. A dataset below one that is left out is not, unless a pattern says so; a pattern behind a ! takes back.";
    BACKUP_PROPERTY: String = "z3:backup", parse::user_property,
        "The user property that leaves out what RECURSIVE finds (off), or brings it back below an off (on). It does not count where it came with a received stream.";
    MAX_AGE: Duration = "26h", span::age,
        "How old the snapshot of the newest backup may be for z3 check; older is critical: a number with s, m, h, d or w.";
    WARN_AGE: Duration = "", span::age,
        "How old it may be without a warning.";
    CHECK_CHAIN: u32 = "", parse::count,
        "How many backups the newest may need to be restored, itself among them, without a warning of z3 check.";
    PROMETHEUS: PathBuf = "", parse::prometheus,
        "A file for the textfile collector of node_exporter, whose name ends in .prom: z3 backup, z3 check and z3 prune write into it what they know, and keep what others wrote there.";
    PING_URL: Secret = "", parse::ping_url,
        "A secret http(s) URL of a dead man's switch, as healthchecks.io has them: z3 backup posts to URL/start and URL/EXITSTATUS.";
    Z3_LOG: PathBuf = "", parse::path,
        "A file to which each run of z3 backup and z3 prune appends a line for each dataset; in this file it may be called LOG.",
        also_in_file: &["LOG"];
    ALLOW_EMPTY: bool = "off", value::on_off,
        "Whether a dataset without any snapshot that is wanted is no failure of z3 backup, and one without any backup none of z3 check, verify and prune: on or off.";
    PRICE_EGRESS: Price = "", Price::parse,
        "What a GiB costs that leaves the cloud, as 0.09, so that z3 restore --list shows what a restore would cost; in any currency.";
    PRICE_RETRIEVAL: ClassPrices = "", ClassPrices::parse,
        "What a GiB costs that is read from a storage class with a fee for that, as 0.01; or of one class, as GLACIER_IR:0.03; several with commas.";
    COMPRESSOR: String = "pigz1", parse::compressor,
        "How to compress: none, pigz1, pigz4, gzip, gzip1 to gzip9, zstd, zstd1 to zstd9, or gpg, which encrypts as well.";
    GZIP_ENGINE: GzipEngine = "native", parse::gzip_engine,
        "Who makes pigz1 and pigz4: native, or the external program pigz.";
    GPG_RECIPIENT: String = "z3_backup", parse::recipient,
        "The public key that gpg encrypts for; its preferences choose the algorithms.";
    SEND_FLAGS: SendFlags = "", parse::send_flags,
        "What zfs send is told, in letters: L (large blocks), c (blocks stay compressed), e (embedded blocks; no such backup can be restored below an encrypted dataset) and w (as RAW=on). Lc is good where zfs has it. With c, as with raw streams, COMPRESSOR is none unless it is set.",
        may_be_empty: true;
    RAW: Raw = "auto", Raw::parse,
        "Whether encrypted datasets are sent as they are, still encrypted and without their key: auto (in new chains), on or off, which puts their plain text into the bucket.";
    FULL_ON_CHANGE: bool = "on", value::on_off,
        "Whether a change of these two that a chain cannot have begins a new one with a full backup; off keeps to what the chain has.";
    BOOKMARKS: bool = "auto", parse::bookmarks,
        "Whether z3 backup leaves a bookmark of the newest snapshot that it has stored, and starts from it when the pool has none of the stored snapshots any more: auto, where zfs can and the pool's history shows that the dataset never went back behind it, or off.";
    FULL_EVERY: FullEvery = "never", FullEvery::parse,
        "When a new chain begins with a full backup, so that z3 prune can ever delete an old one: with a week, month, quarter or year, after days (30d), after so many increments (100), when the increments take so many times what the full takes (ratio:1.0), or several of them with commas, whichever comes first. The times are those of the snapshots, as DAY_BEGINS has days.";
    KEEP_LAST: u64 = "", Keep::count,
        "How many of the newest backups z3 prune keeps: a number, or unlimited. Of this and those below, one is enough for a backup to stay, with all that it builds on; without any of them z3 prune does nothing.";
    KEEP_HOURLY: u64 = "", Keep::count,
        "Of how many hours z3 prune keeps one backup: of the last so many that have any. The one is the first full backup of the hour that was stored, else the first backup (restic keeps the last). Times are those of the snapshots, in UTC.";
    KEEP_DAILY: u64 = "", Keep::count,
        "The same of days.";
    KEEP_WEEKLY: u64 = "", Keep::count,
        "The same of weeks, which begin on Monday.";
    KEEP_MONTHLY: u64 = "", Keep::count,
        "The same of months.";
    KEEP_YEARLY: u64 = "", Keep::count,
        "The same of years.";
    KEEP_WITHIN: u64 = "", span::long,
        "z3 prune keeps all that is not so much older than the newest backup: a number with h, d, w, m (31 days) or y (366 days).";
    DAY_BEGINS: Calendar = "00:00", Calendar::parse,
        "When the days of these rules begin, and so weeks, months and years: a time of UTC, as 03:00.";
    PRUNE_IF_FRESHER: u64 = "7d", span::long,
        "z3 prune deletes nothing if the newest backup is older than this, as KEEP_WITHIN has it; 0 is any age.";
    MAX_DELETE: MaxDelete = "half", MaxDelete::parse,
        "How many objects of a dataset z3 prune may delete at once: a number, unlimited, or half of them (10 it may always).";
    MIN_STORAGE_DAYS: u32 = "", parse::storage_days,
        "How many days an object is paid for at least, so that z3 prune keeps it so long. By default the storage class tells: 30 for STANDARD_IA and ONEZONE_IA, 90 for GLACIER and GLACIER_IR, 180 for DEEP_ARCHIVE, else 0.";
    CONCURRENCY: usize = "32", parse::concurrency,
        "How many parts are on their way at a time, 1 to 512; lowered to fit MAX_MEMORY.";
    CHUNK_SIZE: u64 = "", parse::part_size,
        "The part size of pput without --estimated: bytes, or a number with K, M, G or T. By default parts begin with MIN_PART_SIZE and grow with the stream.";
    MAX_MEMORY: u64 = "", size::parse,
        "Part size times workers stays below. By default a quarter of what this process may use (RAM, limits of a container or service, ulimit -v), at most 2G.";
    PAYLOAD: Payload = "sha256", Payload::parse,
        "What guards a part on its way: sha256 (signed), crc32c (a checksum that the server has to know, less than half of the CPU) or unsigned (TLS alone, https only).";
    LIMIT_RATE: u64 = "", parse::rate,
        "How fast parts may go up and down, all together, in bytes per second: a number with K, M, G or T, at least 4K; 0 is no limit. Below 8M it lowers CONCURRENCY.";
    MAX_RETRIES: u32 = "3", parse::retries,
        "Further tries after an answer that blames the request. MAX_RETRY is the same.",
        also: Some("MAX_RETRY");
    RETRY_FOR: Duration = "15m", span::duration,
        "How long to go on after broken connections and answers that blame the server: seconds, or a number with s, m or h. A server that has never answered is given up after 30 s.";
    S3_TIMEOUT: Duration = "60", span::timeout,
        "How long to wait without a byte, either way: seconds, or a number with s, m or h. A list may take five times as long.";
    MAX_PARTS: u32 = "10000", parse::max_parts,
        "The most parts that the server takes in one upload.";
    MIN_PART_SIZE: u64 = "5M", parse::part_size,
        "The smallest part that the server takes.";
    PART_GROWTH: bool = "on", value::on_off,
        "Whether parts may grow when a stream outruns its estimate; off for servers that want equal parts.";
    S3_STORAGE_CLASS: String = "STANDARD_IA", value::token,
        "The storage class. The default holds for AWS, other servers get none unless it is set here; empty sends none.",
        may_be_empty: true;
    S3_ACL: String = "bucket-owner-full-control", value::token,
        "The canned ACL. The default holds for AWS, other servers get none unless it is set here; empty sends none.",
        may_be_empty: true;
    S3_SSE: String = "", headers::encryption,
        "How the server is to encrypt what z3 stores, its small objects included: AES256 or aws:kms. By default that is up to the bucket.";
    S3_SSE_KMS_KEY_ID: String = "", value::token,
        "The key of aws:kms, if not the server's own.";
    S3_HEADERS: Headers = "", headers::headers,
        "Further headers for all that z3 stores, as NAME: VALUE with commas between them. Names begin with x-; those that z3 sets itself are refused.";
}
