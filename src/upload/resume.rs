//! Going on with what an earlier run has left: unfinished uploads of this machine, and the parts that need not be sent
//! again.
//!
//! Responsible for finding such uploads by their notes, for the one that fits, and for comparing parts. The stream is
//! sent again and cut the same way; a part is spared only if its digest is the stored one, so that what is stored never
//! depends on `zfs send` repeating itself. The caller holds the lock of the dataset: nobody else on this machine is at
//! work on these uploads. Not responsible for what is left without a note, or by another machine: that is named and stays.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Uploader;
use super::note::{Note, forget};
use crate::checksum::{Algorithm, Checksum};
use crate::store::{Kind, PartTag, StoredPart, Upload};

/// So many notes whose uploads are not listed are looked at in one run. Where a policy forbids to delete them, they gather.
const MAX_UNLISTED: usize = 50;

/// An unfinished upload that a run on this machine has left.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The upload.
    pub upload: Upload,
    /// What that run wrote down.
    pub note: Note,
}

impl Earlier {
    /// The snapshots that it needs, by their names after the `@`: its own and its base.
    pub fn snapshots(&self) -> impl Iterator<Item = &str> {
        let metadata = &self.note.options.metadata;
        let parent = metadata.get("parent").map(String::as_str);
        [Some(self.upload.key.as_str()), parent]
            .into_iter()
            .flatten()
            .map(|full| full.rsplit_once('@').map_or("", |(_, name)| name))
    }
}

impl Uploader {
    /// The unfinished uploads of keys that begin with `prefix` and that this machine, `host`, may go on with. Those of
    /// snapshots that are not `wanted`, by their names after the `@`, are aborted; notes of uploads that have ended are removed.
    pub fn survey(&self, prefix: &str, wanted: &[&str], host: &str) -> Vec<Earlier> {
        let listed = self.sidecar.tolerate(self.store.list_uploads(prefix));
        let mut rest = self.sidecar.list("uploads/");
        let mut own = Vec::new();
        let is_own = |note: &Note| !host.is_empty() && note.origin.host == host;
        let is_wanted = |key: &str| wanted.contains(&key.strip_prefix(prefix).unwrap_or_default());
        for upload in listed.into_iter().flatten().map(|listed| listed.upload) {
            let name = Note::name(&upload.id);
            rest.retain(|other| *other != name);
            match self.sidecar.read::<Note>(&name) {
                Some(note) if is_own(&note) => own.push(Earlier { upload, note }),
                _ if is_wanted(&upload.key) => log::warn!(
                    "an unfinished upload of {} has no note of this machine and stays: {} ('s3_mp_cleanup' removes it)",
                    upload.key,
                    upload.id
                ),
                _ => {}
            }
        }
        for name in rest.iter().take(MAX_UNLISTED) {
            let note = self.sidecar.read::<Note>(name);
            let note = note.filter(|note| is_own(note) && note.key.starts_with(prefix));
            own.extend(note.and_then(|note| self.unlisted(name, note)));
        }
        own.retain(|earlier| {
            let wanted = is_wanted(&earlier.upload.key);
            if !wanted {
                self.give_up(&earlier.upload);
            }
            wanted
        });
        own
    }

    /// The upload of a note that was not listed, if it has parts; else it has ended, or is worth nothing. MinIO lists uploads
    /// only by their whole keys, others list none at all.
    fn unlisted(&self, name: &str, note: Note) -> Option<Earlier> {
        let upload = Upload {
            key: note.key.clone(),
            id: name.strip_prefix(&Note::name(""))?.to_owned(),
            checksum: note.checksum,
        };
        match self.store.list_parts(&upload) {
            Ok(parts) if !parts.is_empty() => return Some(Earlier { upload, note }),
            Ok(_) => self.give_up(&upload),
            // Whoever ended it had no time to say so.
            Err(error) if error.kind == Kind::NotFound => self.sidecar.delete(name),
            // Nothing is known: another run sees more.
            Err(error) => log::info!("{error}"),
        }
        None
    }

    /// The upload to go on with: the one with the most bytes that fits, if any. The others are aborted.
    pub(super) fn choose(
        &self,
        earlier: Vec<Earlier>,
        fits: impl Fn(&Note) -> bool,
    ) -> Option<Found> {
        let mut fitting = Vec::new();
        for Earlier { upload, note } in earlier {
            let checksum = note.checksum;
            let upload = Upload { checksum, ..upload };
            if !fits(&note) {
                self.give_up(&upload);
                continue;
            }
            // What cannot be looked at now may be of use to a later run.
            let Some(parts) = self.sidecar.tolerate(self.store.list_parts(&upload)) else {
                continue;
            };
            fitting.push(Found::new(upload, note, parts));
        }
        fitting.sort_by_key(|found| Reverse(found.stored_bytes()));
        let mut fitting = fitting.into_iter();
        let best = fitting.next();
        fitting.for_each(|other| self.give_up(&other.upload));
        best
    }

    fn give_up(&self, upload: &Upload) {
        let Upload { id, key, .. } = upload;
        log::info!("the unfinished upload {id} of {key} is of no use any more");
        if self.sidecar.tolerate(self.store.abort(upload)).is_some() {
            forget(&self.sidecar, upload);
        }
    }
}

/// An upload to go on with.
pub struct Found {
    pub upload: Upload,
    pub note: Note,
    parts: BTreeMap<u32, StoredPart>,
    spared_bytes: AtomicU64,
    spared_parts: AtomicU64,
}

impl Found {
    fn new(upload: Upload, note: Note, parts: Vec<StoredPart>) -> Self {
        let by_number = parts.into_iter().map(|part| (part.number, part));
        Self {
            upload,
            note,
            parts: by_number.collect(),
            spared_bytes: AtomicU64::new(0),
            spared_parts: AtomicU64::new(0),
        }
    }

    fn stored_bytes(&self) -> u64 {
        self.parts.values().map(|part| part.size_bytes).sum()
    }

    /// The tag of a stored part, if it has these very bytes.
    pub fn spare(&self, number: u32, body: &[u8]) -> Option<PartTag> {
        let stored = self.parts.get(&number)?;
        let digest = self.same_digest(stored, body);
        if digest.is_none() {
            let (key, lowest) = (&self.upload.key, self.parts.keys().next());
            let what = match lowest == Some(&number) {
                true => "the stream has changed since",
                false => "it is sent again",
            };
            log::info!("part {number} of {key} differs from the stored one: {what}");
        }
        let checksum = digest?;
        self.spared_bytes.fetch_add(stored.size_bytes, Relaxed);
        self.spared_parts.fetch_add(1, Relaxed);
        Some(PartTag {
            number,
            size_bytes: stored.size_bytes,
            etag: stored.etag.clone(),
            checksum,
        })
    }

    /// `None` if the part is another one; else its checksum, if that is known. It is compared by SHA-256 where the server
    /// tells it, else by MD5, which the ETag of a part is unless the server encrypts: a CRC is too weak to spare a part.
    /// An upload that carries checksums needs each part's in the end (SeaweedFS keeps them and does not list them).
    fn same_digest(&self, stored: &StoredPart, body: &[u8]) -> Option<Option<Checksum>> {
        if stored.size_bytes != body.len() as u64 {
            return None;
        }
        if let Some(digest) = &stored.sha256 {
            let own = Algorithm::Sha256.of(body);
            return (*digest == own.base64).then_some(Some(own));
        }
        let same = stored.etag.trim_matches('"') == hex::encode(*md5::compute(body));
        same.then(|| self.upload.checksum.map(|algorithm| algorithm.of(body)))
    }

    /// How much was saved, in words.
    pub fn savings(&self) -> String {
        let bytes = crate::size::humanize(self.spared_bytes.load(Relaxed));
        let (spared, stored) = (self.spared_parts.load(Relaxed), self.parts.len());
        format!(
            "{spared} parts ({bytes}) were stored by an earlier run and not sent again, of {stored} that it left"
        )
    }
}
