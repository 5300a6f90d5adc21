//! The upload engine: a stream becomes one object, or nothing.
//!
//! ```text
//! source -> reader thread: parts -> N workers: PUT part -> ETags here -> Complete, in exactly one place (commit)
//!               ^------------------ buffers come back <-----'
//! ```
//!
//! Responsible for the order of things: the upload is created when the first part is full, completed only after the
//! source ended well and every part's ETag came back. After a failure of the stream it is aborted; after one of the
//! network or the server, or a signal, it is left for a later run that sends the same again. Memory is part size times
//! workers, exactly: there are that many buffers and no more. Not responsible for repeating a failed request ([`crate::s3`]).

mod base;
mod commit;
mod draft;
#[cfg(fuzzing)]
pub mod fuzz;
mod kept;
mod reader;
mod resume;
mod survey;
mod transfer;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

pub use base::BaseObject;
pub use commit::random_id;
use draft::Draft;
use resume::Resumable;
pub use survey::Earlier;
use transfer::Transfer;

use crate::error::{Error, Result};
use crate::host::Machine;
use crate::label;
use crate::note::{Note, Origin, forget};
use crate::pipeline::Killer;
use crate::progress::Progress;
use crate::schedule::Schedule;
use crate::signals;
use crate::store::{Condition, CreateOptions, Kind, Metadata, PartTag, StoreError, Upload};
use crate::vault::Vault;

/// The engine and where it uploads to.
#[derive(Clone)]
pub struct Uploader {
    /// Takes the parts, and notes of unfinished uploads.
    pub vault: Vault,
    /// Who writes them.
    pub host: Arc<Machine>,
    /// How long an unanswered Complete is asked again: `RETRY_FOR`.
    pub commit_for: Duration,
}

/// One object to be.
pub struct Job {
    /// The object key.
    pub key: String,
    /// Metadata, storage class and ACL.
    pub options: CreateOptions,
    /// How the stream is cut.
    pub schedule: Schedule,
    /// The bytes; end of file means that whatever makes them ended well.
    pub source: Box<dyn Read + Send>,
    /// Makes a read of `source` that is stuck return, when the upload has failed elsewhere.
    pub killer: Option<Killer>,
    /// Is told of every stored part.
    pub progress: Arc<Progress>,
    /// What the key must hold, so that nothing is replaced that nobody has decided about.
    pub condition: Condition,
    /// What the object will build on.
    pub base: Option<BaseObject>,
    /// What becomes of the upload when it is cut off, and of those that were.
    pub recovery: Recovery,
}

/// How an upload that was cut off is gone on with; the default is not at all.
#[derive(Default)]
pub struct Recovery {
    /// How the bytes come about, if they can be made once more.
    pub origin: Option<Origin>,
    /// Whether to go on with an earlier upload, and to leave this one for a later run when it is cut off.
    pub resume: bool,
    /// What earlier runs have left of this key: one is gone on with, if any fits, the others are aborted.
    pub earlier: Vec<Earlier>,
    /// Is called when this upload stays unfinished, or might, for a later run.
    pub left: Option<Box<dyn Fn() + Send + Sync>>,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The object's ETag with its quotes.
    pub etag: String,
    /// Stored length in bytes.
    pub size_bytes: u64,
    /// Its parts, in order.
    pub parts: Vec<PartTag>,
    /// `z3id` in its metadata.
    pub z3id: String,
}

impl Uploader {
    /// One of this machine.
    pub fn new(vault: Vault, commit_for: Duration) -> Self {
        Self {
            vault,
            host: Arc::new(Machine::here()),
            commit_for,
        }
    }

    /// Uploads the job's stream, then calls `committed` while signals still wait, so that what is stored is also announced.
    /// After an error the key holds what it held before, and the unfinished upload is gone or named on stderr.
    pub fn run(
        &self,
        mut job: Job,
        committed: impl FnOnce(&Uploaded) -> Result<()>,
    ) -> Result<Uploaded> {
        let (condition, base) = (std::mem::take(&mut job.condition), job.base.take());
        let (draft, found, metadata) = self.begin(&mut job)?;
        let transfer = Transfer::start(&self.vault.store, job, found.clone())?;
        let tags = sent(transfer, &draft)?;
        if let Some(found) = found {
            log::info!("{}: {}", found.upload.key, found.savings());
        }
        let empty = || Error::refused("can't upload zero bytes: the input is empty");
        let upload = draft.upload().filter(|_| !tags.is_empty());
        let upload = upload.ok_or_else(empty)?;
        // Held until the verdict is announced. A refused upload is aborted by the draft's end.
        let _hold = signals::hold();
        if let Some(base) = base {
            base.expect(&self.vault)
                .inspect_err(|error| leave_if_outage(&draft, error))?;
        }
        let verdict = commit::commit(self, &upload, tags, &metadata, condition);
        self.settle(draft, &upload, verdict, committed)
    }

    /// What follows of the verdict: success is announced, the upload forgotten, left or aborted.
    fn settle(
        &self,
        draft: Draft,
        upload: &Upload,
        verdict: Result<Uploaded, commit::CommitFailure>,
        committed: impl FnOnce(&Uploaded) -> Result<()>,
    ) -> Result<Uploaded> {
        let forget_if = |noted: bool| {
            if noted {
                forget(&self.vault, upload);
            }
        };
        match verdict {
            Ok(outcome) => {
                let noted = draft.keep();
                let announced = committed(&outcome);
                forget_if(noted);
                announced.map(|()| outcome)
            }
            Err(commit::CommitFailure::Refused(error)) => Err(error),
            Err(commit::CommitFailure::Unusable(error)) => {
                forget_if(draft.keep());
                Err(error)
            }
            Err(commit::CommitFailure::Unknown(error)) => {
                draft.doubt();
                if signals::stopping() {
                    // Nobody else will say it: the signal ends the program when the hold is let go.
                    log::error!("{error}");
                }
                Err(error)
            }
        }
    }

    /// The upload to be, an earlier one if there is one that fits, and the metadata of its object.
    fn begin(&self, job: &mut Job) -> Result<(Draft, Option<Arc<Resumable>>, Metadata)> {
        let mut options = std::mem::take(&mut job.options);
        let z3id = commit::random_id()?;
        options.metadata.insert(label::Z3ID.to_owned(), z3id);
        let mut metadata = options.metadata.clone();
        let recovery = std::mem::take(&mut job.recovery);
        let note_of =
            |origin| Note::new(&job.key, &options, origin, job.schedule.cut(), &self.host);
        let mut note = recovery.origin.map(note_of);
        let found = self.choose(recovery.earlier, |earlier| {
            let fits = note.as_ref().is_some_and(|note| earlier.fits(note));
            recovery.resume && fits && job.schedule.resume(&earlier.cut).is_some()
        });
        if let Some(found) = &found {
            let resumed = job.schedule.resume(&found.note.cut);
            job.schedule = resumed.unwrap_or(job.schedule.clone());
            found.note.metadata().clone_into(&mut metadata);
            note = Some(found.note.clone());
        }
        let upload = found.as_ref().map(|found| &found.upload);
        let left = recovery.left.filter(|_| recovery.resume);
        let draft = Draft::new(self, (job.key.clone(), options), note, upload, left);
        Ok((draft, found.map(Arc::new), metadata))
    }
}

/// All parts, in order. After an outage the upload is left for a later run.
fn sent(mut transfer: Transfer, draft: &Draft) -> Result<Vec<PartTag>> {
    transfer.send_all(draft).inspect_err(|error| {
        transfer.stop();
        leave_if_outage(draft, error);
    })
}

fn leave_if_outage(draft: &Draft, error: &Error) {
    if is_outage(error) {
        draft.leave();
    }
}

/// The stream was good, only the way to the server or the server was not: worth going on with. Parts that are too large for
/// it would be so again.
fn is_outage(error: &Error) -> bool {
    let hopeless =
        |failure: &StoreError| failure.kind == Kind::NotFound || failure.code == "EntityTooLarge";
    matches!(error, Error::Store(failure) if !hopeless(failure))
}

#[cfg(test)]
mod tests;
