//! What earlier runs have left unfinished, and whose it is.
//!
//! Responsible for finding the uploads that this machine may go on with, and for aborting those that no run will come back
//! to. Only a note that this machine has sealed, of a process that has ended, gives an upload into our hands: the caller
//! holds the lock of the dataset, but who sees another /run/lock does not meet it there. What has no such note is named and
//! stays. Not responsible for going on ([`super::resume`]).

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::Uploader;
use crate::error::{Error, Result};
use crate::host::Life;
use crate::label;
use crate::name::{self, SnapName};
use crate::note::{Note, forget};
use crate::order::{gathered, sort_by_key};
use crate::pool::Pool;
use crate::store::{Kind, StoredPart, Unfinished, Upload};
use crate::terminal::plain;

/// So many uploads with a note are looked at in one run, those of wanted keys first: anybody may have begun thousands.
const MAX_LISTED: usize = 200;
/// So many notes whose uploads are not listed are looked at. Where a policy forbids to delete them, they gather.
const MAX_UNLISTED: usize = 50;
/// So many of them at a time.
const READERS: usize = 8;
/// So many that are nobody's are named.
const MAX_NAMED: usize = 3;
/// Whoever cannot be looked for, in another container, has given up after so long without a new part.
const SILENCE: Duration = Duration::from_secs(6 * 60 * 60);

/// An unfinished upload that a run on this machine has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The upload.
    pub upload: Upload,
    /// What that run wrote down.
    pub note: Note,
}

impl Earlier {
    /// The snapshots that it needs: its own and its base.
    pub fn snapshots(&self) -> impl Iterator<Item = SnapName> {
        let own = name::split_key(&self.upload.key).map(|(_, name)| name.into());
        let base = label::parent_in(&self.note.options.metadata);
        let base = base.and_then(|base| base.name().map(SnapName::from));
        own.into_iter().chain(base)
    }
}

impl Uploader {
    /// The unfinished uploads of keys that begin with `prefix` and that this machine may go on with. Those of snapshots that
    /// are not `wanted` are aborted; notes of uploads that have ended are removed. Fails if one
    /// of them is being sent by another process at this moment.
    pub fn survey(&self, prefix: &str, wanted: &BTreeSet<SnapName>) -> Result<Vec<Earlier>> {
        let is_wanted = |key: &str| {
            let name = key.strip_prefix(prefix);
            name.is_some_and(|name| wanted.contains(name))
        };
        let listed = self.vault.tolerate(self.vault.store.list_uploads(prefix));
        let names = self.vault.list(&Note::name("")).into_iter();
        let mut names: BTreeSet<String> = gathered(names);
        let (mut noted, mut strange) = (Vec::new(), Vec::new());
        for one in listed.into_iter().flatten() {
            let has_note = names.remove(&Note::name(&one.upload.id));
            if has_note { &mut noted } else { &mut strange }.push(one);
        }
        sort_by_key(&mut noted, |one| !is_wanted(&one.upload.key));
        noted.truncate(MAX_LISTED);
        let mut own = Vec::new();
        let ids = noted.iter().map(|one| one.upload.id.clone()).collect();
        for (one, note) in noted.into_iter().zip(self.notes(ids)?) {
            match note.filter(|note| note.key == one.upload.key) {
                Some(note) => own.extend(self.unless_alive(one, note)?),
                None => strange.push(one),
            }
        }
        strange.retain(|one| is_wanted(&one.upload.key));
        name_strange(&strange);
        for (id, note) in self.unlisted(&names)? {
            if note.key.starts_with(prefix) {
                own.extend(self.unlisted_upload(id, note)?);
            }
        }
        own.retain(|earlier| {
            let wanted = is_wanted(&earlier.upload.key);
            if !wanted {
                self.give_up(&earlier.upload);
            }
            wanted
        });
        Ok(own)
    }

    /// The keys of all unfinished uploads in the vault that this machine has a note of: of no other a [survey](Self::survey)
    /// would find anything. `None` if there are too many notes to be read.
    pub fn noted_keys(&self) -> Result<Option<BTreeSet<String>>> {
        let begin = Note::name("");
        // What is wrong with the server or the bucket, the runs themselves will tell.
        let names = match self.vault.names(&begin) {
            Err(error) if error.kind != Kind::Denied => return Err(error.into()),
            listed => self.vault.tolerate(listed).unwrap_or_default(),
        };
        if names.len() > MAX_LISTED {
            return Ok(None);
        }
        let ids = names.iter().filter_map(|name| name.strip_prefix(&begin));
        let notes = self.notes(ids.map(str::to_owned).collect())?;
        let keys = notes.into_iter().flatten().map(|note| note.key);
        Ok(Some(gathered(keys)))
    }

    /// Our notes of these uploads, in their order.
    fn notes(&self, ids: Vec<String>) -> Result<Vec<Option<Note>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (vault, host) = (self.vault.clone(), self.host.clone());
        let mut pool = Pool::new(READERS.min(ids.len()), "notes", move |id: String| {
            Note::read(&vault, &host, &id)
        })?;
        ids.into_iter().for_each(|id| pool.submit(id));
        Ok(std::iter::from_fn(|| pool.next_in_order()).collect())
    }

    /// Our notes whose uploads were not listed, with the uploads' ids.
    fn unlisted(&self, names: &BTreeSet<String>) -> Result<Vec<(String, Note)>> {
        let begin = Note::name("");
        let ids = names.iter().filter_map(|name| name.strip_prefix(&begin));
        let ids: Vec<String> = ids.take(MAX_UNLISTED).map(str::to_owned).collect();
        let notes = self.notes(ids.clone())?;
        let pairs = ids.into_iter().zip(notes);
        Ok(pairs.filter_map(|(id, note)| Some((id, note?))).collect())
    }

    /// The upload of a note that was not listed, if it has parts; else it has ended, or is worth nothing. MinIO lists uploads
    /// only by their whole keys, others list none at all.
    fn unlisted_upload(&self, id: String, note: Note) -> Result<Option<Earlier>> {
        let upload = Upload {
            key: note.key.clone(),
            id,
            checksum: note.checksum,
        };
        let unfinished = Unfinished {
            upload: upload.clone(),
            initiated_text: String::new(),
            initiated: None,
        };
        let Some(earlier) = self.unless_alive(unfinished, note)? else {
            return Ok(None);
        };
        match self.vault.store.list_parts(&upload) {
            Ok(parts) if !parts.is_empty() => return Ok(Some(earlier)),
            Ok(_) => self.give_up(&upload),
            // Whoever ended it had no time to say so.
            Err(error) if error.kind == Kind::NotFound => forget(&self.vault, &upload),
            // Nothing is known: another run sees more.
            Err(error) => log::info!("{error}"),
        }
        Ok(None)
    }

    /// Gives the upload into our hands if the process that sent it has ended.
    fn unless_alive(&self, one: Unfinished, note: Note) -> Result<Option<Earlier>> {
        let Unfinished {
            upload, initiated, ..
        } = one;
        match self.host.life(&note.process) {
            Life::Over => return Ok(Some(Earlier { upload, note })),
            Life::Alive => return Err(at_work(&note)),
            Life::Unknown => {}
        }
        let parts = self.vault.tolerate(self.vault.store.list_parts(&upload));
        let silent =
            parts.is_some_and(|parts| is_silent(&parts, initiated, self.vault.store.now()));
        if !silent {
            log::warn!(
                "{} may be being sent in another container of this machine: its unfinished upload {} stays",
                plain(&upload.key),
                plain(&upload.id)
            );
        }
        Ok(silent.then_some(Earlier { upload, note }))
    }

    /// Whether its note still says what it did: nobody has taken it over meanwhile.
    pub(super) fn is_as_found(&self, earlier: &Earlier) -> bool {
        let now = Note::read(&self.vault, &self.host, &earlier.upload.id);
        now.as_ref() == Some(&earlier.note)
    }

    pub(super) fn give_up(&self, upload: &Upload) {
        let Upload { id, key, .. } = upload;
        log::info!("the unfinished upload {id} of {key} is of no use any more");
        if self
            .vault
            .tolerate(self.vault.store.abort(upload))
            .is_some()
        {
            forget(&self.vault, upload);
        }
    }
}

fn at_work(note: &Note) -> Error {
    Error::Locked {
        dataset: plain(&note.key),
        holder: format!("process {}", note.process.pid),
    }
    .hint("wait until it has ended, then start again")
}

/// Whether nothing has arrived for long, by the server's clock. What it does not tell is no silence.
fn is_silent(parts: &[StoredPart], initiated: Option<SystemTime>, now: SystemTime) -> bool {
    let newest = match parts.iter().map(|part| part.modified).max() {
        None => initiated,
        Some(_) if parts.iter().any(|part| part.modified.is_none()) => None,
        Some(newest) => newest,
    };
    newest.is_some_and(|newest| now.duration_since(newest).is_ok_and(|age| age > SILENCE))
}

fn name_strange(strange: &[Unfinished]) {
    for Upload { key, id, .. } in strange.iter().take(MAX_NAMED).map(|one| &one.upload) {
        log::warn!(
            "an unfinished upload of {} has no note of this machine and stays: {} ('s3_mp_cleanup' removes it)",
            plain(key),
            plain(id)
        );
    }
    if let Some(more @ 1..) = strange.len().checked_sub(MAX_NAMED) {
        log::warn!("and {more} more of them");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_told_by_the_newest_part() {
        let now = SystemTime::UNIX_EPOCH + 1000 * SILENCE;
        let part = |age: Option<Duration>| StoredPart {
            number: 1,
            size_bytes: 1,
            etag: String::new(),
            sha256: None,
            modified: age.map(|age| now - age),
        };
        let [old, new] = [SILENCE * 2, SILENCE / 2];
        for (ages, initiated, silent) in [
            (&[Some(old)][..], new, true),
            (&[Some(old), Some(new)], old, false),
            (&[Some(old), None], old, false),
            (&[], old, true),
            (&[], new, false),
        ] {
            let parts: Vec<_> = ages.iter().map(|&age| part(age)).collect();
            assert_eq!(
                is_silent(&parts, Some(now - initiated), now),
                silent,
                "{ages:?}"
            );
        }
        assert!(!is_silent(&[], None, now));
        assert!(!is_silent(&[], Some(now + SILENCE), now));
    }
}
