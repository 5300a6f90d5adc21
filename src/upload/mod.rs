//! The upload engine: a stream becomes one object, or nothing.
//!
//! ```text
//! source -> reader thread: parts -> N workers: PUT part -> ETags here -> Complete, in exactly one place (commit)
//!               ^------------------ buffers come back <-----'
//! ```
//!
//! Responsible for the order of things: the upload is created when the first part is full, completed only after the
//! source ended well and every part's ETag came back, and aborted after anything else. Memory is part size times
//! workers, exactly: there are that many buffers and no more. Not responsible for repeating a failed request ([`crate::s3`]).

mod commit;
mod draft;
mod parts;
mod reader;
mod transfer;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use draft::Draft;
pub use parts::Schedule;
use transfer::Transfer;

use crate::error::{Error, Result};
use crate::pipeline::Killer;
use crate::progress::Progress;
use crate::signals;
use crate::store::{CreateOptions, ObjectStore};

/// The engine and where it uploads to.
#[derive(Clone)]
pub struct Uploader {
    /// Takes the parts.
    pub store: Arc<dyn ObjectStore>,
    /// Connections of its own for the abort after a signal, when those of `store` may be stuck.
    pub aside: Arc<dyn ObjectStore>,
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
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The object's ETag with its quotes.
    pub etag: String,
    /// Stored length in bytes.
    pub size_bytes: u64,
    /// Number of parts.
    pub parts: usize,
}

impl Uploader {
    /// Uploads the job's stream, then calls `committed` while signals still wait, so that what is stored is also announced.
    /// After an error the key holds what it held before, and the unfinished upload is gone or named on stderr.
    pub fn run(
        &self,
        mut job: Job,
        committed: impl FnOnce(&Outcome) -> Result<()>,
    ) -> Result<Outcome> {
        let id = commit::random_id()?;
        let mut options = std::mem::take(&mut job.options);
        options.metadata.insert("z3id".to_owned(), id.clone());
        let draft = Draft::new(self, job.key.clone(), options);
        let mut transfer = Transfer::start(&self.store, job)?;
        let tags = match transfer.send_all(&draft) {
            Ok(tags) => tags,
            Err(error) => {
                transfer.stop();
                return Err(error);
            }
        };
        let Some(upload) = draft.upload() else {
            return Err(Error::refused(
                "can't upload zero bytes: the input is empty",
            ));
        };
        // Held until the verdict is announced. A refused upload is aborted by the draft's end.
        let _hold = signals::hold();
        match commit::commit(self, &upload, &tags, &id) {
            Ok(outcome) => {
                draft.keep();
                committed(&outcome)?;
                Ok(outcome)
            }
            Err(commit::Failure::Refused(error)) => Err(error),
            Err(commit::Failure::Unknown(error)) => {
                draft.keep();
                if signals::stopping() {
                    // Nobody else will say it: the signal ends the program when the hold is let go.
                    log::error!("{error}");
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
