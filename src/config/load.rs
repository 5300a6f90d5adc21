//! From values in many places to [`Settings`].
//!
//! Responsible for what values mean together: which section counts, what fits what, which server and whose keys. Not
//! responsible for reading a value ([`super::parse`]) or finding it ([`super::sources`]).

use std::path::PathBuf;

use super::Inputs;
use super::endpoint::Wish;
use super::keys::{self, Key, Row};
use super::memory;
use super::settings::{
    Access, Endpoint, PartLimits, Payload, PoolSettings, Raw, S3Settings, SendSettings, Settings,
};
use super::sources::Sources;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::send_flags::SendFlags;
use crate::size;

/// The share of `LIMIT_RATE` that a worker is worth, in bytes per second.
const WORKER_RATE_BYTES: u64 = 256 << 10;

impl Settings {
    /// Makes the settings out of all that is known; touches nothing outside but the log.
    pub fn load(inputs: &Inputs) -> Result<Self> {
        let sources = &mut Sources::open(inputs)?;
        let pool = pool(sources)?;
        let limits = limits(sources, inputs.ram_bytes)?;
        let (s3, aws) = s3(sources, limits.concurrency + 1)?;
        Ok(Self {
            sections_differ: sources.sections_differ(),
            s3,
            s3_prefix: sources.get(&keys::S3_PREFIX)?,
            pool,
            compressor: sources.get(&keys::COMPRESSOR)?,
            compressor_given: sources.given(&keys::COMPRESSOR)?.is_some(),
            send: send(sources)?,
            gzip_engine: sources.get(&keys::GZIP_ENGINE)?,
            gpg_recipient: sources.get(&keys::GPG_RECIPIENT)?,
            chunk_bytes: chunk_bytes(sources, &limits)?,
            limits,
            storage_class: header(sources, &keys::S3_STORAGE_CLASS, aws)?,
            acl: header(sources, &keys::S3_ACL, aws)?,
        })
    }
}

impl PoolSettings {
    /// Makes them out of the same places, and looks at nothing that is about a bucket.
    pub fn load(inputs: &Inputs) -> Result<Self> {
        pool(&mut Sources::open(inputs)?)
    }

    /// The dataset to work on, for commands that need one.
    pub fn dataset(&self) -> Result<&Dataset> {
        let problem = "not set, expected --dataset, or FILESYSTEM in the environment or in [main] of the configuration file";
        let missing = || Error::config(keys::FILESYSTEM.row.name, "the configuration", problem);
        self.dataset.as_ref().ok_or_else(missing)
    }
}

/// The dataset decides which section counts for everything else.
fn pool(sources: &mut Sources) -> Result<PoolSettings> {
    let dataset = sources.given(&keys::FILESYSTEM)?;
    if let Some(dataset) = &dataset {
        sources.choose(dataset.as_str());
    }
    Ok(PoolSettings {
        dataset,
        snapshot_prefix: sources.get(&keys::SNAPSHOT_PREFIX)?,
    })
}

/// A header that AWS gets by default and that an empty value switches off.
fn header(sources: &Sources, key: &Key<String>, aws: bool) -> Result<Option<String>> {
    let value = match aws {
        true => Some(sources.get(key)?),
        false => sources.given(key)?,
    };
    Ok(value.filter(|value| !value.is_empty()))
}

fn s3(sources: &Sources, connections: usize) -> Result<(S3Settings, bool)> {
    let Some(bucket) = sources.given(&keys::BUCKET)? else {
        return Err(sources.missing(&keys::BUCKET.row));
    };
    let wish = Wish {
        url: sources.given(&keys::S3_ENDPOINT)?,
        region: sources.given(&keys::S3_REGION)?,
        path_style: sources.given(&keys::S3_PATH_STYLE)?,
        bucket: &bucket,
    };
    if let Some(problem) = wish.path_problem() {
        return Err(sources.refuse(&keys::S3_ENDPOINT.row, problem));
    }
    if wish.wants_name_before_address() {
        let problem = "expected on, as no bucket's name can stand before an address";
        return Err(sources.refuse(&keys::S3_PATH_STYLE.row, problem));
    }
    let aws = wish.is_aws();
    let endpoint = wish.endpoint();
    let s3 = S3Settings {
        access: access(sources)?,
        payload: payload(sources, &endpoint)?,
        endpoint,
        ca_bundle: sources.given(&keys::AWS_CA_BUNDLE)?.map(PathBuf::from),
        limit_rate: limit_rate(sources)?,
        max_retries: sources.get(&keys::MAX_RETRIES)?,
        retry_for: sources.get(&keys::RETRY_FOR)?,
        timeout: sources.get(&keys::S3_TIMEOUT)?,
        connections,
        bucket,
    };
    Ok((s3, aws))
}

/// `w` among the flags is another way to say `RAW=on`: no dataset is sent raw that is not encrypted.
fn send(sources: &Sources) -> Result<SendSettings> {
    let flags = sources.get(&keys::SEND_FLAGS)?;
    let raw = match (flags.has(SendFlags::RAW), sources.get(&keys::RAW)?) {
        (true, Raw::Off) => {
            let problem = "expected no w while RAW is off";
            return Err(sources.refuse(&keys::SEND_FLAGS.row, problem));
        }
        (true, _) => Raw::On,
        (false, raw) => raw,
    };
    Ok(SendSettings {
        flags: flags - SendFlags::RAW,
        raw,
        full_on_change: sources.get(&keys::FULL_ON_CHANGE)?,
    })
}

/// Without TLS nothing would guard unsigned bytes.
fn payload(sources: &Sources, endpoint: &Endpoint) -> Result<Payload> {
    let payload = sources.get(&keys::PAYLOAD)?;
    let plain = matches!(endpoint, Endpoint::Custom { url, .. } if url.starts_with("http:"));
    if plain && payload == Payload::Unsigned {
        let problem = "expected sha256 or crc32c, as unsigned needs an https endpoint";
        return Err(sources.refuse(&keys::PAYLOAD.row, problem));
    }
    Ok(payload)
}

fn access(sources: &Sources) -> Result<Access> {
    let id = sources.given(&keys::S3_KEY_ID)?;
    match (id, sources.given(&keys::S3_SECRET)?) {
        (Some(id), Some(secret)) => Ok(Access::Keys { id, secret }),
        (Some(_), None) => Err(sources.refuse(&keys::S3_KEY_ID.row, "expected S3_SECRET as well")),
        (None, Some(_)) => Err(sources.refuse(&keys::S3_SECRET.row, "expected S3_KEY_ID as well")),
        (None, None) => Ok(Access::Chain {
            profile: sources.given(&keys::AWS_PROFILE)?,
        }),
    }
}

fn limits(sources: &Sources, ram_bytes: u64) -> Result<PartLimits> {
    let min_part_bytes = sources.get(&keys::MIN_PART_SIZE)?;
    let max_memory_bytes = match sources.given(&keys::MAX_MEMORY)? {
        Some(bytes) => bytes,
        None => default_memory(ram_bytes, min_part_bytes)?,
    };
    if max_memory_bytes < min_part_bytes {
        return Err(too_small(sources, &keys::MAX_MEMORY.row, min_part_bytes));
    }
    Ok(PartLimits {
        max_parts: sources.get(&keys::MAX_PARTS)?,
        min_part_bytes,
        growth: sources.get(&keys::PART_GROWTH)?,
        max_memory_bytes,
        concurrency: concurrency(sources, memory::most_workers(ram_bytes, max_memory_bytes))?,
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
fn limit_rate(sources: &Sources) -> Result<Option<u64>> {
    Ok(sources.given(&keys::LIMIT_RATE)?.filter(|&rate| rate > 0))
}

/// A slow line is shared by few: a server gives up a connection on which nothing moves.
fn concurrency(sources: &Sources, most: usize) -> Result<usize> {
    let given = sources.given(&keys::CONCURRENCY)?;
    let wanted = given.map_or_else(
        || sources.get(&keys::CONCURRENCY).map(|usual| usual.min(most)),
        Ok,
    )?;
    let fed = |rate: u64| (rate / WORKER_RATE_BYTES).max(1) as usize;
    Ok(limit_rate(sources)?.map_or(wanted, |rate| wanted.min(fed(rate))))
}

fn chunk_bytes(sources: &Sources, limits: &PartLimits) -> Result<Option<u64>> {
    let given = sources.given(&keys::CHUNK_SIZE)?;
    if given.is_some_and(|bytes| bytes < limits.min_part_bytes) {
        let least = limits.min_part_bytes;
        return Err(too_small(sources, &keys::CHUNK_SIZE.row, least));
    }
    Ok(given)
}

/// The least size is shown as the file would have it: `5M`, else bytes.
fn too_small(sources: &Sources, row: &Row, min_part_bytes: u64) -> Error {
    let least = match min_part_bytes % size::MIB {
        0 => format!("{}M", min_part_bytes / size::MIB),
        _ => min_part_bytes.to_string(),
    };
    sources.refuse(row, format!("expected at least MIN_PART_SIZE ({least})"))
}
