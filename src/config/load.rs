//! From values in many places to [`Settings`].
//!
//! Responsible for what values mean together: which section counts, what fits what, which server and whose keys. Not
//! responsible for reading a value ([`super::parse`]) or finding it ([`super::view`]).

use std::cmp::Ordering;
use std::path::PathBuf;

use super::keys::{self, Key, KeyRow};
use super::retention;
use super::settings::{
    Access, CheckSettings, MonitorSettings, PartLimits, S3Settings, SSE, SSE_KMS_KEY, SendSettings,
    Settings, StoreSettings,
};
use super::view::View;
use crate::checksum::Payload;
use crate::endpoint::{Endpoint, EndpointKeys, may_be_region};
use crate::error::{Error, Result};
use crate::memory;
use crate::name::Dataset;
use crate::price::Prices;
use crate::selection::Selection;
use crate::send_flags::{Raw, SendFlags};
use crate::size;

/// The share of `LIMIT_RATE` that a worker is worth, in bytes per second.
const WORKER_RATE_BYTES: u64 = 256 << 10;

/// All that a dataset has; touches nothing outside.
pub fn settings(view: &View, dataset: &Dataset) -> Result<Settings> {
    Ok(Settings {
        dataset: dataset.clone(),
        snapshots: snapshots(view)?,
        store: store(view)?,
        allow_empty: view.get(&keys::ALLOW_EMPTY)?,
        compressor: view.get(&keys::COMPRESSOR)?,
        compressor_given: view.given(&keys::COMPRESSOR)?.is_some(),
        send: send(view)?,
        gzip_engine: view.get(&keys::GZIP_ENGINE)?,
        gpg_recipient: view.get(&keys::GPG_RECIPIENT)?,
        retention: retention::retention(view)?,
        check: CheckSettings {
            max_age: view.get(&keys::MAX_AGE)?,
            warn_age: view.given(&keys::WARN_AGE)?,
            chain: view.given(&keys::CHECK_CHAIN)?,
        },
        prices: Prices {
            egress: view.given(&keys::PRICE_EGRESS)?,
            retrieval: view.given(&keys::PRICE_RETRIEVAL)?.unwrap_or_default(),
        },
    })
}

/// Who is told what became of a run.
pub fn monitor(view: &View) -> Result<MonitorSettings> {
    Ok(MonitorSettings {
        prometheus: view.given(&keys::PROMETHEUS)?,
        ping_url: view.given(&keys::PING_URL)?,
        log: view.given(&keys::Z3_LOG)?,
        ca_bundle: view.given(&keys::AWS_CA_BUNDLE)?.map(PathBuf::from),
    })
}

/// Of prefix and glob, what is said in the place that counts most.
pub fn snapshots(view: &View) -> Result<Selection> {
    let (prefix, glob) = (&keys::SNAPSHOT_PREFIX, &keys::SNAPSHOT_GLOB);
    match (
        view.given(glob)?,
        view.rank(&glob.row).cmp(&view.rank(&prefix.row)),
    ) {
        (Some(globs), Ordering::Less) => Ok(globs),
        (Some(_), Ordering::Equal) => {
            let problem = "expected this or SNAPSHOT_PREFIX, got both";
            Err(view.refuse(&glob.row, problem))
        }
        _ => view.get(prefix),
    }
}

/// What has to do with the bucket.
pub fn store(view: &View) -> Result<StoreSettings> {
    let limits = limits(view)?;
    let (s3, aws) = s3(view, limits.concurrency + 1)?;
    Ok(StoreSettings {
        s3,
        s3_prefix: view.get(&keys::S3_PREFIX)?,
        chunk_bytes: chunk_bytes(view, &limits)?,
        limits,
        storage_class: header(view, &keys::S3_STORAGE_CLASS, aws)?,
        acl: header(view, &keys::S3_ACL, aws)?,
    })
}

/// A header that AWS gets by default and that an empty value switches off.
fn header(view: &View, key: &Key<String>, aws: bool) -> Result<Option<String>> {
    let value = match aws {
        true => Some(view.get(key)?),
        false => view.given(key)?,
    };
    Ok(value.filter(|value| !value.is_empty()))
}

fn s3(view: &View, connections: usize) -> Result<(S3Settings, bool)> {
    let Some(bucket) = view.given(&keys::BUCKET)? else {
        return Err(view.missing(&keys::BUCKET.row));
    };
    let wish = EndpointKeys {
        url: view.given(&keys::S3_ENDPOINT)?,
        region: view.given(&keys::S3_REGION)?,
        path_style: view.given(&keys::S3_PATH_STYLE)?,
        bucket: &bucket,
    };
    if let Some(problem) = wish.path_problem() {
        return Err(view.refuse(&keys::S3_ENDPOINT.row, problem));
    }
    if wish.wants_name_before_address() {
        let problem = "expected on, as no bucket's name can stand before an address";
        return Err(view.refuse(&keys::S3_PATH_STYLE.row, problem));
    }
    let aws = wish.is_aws();
    let endpoint = wish.endpoint();
    if aws && !may_be_region(endpoint.region()) {
        let problem = "expected letters, digits and hyphens, as in eu-central-1";
        return Err(view.refuse(&keys::S3_REGION.row, problem));
    }
    let s3 = S3Settings {
        access: access(view)?,
        payload: payload(view, &endpoint)?,
        put_headers: put_headers(view)?,
        endpoint,
        ca_bundle: view.given(&keys::AWS_CA_BUNDLE)?.map(PathBuf::from),
        limit_rate: limit_rate(view)?,
        max_retries: view.get(&keys::MAX_RETRIES)?,
        retry_for: view.get(&keys::RETRY_FOR)?,
        timeout: view.get(&keys::S3_TIMEOUT)?,
        connections,
        bucket,
    };
    Ok((s3, aws))
}

/// `w` among the flags is another way to say `RAW=on`: no dataset is sent raw that is not encrypted.
fn send(view: &View) -> Result<SendSettings> {
    let flags = view.get(&keys::SEND_FLAGS)?;
    let raw = match (flags.has(SendFlags::RAW), view.get(&keys::RAW)?) {
        (true, Raw::Off) => {
            let problem = "expected no w while RAW is off";
            return Err(view.refuse(&keys::SEND_FLAGS.row, problem));
        }
        (true, _) => Raw::On,
        (false, raw) => raw,
    };
    Ok(SendSettings {
        flags: flags - SendFlags::RAW,
        raw,
        full_on_change: view.get(&keys::FULL_ON_CHANGE)?,
        bookmarks: view.get(&keys::BOOKMARKS)?,
        full_every: view.get(&keys::FULL_EVERY)?,
    })
}

/// What goes along with all that is stored.
fn put_headers(view: &View) -> Result<Vec<(String, String)>> {
    let mut headers = view.given(&keys::S3_HEADERS)?.unwrap_or_default();
    let encryption = view.given(&keys::S3_SSE)?;
    let key = view.given(&keys::S3_SSE_KMS_KEY_ID)?;
    if key.is_some() && encryption.as_deref() != Some("aws:kms") {
        let problem = "expected S3_SSE=aws:kms as well";
        return Err(view.refuse(&keys::S3_SSE_KMS_KEY_ID.row, problem));
    }
    headers.extend(encryption.map(|value| (SSE.to_owned(), value)));
    headers.extend(key.map(|value| (SSE_KMS_KEY.to_owned(), value)));
    Ok(headers)
}

/// Without TLS nothing would guard unsigned bytes.
fn payload(view: &View, endpoint: &Endpoint) -> Result<Payload> {
    let payload = view.get(&keys::PAYLOAD)?;
    if endpoint.is_plain_http() && payload == Payload::Unsigned {
        let problem = "expected sha256 or crc32c, as unsigned needs an https endpoint";
        return Err(view.refuse(&keys::PAYLOAD.row, problem));
    }
    Ok(payload)
}

fn access(view: &View) -> Result<Access> {
    let id = view.given(&keys::S3_KEY_ID)?;
    match (id, view.given(&keys::S3_SECRET)?) {
        (Some(id), Some(secret)) => Ok(Access::Keys { id, secret }),
        (Some(_), None) => Err(view.refuse(&keys::S3_KEY_ID.row, "expected S3_SECRET as well")),
        (None, Some(_)) => Err(view.refuse(&keys::S3_SECRET.row, "expected S3_KEY_ID as well")),
        (None, None) => Ok(Access::Chain {
            profile: view.given(&keys::AWS_PROFILE)?,
        }),
    }
}

fn limits(view: &View) -> Result<PartLimits> {
    let min_part_bytes = view.get(&keys::MIN_PART_SIZE)?;
    let max_memory_bytes = match view.given(&keys::MAX_MEMORY)? {
        Some(bytes) => bytes,
        None => default_memory(view.config.ram_bytes, min_part_bytes)?,
    };
    if max_memory_bytes < min_part_bytes {
        return Err(too_small(view, &keys::MAX_MEMORY.row, min_part_bytes));
    }
    Ok(PartLimits {
        max_parts: view.get(&keys::MAX_PARTS)?,
        min_part_bytes,
        growth: view.get(&keys::PART_GROWTH)?,
        max_memory_bytes,
        concurrency: concurrency(
            view,
            memory::most_workers(view.config.ram_bytes, max_memory_bytes),
        )?,
    })
}

/// Too little is told before the start: in the middle of it the kernel would kill us.
fn default_memory(ram_bytes: u64, min_part_bytes: u64) -> Result<u64> {
    memory::default_bytes(ram_bytes, min_part_bytes).ok_or_else(|| {
        let (has, needs) = (ram_bytes >> 20, memory::least_bytes(min_part_bytes) >> 20);
        Error::refused(format!(
            "this process may use {has} MiB of memory, z3 needs {} for one part at a time",
            needs + 1
        ))
        .hint("raise the limit of the container, the service or the shell (ulimit -v), or set MAX_MEMORY to try it all the same")
    })
}

/// Zero takes back what another place says.
fn limit_rate(view: &View) -> Result<Option<u64>> {
    Ok(view.given(&keys::LIMIT_RATE)?.filter(|&rate| rate > 0))
}

/// A slow line is shared by few: a server gives up a connection on which nothing moves.
fn concurrency(view: &View, most: usize) -> Result<usize> {
    let given = view.given(&keys::CONCURRENCY)?;
    let wanted = given.map_or_else(
        || view.get(&keys::CONCURRENCY).map(|usual| usual.min(most)),
        Ok,
    )?;
    let fed = |rate: u64| (rate / WORKER_RATE_BYTES).max(1) as usize;
    Ok(limit_rate(view)?.map_or(wanted, |rate| wanted.min(fed(rate))))
}

fn chunk_bytes(view: &View, limits: &PartLimits) -> Result<Option<u64>> {
    let given = view.given(&keys::CHUNK_SIZE)?;
    if given.is_some_and(|bytes| bytes < limits.min_part_bytes) {
        let least = limits.min_part_bytes;
        return Err(too_small(view, &keys::CHUNK_SIZE.row, least));
    }
    Ok(given)
}

/// The least size is shown as the file would have it: `5M`, else bytes.
fn too_small(view: &View, row: &KeyRow, min_part_bytes: u64) -> Error {
    let least = match min_part_bytes % size::MIB {
        0 => format!("{}M", min_part_bytes / size::MIB),
        _ => min_part_bytes.to_string(),
    };
    view.refuse(row, format!("expected at least MIN_PART_SIZE ({least})"))
}
