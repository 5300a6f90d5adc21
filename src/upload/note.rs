//! What is written down about an unfinished upload, so that a later run can go on with it.
//!
//! Responsible for the note's content and for the question whether it fits a run. Not responsible for finding uploads
//! ([`super::resume`]).

use std::fs;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::parts::Cut;
use crate::checksum::Algorithm;
use crate::lock::uid;
use crate::sidecar::Sidecar;
use crate::store::{CreateOptions, Metadata, Upload};

/// Metadata that may differ: the estimate is a guess, and the id is the upload's own.
const FREE: [&str; 2] = ["size", "z3id"];

/// How the bytes of an upload came about, and where. Only the saving depends on it, never what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// This machine and user ([`Origin::host`]): nobody touches the upload of another one.
    pub host: String,
    /// The command that sends.
    pub send: String,
    /// What compresses, with its version.
    pub codec: String,
}

impl Origin {
    /// Of a stream that this machine sends.
    pub fn here(send: String, codec: String) -> Self {
        let host = Self::host();
        Self { host, send, codec }
    }

    /// Whoever shares our locks: this machine by its name, and a hash of its id (machine-id(5): many are called localhost,
    /// and the id itself is confidential) and our user id. Empty where there is no telling.
    pub fn host() -> String {
        let first = |places: &[&str]| {
            let text = places.iter().flat_map(fs::read_to_string).next();
            text.unwrap_or_default().trim().to_owned()
        };
        let name = first(&["/proc/sys/kernel/hostname", "/etc/hostname"]);
        let id = first(&["/etc/machine-id", "/var/lib/dbus/machine-id"]);
        if name.is_empty() && id.is_empty() {
            return String::new();
        }
        let hash = Sha256::digest(format!("z3 {id} {}", uid().unwrap_or_default()));
        let short: String = hex::encode(hash).chars().take(8).collect();
        format!("{name} {short}")
    }
}

/// The note of one upload: `uploads/` + upload id in the [`Sidecar`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The object key.
    pub key: String,
    /// Metadata of the object to be, `z3id` among it; storage class and ACL, if sent.
    #[serde(flatten)]
    pub options: CreateOptions,
    /// What checksums the upload carries, which Complete has to repeat.
    pub checksum: Option<Algorithm>,
    pub origin: Origin,
    pub cut: Cut,
}

impl Note {
    /// What this run would write down, before it has an upload.
    pub fn new(key: &str, options: &CreateOptions, origin: Origin, cut: &Cut) -> Self {
        Self {
            key: key.to_owned(),
            options: options.clone(),
            checksum: None,
            origin,
            cut: cut.clone(),
        }
    }

    /// Where the note of an upload lies.
    pub fn name(upload_id: &str) -> String {
        format!("uploads/{upload_id}")
    }

    /// Whether an upload with this note becomes what `wanted` would: the same bytes under the same headers. How they are
    /// cut is up to the older one.
    pub fn fits(&self, wanted: &Self) -> bool {
        let strict = |note: &Self| {
            let mut options = note.options.clone();
            let metadata = &mut options.metadata;
            metadata.retain(|name, _| !FREE.contains(&name.as_str()));
            options
        };
        let same = self.key == wanted.key && self.origin == wanted.origin;
        same && strict(self) == strict(wanted)
    }

    /// The id in the object's metadata, which tells it from all others.
    pub fn metadata(&self) -> &Metadata {
        &self.options.metadata
    }
}

/// Removes the note of an upload that has ended.
pub fn forget(sidecar: &Sidecar, upload: &Upload) {
    sidecar.delete(&Note::name(&upload.id));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_by_more_than_its_name() {
        let host = Origin::host();
        let (_, id) = host.rsplit_once(' ').unwrap_or_default();
        assert_eq!((id.len(), host == Origin::host()), (8, true), "{host}");
    }
}
