//! The receipt of a stored backup: what was sent and what was stored, to compare with later.
//!
//! Responsible for its content. A restore never needs it, a backup without one is as good, and one that belongs to a
//! former object of the same key is none. Not responsible for comparing: that is [`crate::verify`]'s.

mod properties;

use std::collections::BTreeMap;
use std::mem::discriminant;

pub use properties::properties;
use serde::{Deserialize, Serialize};

use crate::catalog::{Facts, First, Stored};
use crate::checksum::Algorithm;
use crate::codec::Compressor;
use crate::error::Result;
use crate::name::{Dataset, FullName, SnapName};
use crate::order::gathered;
use crate::pool::Pool;
use crate::store::PartTag;
use crate::terminal::plain;
use crate::vault::Vault;
use crate::zfs::Property;

/// More than any receipt of ours: 10,000 parts take a MiB.
pub const MOST_BYTES: u64 = 2 << 20;
/// More than all texts of a receipt of ours: two names of snapshots, a key, digests.
const MOST_TEXT_BYTES: usize = 8 << 10;

/// What properties may take of it, as JSON.
const MOST_PROPERTY_BYTES: usize = 512 << 10;

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
    /// The kernel module's version, where there is one.
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
    /// What was set for the dataset when it was sent, which no plain stream carries. Written as the parts are.
    #[serde(skip_deserializing)]
    pub properties: Vec<Property>,
    /// The parts, in order. Written for people and other programs: z3 reads none of them again, of which there may be a MiB.
    #[serde(skip_deserializing)]
    pub parts: Vec<StoredSums>,
}

/// One part of the upload.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StoredSums {
    /// Its length.
    pub bytes: u64,
    /// Base64 of its SHA-256, as S3 spells it; absent with another `PAYLOAD`, and for a part that an earlier run sent and
    /// that was compared by MD5.
    pub sha256: Option<String>,
    /// The same of its CRC-32C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32c: Option<String>,
}

impl StoredSums {
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

/// The first properties, as many as there is room for beside the parts: a user may have set any number, of 8 KiB each.
pub fn fitting(properties: impl Iterator<Item = Property>) -> Vec<Property> {
    let mut room = MOST_PROPERTY_BYTES;
    let mut fits = |property: &Property| {
        let bytes = serde_json::to_vec(property).map_or(usize::MAX, |json| json.len());
        let left = room.checked_sub(bytes.saturating_add(1));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let (kept, left_out): (Vec<_>, Vec<_>) = properties.partition(|property| fits(property));
    if let Some(first) = left_out.first() {
        let (count, first) = (left_out.len(), plain(&first.name));
        log::info!("{count} properties are too long for a receipt, the first: {first}");
    }
    kept
}

impl Receipt {
    /// Where the receipt of `dataset@snapshot` lies.
    pub fn name(snapshot: &FullName) -> String {
        format!("receipts/{}", snapshot.as_str())
    }

    /// What the names of all of a dataset's begin with.
    pub fn names(dataset: &Dataset) -> String {
        format!("receipts/{}", dataset.prefix())
    }

    /// What lies there, without its parts, if it may be z3's: anybody who may write to the bucket may have put it there, and
    /// those of all backups are kept at a time.
    pub fn read(vault: &Vault, snapshot: &FullName) -> Option<Self> {
        let receipt: Self = vault.read(&Self::name(snapshot), MOST_BYTES)?;
        let fits = receipt.text_bytes() <= MOST_TEXT_BYTES;
        if !fits {
            log::info!("the receipt of {snapshot} is not z3's");
        }
        fits.then_some(receipt)
    }

    fn text_bytes(&self) -> usize {
        let texts = [
            &self.key,
            &self.z3id,
            &self.program,
            &self.send,
            &self.codec,
            &self.etag,
        ];
        let optional = [&self.zfs_version, &self.stream_sha256];
        let all = texts.into_iter().chain(optional.into_iter().flatten());
        all.chain(&self.end_checksum).map(String::len).sum()
    }
}

/// The receipts of these very objects, as far as there are any, without their parts, by the backup's name.
pub fn load(
    vault: &Vault,
    dataset: &Dataset,
    backups: &[&Stored],
) -> Result<BTreeMap<SnapName, Receipt>> {
    let tied = |stored: &&Stored| Some((stored.name.clone(), stored.label.z3id.clone()?));
    let own: Vec<(SnapName, String)> = backups.iter().filter_map(tied).collect();
    let (vault, dataset) = (vault.clone(), dataset.clone());
    let workers = vault.workers.min(own.len());
    let mut pool = Pool::new(workers, "receipt", move |(name, z3id)| {
        let receipt = Receipt::read(&vault, &dataset.full_name(&name));
        (name, receipt.filter(|receipt| receipt.z3id == z3id))
    })?;
    own.into_iter().for_each(|one| pool.submit(one));
    Ok(pool
        .filter_map(|(name, receipt)| Some((name, receipt?)))
        .collect())
}

/// What the receipts tell of objects that have lost their metadata, by the backup's name. Without `z3id`, a receipt belongs
/// to an object of its length that has its ETag or, as a copy in parts has another, its guid.
pub fn facts(
    vault: &Vault,
    dataset: &Dataset,
    backups: &[&Stored],
) -> Result<BTreeMap<SnapName, Facts>> {
    let (vault, dataset) = (vault.clone(), dataset.clone());
    let workers = vault.workers.min(backups.len());
    let mut pool = Pool::new(workers, "receipt", move |stored: Stored| {
        let receipt = Receipt::read(&vault, &dataset.full_name(&stored.name));
        let receipt = receipt.filter(|receipt| receipt.belongs_to(&stored));
        (stored.name, receipt.map(|receipt| receipt.facts()))
    })?;
    let owned = backups.iter().map(|&stored| stored.clone());
    owned.for_each(|stored| pool.submit(stored));
    let found = pool.filter_map(|(name, facts)| Some((name, facts?)));
    Ok(gathered(found))
}

impl Receipt {
    /// Whether it is that of an object without metadata, whose bytes have the last word: anybody may have written a receipt.
    fn belongs_to(&self, stored: &Stored) -> bool {
        let begin = stored.first.as_ref().and_then(First::begin);
        let bare = |etag: &str| etag.trim_matches('"').to_owned();
        let etag = bare(&self.etag);
        let same_etag = !etag.is_empty() && etag == bare(&stored.head.etag);
        let same_bytes = self.stored_bytes == stored.head.size_bytes;
        let tied = match &stored.label.z3id {
            Some(id) => self.z3id == *id,
            None => same_bytes && (same_etag || begin.is_some()),
        };
        let guids = (self.guid, self.parent_guid);
        let own = discriminant(&stored.label.compressor());
        let same_format = self.compressor().is_some_and(|it| discriminant(&it) == own);
        tied && begin.is_none_or(|begin| guids == (begin.toguid, begin.fromguid) && same_format)
    }

    fn compressor(&self) -> Option<Compressor> {
        Compressor::parse(self.codec.split(',').next().unwrap_or_default())
    }

    fn facts(&self) -> Facts {
        let compressor = self.compressor().filter(|&it| it != Compressor::None);
        Facts {
            guid: self.guid,
            parent_guid: self.parent_guid,
            compressor: compressor.map(|it| it.name().to_owned()),
            features: self.features,
            stream_bytes: Some(self.stream_bytes),
        }
    }
}

#[cfg(test)]
mod tests;
