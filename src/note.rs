//! What is written down beside an unfinished upload, so that a later run can go on with it, and others spare its base.
//!
//! Responsible for the note's content, for the question whether it fits a run, and for believing only what this machine has
//! written itself: whoever may write to the bucket can write a note, and what it says decides what is aborted. Not
//! responsible for finding uploads ([`crate::upload`]).

mod claims;

use serde::{Deserialize, Serialize};

pub use claims::{Claim, claims};

use crate::checksum::Algorithm;
use crate::host::{Machine, Process};
use crate::label::FREE;
use crate::schedule::Cut;
use crate::store::{CreateOptions, Metadata, Upload};
use crate::vault::Vault;

/// More than any note of ours: a key has 1,024 bytes, metadata 2 KB.
pub const MOST_BYTES: u64 = 64 << 10;

/// How the bytes of an upload came about. Only the saving depends on it, never what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The command that sends.
    pub send: String,
    /// What compresses, with its version.
    pub codec: String,
}

/// The note of one upload: `uploads/` + upload id in the [`Vault`].
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
    /// The machine, by the name that it shows.
    pub host: String,
    /// Who sends it: nobody takes over what is alive.
    pub process: Process,
    /// What only that machine can make of the upload's id and all of the above.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    seal: String,
}

impl Note {
    /// What this run would write down, before it has an upload.
    pub fn new(
        key: &str,
        options: &CreateOptions,
        origin: Origin,
        cut: &Cut,
        host: &Machine,
    ) -> Self {
        Self {
            key: key.to_owned(),
            options: options.clone(),
            checksum: None,
            origin,
            cut: cut.clone(),
            host: host.name().to_owned(),
            process: host.process().clone(),
            seal: String::new(),
        }
    }

    /// The note of an upload, if this machine has written it.
    pub fn read(vault: &Vault, host: &Machine, upload_id: &str) -> Option<Self> {
        let note: Self = vault.read(&Self::name(upload_id), MOST_BYTES)?;
        note.is_own(host, upload_id).then_some(note)
    }

    /// Whether this machine has written it about this upload.
    pub fn is_own(&self, host: &Machine, upload_id: &str) -> bool {
        self.host == host.name() && host.has_sealed(&self.sealed(upload_id), &self.seal)
    }

    /// Writes it as this process's. `false` if it could not be written, or could not be believed later.
    pub fn write(&mut self, vault: &Vault, host: &Machine, upload_id: &str) -> bool {
        self.process = host.process().clone();
        let Some(seal) = host.seal(&self.sealed(upload_id)) else {
            return false;
        };
        self.seal = seal;
        vault.write(&Self::name(upload_id), self)
    }

    /// The bytes that the seal is for.
    fn sealed(&self, upload_id: &str) -> Vec<u8> {
        let bare = Self {
            seal: String::new(),
            ..self.clone()
        };
        let text = serde_json::to_string(&bare).unwrap_or_default();
        format!("{upload_id}\n{text}").into_bytes()
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
        let same =
            self.key == wanted.key && self.host == wanted.host && self.origin == wanted.origin;
        same && strict(self) == strict(wanted)
    }

    /// The id in the object's metadata, which tells it from all others.
    pub fn metadata(&self) -> &Metadata {
        &self.options.metadata
    }
}

/// Removes the note of an upload that has ended.
pub fn forget(vault: &Vault, upload: &Upload) {
    vault.delete(&Note::name(&upload.id));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::PartLimits;
    use crate::schedule::Schedule;
    use crate::store::ObjectStore;
    use crate::store::memory::MemoryStore;

    fn note(host: &Machine, key: &str, metadata: &[(String, String)]) -> Note {
        let options = CreateOptions {
            metadata: metadata.iter().cloned().collect(),
            storage_class: Some("STANDARD_IA".to_owned()),
            acl: Some("bucket-owner-full-control".to_owned()),
            headers: Some("f".repeat(64)),
        };
        let origin = Origin {
            send: format!("zfs send {key}"),
            codec: "none".to_owned(),
        };
        let limits = PartLimits {
            max_parts: 10_000,
            min_part_bytes: 5 << 20,
            growth: true,
            max_memory_bytes: 2 << 30,
            concurrency: 32,
        };
        let schedule = Schedule::new(Some(1), &limits).unwrap();
        Note::new(key, &options, origin, schedule.cut(), host)
    }

    fn vault() -> (Arc<MemoryStore>, Vault) {
        let store = Arc::new(MemoryStore::new());
        (store.clone(), Vault::over(store, "p/"))
    }

    /// A name of 1,000 bytes, each of them six in JSON, and as much metadata as S3 takes.
    #[test]
    fn the_largest_is_read_again() {
        let (_, vault) = vault();
        let here = Machine::named("here");
        let metadata = [
            ("parent", "\u{1}".repeat(1000)),
            ("size", "\u{7f}".repeat(1000)),
        ];
        let metadata = metadata.map(|(name, value)| (name.to_owned(), value));
        let mut wanted = note(&here, &"\u{1}".repeat(1000), &metadata);
        assert!(wanted.write(&vault, &here, "id"));
        assert_eq!(Note::read(&vault, &here, "id").unwrap(), wanted);
    }

    #[test]
    fn only_what_this_machine_wrote_about_this_upload_is_believed() {
        let (store, vault) = vault();
        let [here, there] = ["here", "there"].map(Machine::named);
        let mut own = note(&here, "p/a@1", &[]);
        assert!(own.write(&vault, &here, "1"));
        let place = |id: &str| format!("p/.z3/{}", Note::name(id));
        let text = String::from_utf8(store.object(&place("1")).unwrap().1).unwrap();
        let forge = |id: &str, text: &str| store.put(&place(id), text.as_bytes()).unwrap();
        // Another upload's, another host's under our name, and ours with something else in it.
        forge("2", &text);
        let mut theirs = note(&there, "p/a@1", &[]);
        theirs.host = here.name().to_owned();
        assert!(theirs.write(&vault, &there, "3"));
        forge("4", &text.replace("p/a@1", "p/a@2"));
        forge("5", &text.replace("\"pid\":0", "\"pid\":1"));
        forge("6", &text.replace("\"seal\":\"", "\"seal\":\"0"));
        let read = |id: &str| Note::read(&vault, &here, id);
        assert_eq!(read("1"), Some(own));
        for id in ["2", "3", "4", "5", "6"] {
            assert_ne!(store.object(&place(id)).map(|(_, body)| body), None);
            assert_eq!(read(id), None, "{id}");
        }
        forge("7", &"[".repeat(100_000));
        assert_eq!(read("7"), None);
    }

    #[test]
    fn without_an_id_of_the_machine_nothing_is_written() {
        let (store, vault) = vault();
        let nobody = Machine::named("");
        assert!(!note(&nobody, "p/a@1", &[]).write(&vault, &nobody, "1"));
        assert_eq!(store.count("put"), 0);
    }
}
