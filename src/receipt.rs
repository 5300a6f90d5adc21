//! The receipt of a stored backup: what was sent and what was stored, to compare with later.
//!
//! Responsible for its content. A restore never needs it, a backup without one is as good, and one that belongs to a
//! former object of the same key is none. Not responsible for comparing: that is [`crate::verify`]'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Stored;
use crate::checksum::Algorithm;
use crate::error::Result;
use crate::pool::Pool;
use crate::sidecar::Sidecar;
use crate::store::PartTag;

/// What is written down of a backup, as JSON in `S3_PREFIX` + `.z3/receipts/` + `dataset@snapshot`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// Version of this format: 1.
    pub format: u32,
    /// The object key.
    pub key: String,
    /// `z3id` in the object's metadata: what ties the two together.
    pub z3id: String,
    /// The program that wrote it, with its version.
    pub program: String,
    /// The kernel module's version (`/sys/module/zfs/version`), where there is one.
    pub zfs_version: Option<String>,
    /// The command that sent the stream.
    pub send: String,
    /// What compressed it, with its version.
    pub codec: String,
    /// The guid of the snapshot.
    pub guid: u64,
    /// The guid of the incremental source; 0 for a full stream.
    pub parent_guid: u64,
    /// The stream's `DMU_BACKUP_FEATURE_*` bits.
    pub features: u64,
    /// Length of the stream before compression.
    pub stream_bytes: u64,
    /// SHA-256 of the stream in hex. Absent without compressor, as the parts' digests are of the stream itself then and no
    /// byte is hashed twice, and with another `PAYLOAD`.
    pub stream_sha256: Option<String>,
    /// Fletcher-4 in the stream's END record, four words in hex.
    pub end_checksum: [String; 4],
    /// Length of the object.
    pub stored_bytes: u64,
    /// The object's ETag with its quotes.
    pub etag: String,
    /// The parts, in order.
    pub parts: Vec<Part>,
}

/// One part of the upload.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Part {
    /// Its length.
    pub bytes: u64,
    /// Base64 of its SHA-256, as S3 spells it; absent with another `PAYLOAD`, and for a part that an earlier run sent and
    /// that was compared by MD5.
    pub sha256: Option<String>,
    /// The same of its CRC-32C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc32c: Option<String>,
}

impl Part {
    /// What is known of a stored part.
    pub fn of(tag: &PartTag) -> Self {
        let checksum = |algorithm| {
            let made = tag.checksum.as_ref().filter(|it| it.algorithm == algorithm);
            made.map(|it| it.base64.clone())
        };
        Self {
            bytes: tag.size_bytes,
            sha256: checksum(Algorithm::Sha256),
            crc32c: checksum(Algorithm::Crc32c),
        }
    }
}

impl Receipt {
    /// Where the receipt of `dataset@snapshot` lies.
    pub fn name(snapshot: &str) -> String {
        format!("receipts/{snapshot}")
    }
}

/// The receipts of these very objects, as far as there are any, without their parts, by the backup's name; read by so many
/// workers.
pub fn load(
    sidecar: &Sidecar,
    dataset: &str,
    backups: &[&Stored],
    workers: usize,
) -> Result<BTreeMap<String, Receipt>> {
    let tied = |stored: &&Stored| Some((stored.name.clone(), stored.z3id.clone()?));
    let own: Vec<(String, String)> = backups.iter().filter_map(tied).collect();
    let (sidecar, dataset) = (sidecar.clone(), dataset.to_owned());
    let workers = workers.min(own.len());
    let mut pool = Pool::new(workers, "receipt", move |(name, z3id)| {
        let place = Receipt::name(&format!("{dataset}@{name}"));
        let receipt = sidecar.read::<Receipt>(&place);
        let receipt = receipt.filter(|receipt| receipt.z3id == z3id);
        // A MiB of the largest receipts, that nobody compares.
        let parts = Vec::new();
        (name, receipt.map(|receipt| Receipt { parts, ..receipt }))
    })?;
    own.into_iter().for_each(|one| pool.submit(one));
    Ok(pool
        .filter_map(|(name, receipt)| Some((name, receipt?)))
        .collect())
}

/// The version of the zfs kernel module; `None` where zfs is none (zfs-fuse, FreeBSD).
pub fn zfs_version() -> Option<String> {
    let text = std::fs::read_to_string("/sys/module/zfs/version").ok()?;
    Some(text.trim().to_owned())
}
