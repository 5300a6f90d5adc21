//! The values of keys that have no type of their own to read them.
//!
//! Responsible for reading one value on its own; every error says what was expected, and none that may concern a secret
//! repeats the value. Not responsible for what several values mean together ([`super::load`]).

use std::path::PathBuf;

use url::Url;

use super::settings::GzipEngine;
use crate::name::Dataset;
use crate::secret::Secret;
use crate::selection::Selection;
use crate::send_flags::SendFlags;
use crate::size;
use crate::value::{between, on_off, text, token, unexpected};

/// The names that `COMPRESSOR` and an object's metadata may have.
pub const COMPRESSORS: [&str; 24] = [
    "none", "pigz1", "pigz4", "gzip", "gzip1", "gzip2", "gzip3", "gzip4", "gzip5", "gzip6",
    "gzip7", "gzip8", "gzip9", "zstd", "zstd1", "zstd2", "zstd3", "zstd4", "zstd5", "zstd6",
    "zstd7", "zstd8", "zstd9", "gpg",
];

/// The largest part that S3 takes: 5 GiB.
const MAX_PART_BYTES: u64 = 5 << 30;

/// A bucket's name.
pub fn bucket(text: &str) -> Result<String, String> {
    match token(text) {
        Ok(name) if !name.contains('/') => Ok(name),
        _ => unexpected("a bucket's bare name", text),
    }
}

/// A key prefix with exactly one slash at its end, as the original has it; an empty one stays empty, as a key that begins
/// with a slash is another key.
pub fn prefix(given: &str) -> Result<String, String> {
    match text(given)?.trim_end_matches('/') {
        "" if given.is_empty() => Ok(String::new()),
        bare => Ok(format!("{bare}/")),
    }
}

/// A dataset. The original took an unset FILESYSTEM for a dataset of the name "None".
pub fn dataset(text: &str) -> Result<Dataset, String> {
    if text == "None" {
        return unexpected("a dataset like tank/spam", text);
    }
    Dataset::parse(text).map_err(|error| error.to_string())
}

/// The beginnings of snapshots' names.
pub fn snapshot_prefix(given: &str) -> Result<Selection, String> {
    text(given).and_then(|text| Selection::prefixes(&text))
}

/// Patterns of snapshots' names.
pub fn snapshot_glob(given: &str) -> Result<Selection, String> {
    text(given).and_then(|text| Selection::globs(&text))
}

/// The name of a user property (zfsprops(7)): it has a colon.
pub fn user_property(given: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":-._".contains(&byte);
    match given.contains(':') && !given.starts_with('-') && given.bytes().all(allowed) {
        true => Ok(given.to_owned()),
        false => unexpected("a user property like z3:backup", given),
    }
}

/// A compressor's name.
pub fn compressor(text: &str) -> Result<String, String> {
    let known = COMPRESSORS.join(", ");
    match COMPRESSORS.contains(&text) {
        true => Ok(text.to_owned()),
        false => unexpected(&format!("one of {known}"), text),
    }
}

/// Flags of `zfs send` that change no more than how blocks are written down.
pub fn send_flags(text: &str) -> Result<SendFlags, String> {
    SendFlags::parse(text).or_else(|_| unexpected("letters of L, c, e and w, like Lc", text))
}

/// Whether to leave bookmarks and to start from them.
pub fn bookmarks(text: &str) -> Result<bool, String> {
    match text {
        _ if text.eq_ignore_ascii_case("auto") => Ok(true),
        _ if on_off(text) == Ok(false) => Ok(false),
        _ => unexpected("auto or off", text),
    }
}

/// Who makes gzip.
pub fn gzip_engine(text: &str) -> Result<GzipEngine, String> {
    match text {
        "native" => Ok(GzipEngine::Native),
        "pigz" => Ok(GzipEngine::Pigz),
        _ => unexpected("native or pigz", text),
    }
}

/// A key as gpg names it; a leading dash would make an option of it.
pub fn recipient(given: &str) -> Result<String, String> {
    match text(given)?.starts_with('-') {
        false => Ok(given.to_owned()),
        true => unexpected("the name of a gpg key", given),
    }
}

/// 1 to 512: above that one process runs out of descriptors and gains nothing.
pub fn concurrency(text: &str) -> Result<usize, String> {
    between(text, 1, 512).map(|number| number as usize)
}

/// Tries, none allowed.
pub fn retries(text: &str) -> Result<u32, String> {
    between(text, 0, 1000)
}

/// 10,000 is the highest part number of the S3 API.
pub fn max_parts(text: &str) -> Result<u32, String> {
    between(text, 1, 10_000)
}

/// The size of a part in bytes.
pub fn part_size(text: &str) -> Result<u64, String> {
    match size::parse(text)? {
        bytes @ 1..=MAX_PART_BYTES => Ok(bytes),
        _ => unexpected(
            "a size from 1 byte to 5G, which is the largest part of S3",
            text,
        ),
    }
}

/// Bytes per second: none, or at least so many that a connection gives a sign of life every ten seconds.
pub fn rate(text: &str) -> Result<u64, String> {
    match size::parse(text)? {
        bytes if bytes == 0 || bytes >= 4 << 10 => Ok(bytes),
        _ => unexpected("at least 4K, in bytes per second, or 0 for no limit", text),
    }
}

/// A file by its whole path: cron starts us somewhere.
pub fn path(given: &str) -> Result<PathBuf, String> {
    match text(given)?.starts_with('/') {
        true => Ok(PathBuf::from(given)),
        false => unexpected("a path that begins with /", given),
    }
}

/// The collector reads no other names.
pub fn prometheus(given: &str) -> Result<PathBuf, String> {
    let path = path(given)?;
    match path.extension().is_some_and(|end| end == "prom") {
        true => Ok(path),
        false => unexpected("a name that ends in .prom", given),
    }
}

/// The value is not repeated: who knows it can say that all is well.
pub fn ping_url(text: &str) -> Result<Secret, String> {
    let url = Url::parse(text).ok();
    let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match url.is_some_and(|url| usable(&url)) {
        true => Secret::parse(text),
        false => Err("expected an http(s) URL".to_owned()),
    }
}

/// How many there may be.
pub fn count(text: &str) -> Result<u32, String> {
    between(text, 1, 1_000_000)
}

/// Days that an object is paid for.
pub fn storage_days(text: &str) -> Result<u32, String> {
    between(text, 0, 3650)
}
