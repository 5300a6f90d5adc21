//! Complete, called in exactly one place, and what follows when its answer is lost.
//!
//! Responsible for the verdict: stored, refused, or unknown. An answer that does not come is asked for again with the same
//! upload id; what the key holds then decides by length and by `z3id`, a random text in our own metadata. Not
//! responsible for the abort: the caller does that, and only after a definite refusal.

use std::fs::File;
use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use super::{Outcome, Uploader};
use crate::error::{Error, Result};
use crate::store::{Head, Kind, ObjectStore, PartTag, StoreError, Upload};

/// The first pause between two attempts; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Why there is no success to report.
pub enum Failure {
    /// The server has said no: the key holds what it held before, the upload may be aborted.
    Refused(Error),
    /// Nobody knows: nothing may be aborted.
    Unknown(Error),
}

/// 32 random hex digits, so that an object can be told from any other of the same key and length.
pub fn random_id() -> Result<String> {
    let mut bytes = [0; 16];
    let random = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    random.map_err(|error| Error::io("read /dev/urandom", error))?;
    Ok(hex::encode(bytes))
}

/// Makes the parts an object and looks at it.
pub fn commit(
    uploader: &Uploader,
    upload: &Upload,
    tags: &[PartTag],
    id: &str,
) -> Result<Outcome, Failure> {
    let ours = Ours {
        store: uploader.store.as_ref(),
        upload,
        id,
        size_bytes: tags.iter().map(|tag| tag.size_bytes).sum(),
    };
    let mut end = None;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match uploader.store.complete(upload, tags) {
            Ok(etag) => return ours.confirmed(etag, tags.len()),
            Err(error) => error,
        };
        // A request that was lost on a dead connection has cost all of the time by itself: it is sent a second time.
        let end = *end.get_or_insert_with(|| Instant::now() + uploader.commit_for);
        match (ours.is_there(), error.kind) {
            (Ok(Some(head)), _) => return Ok(ours.outcome(head.etag, tags.len())),
            (Ok(None), kind) if kind != Kind::Unknown => {
                return Err(Failure::Refused(error.into()));
            }
            // We may not look (an upload-only key): then the server's refusal is all there is to know.
            (Err(_), kind) if !matches!(kind, Kind::Unknown | Kind::NotFound) => {
                return Err(Failure::Refused(error.into()));
            }
            _ if Instant::now() + pause > end => {
                return Err(Failure::Unknown(unknown(upload, &error)));
            }
            _ => log::warn!("{error}; asking again"),
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn unknown(upload: &Upload, last: &StoreError) -> Error {
    Error::refused(format!("outcome unknown: {last}")).hint(format!(
        "nothing was aborted; the upload {} of {} is either a whole object by now or still unfinished: look with 'z3 status'",
        upload.id, upload.key
    ))
}

/// The object that this upload makes.
struct Ours<'a> {
    store: &'a dyn ObjectStore,
    upload: &'a Upload,
    id: &'a str,
    size_bytes: u64,
}

impl Ours<'_> {
    /// The object, if the key holds it.
    fn is_there(&self) -> Result<Option<Head>, StoreError> {
        let head = self.store.head(&self.upload.key)?;
        Ok(head.filter(|head| self.has_our_id(head) && head.size_bytes == self.size_bytes))
    }

    fn has_our_id(&self, head: &Head) -> bool {
        head.metadata
            .get("z3id")
            .is_some_and(|stored| stored == self.id)
    }

    /// Complete said yes: one look at what is stored catches a server that has lost a part. A key that may not be
    /// looked at, or that somebody has replaced already, is taken at the server's word.
    fn confirmed(&self, etag: String, parts: usize) -> Result<Outcome, Failure> {
        match self.store.head(&self.upload.key) {
            Ok(Some(head)) if self.has_our_id(&head) && head.size_bytes != self.size_bytes => {
                let (key, stored, sent) = (&self.upload.key, head.size_bytes, self.size_bytes);
                Err(Failure::Unknown(
                    Error::refused(format!(
                        "{key} is stored with {stored} bytes, {sent} were sent: it is no backup"
                    ))
                    .hint("the server has lost a part: delete the object and send it again"),
                ))
            }
            Ok(Some(head)) if self.has_our_id(&head) => Ok(self.outcome(head.etag, parts)),
            Ok(None) => Err(Failure::Unknown(unknown(
                self.upload,
                &vanished(self.upload),
            ))),
            Ok(Some(_)) => Ok(self.outcome(etag, parts)),
            Err(error) => {
                log::warn!("{error}; the stored length was not checked");
                Ok(self.outcome(etag, parts))
            }
        }
    }

    fn outcome(&self, etag: String, parts: usize) -> Outcome {
        Outcome {
            etag,
            size_bytes: self.size_bytes,
            parts,
        }
    }
}

fn vanished(upload: &Upload) -> StoreError {
    StoreError {
        act: "look at".to_owned(),
        object: upload.key.clone(),
        kind: Kind::NotFound,
        code: String::new(),
        cause: "the server has completed the upload and does not know the object".to_owned(),
    }
}
