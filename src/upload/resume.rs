//! Going on with what an earlier run has left: the upload that fits, and the parts that need not be sent again.
//!
//! Responsible for comparing parts. The stream is sent again and cut the same way; a part is spared only if its digest is
//! the stored one, so that what is stored never depends on `zfs send` repeating itself. Not responsible for finding what
//! was left ([`super::survey`]).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Uploader;
use super::survey::Earlier;
use crate::checksum::{Algorithm, Checksum};
use crate::note::Note;
use crate::order::{gathered, sort_by_key};
use crate::store::{PartTag, StoredPart, Upload};

impl Uploader {
    /// The upload to go on with: the one with the most bytes that fits, if any; its note says from now on that it is ours.
    /// The others are aborted.
    pub(super) fn choose(
        &self,
        earlier: Vec<Earlier>,
        fits: impl Fn(&Note) -> bool,
    ) -> Option<Resumable> {
        let mut fitting = Vec::new();
        for Earlier { upload, note } in earlier.into_iter().filter(|one| self.is_as_found(one)) {
            let checksum = note.checksum;
            let upload = Upload { checksum, ..upload };
            if !fits(&note) {
                self.give_up(&upload);
                continue;
            }
            // What cannot be looked at now may be of use to a later run.
            let Some(parts) = self.vault.tolerate(self.vault.store.list_parts(&upload)) else {
                continue;
            };
            fitting.push(Resumable::new(upload, note, parts));
        }
        sort_by_key(&mut fitting, |found| Reverse(found.stored_bytes()));
        let mut fitting = fitting.into_iter();
        let mut best = fitting.next();
        fitting.for_each(|other| self.give_up(&other.upload));
        if let Some(Resumable { upload, note, .. }) = &mut best {
            // What could not be written costs no more than that another run may take it over in turn.
            note.write(&self.vault, &self.host, &upload.id);
        }
        best
    }
}

/// An upload to go on with.
pub struct Resumable {
    pub upload: Upload,
    pub note: Note,
    parts: BTreeMap<u32, StoredPart>,
    spared_bytes: AtomicU64,
    spared_parts: AtomicU64,
}

impl Resumable {
    fn new(upload: Upload, note: Note, parts: Vec<StoredPart>) -> Self {
        let by_number = parts.into_iter().map(|part| (part.number, part));
        Self {
            upload,
            note,
            parts: gathered(by_number),
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
