//! Complete, called in exactly one place, and what follows when its answer is lost.
//!
//! Responsible for the verdict: stored, refused, or unknown. What the key must hold is looked at just before and, where the
//! server knows conditions, by the server itself: two machines may send the same key. An answer that does not come is asked for again with the same
//! upload id; what the key holds then decides by length and by `z3id`, a random text in our own metadata. Not
//! responsible for the abort: the caller does that, and only after a definite refusal.

use std::fs::File;
use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use super::{Uploaded, Uploader, kept};
use crate::error::{Error, Result};
use crate::label;
use crate::store::{Condition, Head, Kind, Metadata, ObjectStore, PartTag, StoreError, Upload};

/// The first pause between two attempts; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Why there is no success to report.
pub enum CommitFailure {
    /// The server has said no: the key holds what it held before, the upload may be aborted.
    Refused(Error),
    /// Nobody knows: nothing may be aborted.
    Unknown(Error),
    /// The object is there, but not as it was asked for.
    Unusable(Error),
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
    tags: Vec<PartTag>,
    metadata: &Metadata,
    mut condition: Condition,
) -> Result<Uploaded, CommitFailure> {
    let ours = Ours {
        store: uploader.vault.store.as_ref(),
        upload,
        metadata,
        size_bytes: tags.iter().map(|tag| tag.size_bytes).sum(),
        tags,
    };
    if let Some(head) = ours.before(&condition)? {
        return ours.kept(head);
    }
    let (mut end, mut pause, mut unanswered) = (None, FIRST_PAUSE, false);
    loop {
        let error = match ours.store.complete(upload, &ours.tags, &condition) {
            Ok(etag) => return ours.confirmed(etag),
            Err(error) => error,
        };
        unanswered |= error.kind == Kind::Unknown;
        // A request that was lost on a dead connection has cost all of the time by itself: it is sent a second time.
        let end = *end.get_or_insert_with(|| Instant::now() + uploader.commit_for);
        match ours.next(&error, unanswered, &condition) {
            Next::Stored(head) => return ours.kept(head),
            Next::Failed(failure) => return Err(failure),
            Next::AskAnyhow => {
                condition = Condition::Any;
                continue;
            }
            Next::AskAgain if Instant::now() + pause > end => return Err(unknown(upload, &error)),
            Next::AskAgain => log::warn!("{error}; asking again"),
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What is to be done about a Complete that failed.
enum Next {
    /// Nothing: the object is there.
    Stored(Head),
    /// Nothing more can be done.
    Failed(CommitFailure),
    /// The same once more.
    AskAgain,
    /// Without the condition, which this server reads wrongly.
    AskAnyhow,
}

/// Whether what is there is what was decided about. An ETag that a server does not tell says nothing.
fn holds(condition: &Condition, head: Option<&Head>) -> bool {
    match (condition, head) {
        (Condition::Any, _) | (Condition::Absent, None) => true,
        (Condition::Etag(etag), Some(head)) => etag.is_empty() || *etag == head.etag,
        _ => false,
    }
}

fn taken(Upload { key, .. }: &Upload) -> CommitFailure {
    let error = Error::refused(format!(
        "{key} has been stored, replaced or deleted by somebody else since this run began: nothing was touched"
    ));
    CommitFailure::Refused(error.hint(
        "does another machine use the same S3_PREFIX? look with 'z3 status', then run the backup again",
    ))
}

fn unknown(Upload { key, id, .. }: &Upload, last: &StoreError) -> CommitFailure {
    let error = Error::refused(format!("outcome unknown: {last}"));
    CommitFailure::Unknown(error.hint(format!(
        "nothing was aborted; the upload {id} of {key} is either a whole object by now or still unfinished: look with 'z3 status'"
    )))
}

/// The object that this upload makes.
struct Ours<'a> {
    store: &'a dyn ObjectStore,
    upload: &'a Upload,
    /// What was asked for, with the `z3id` that tells it from others.
    metadata: &'a Metadata,
    size_bytes: u64,
    tags: Vec<PartTag>,
}

impl Ours<'_> {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        self.store.head(&self.upload.key)
    }

    /// Looks at what is there before: not another object than was decided about. It may be this one, as an earlier run's
    /// Complete has been at work all the time.
    fn before(&self, condition: &Condition) -> Result<Option<Head>, CommitFailure> {
        if *condition == Condition::Any {
            return Ok(None);
        }
        match self.head() {
            Ok(Some(head)) if self.is(&head) => Ok(Some(head)),
            Ok(head) if !holds(condition, head.as_ref()) => Err(taken(self.upload)),
            _ => Ok(None),
        }
    }

    /// What a failure means, with what the key holds by now. `unanswered`: a Complete may still be at work.
    fn next(&self, error: &StoreError, unanswered: bool, condition: &Condition) -> Next {
        match (self.head(), error.kind) {
            (Ok(Some(head)), _) if self.is(&head) => Next::Stored(head),
            (looked, Kind::Changed) if *condition != Condition::Any => {
                let holds = looked.is_ok_and(|head| holds(condition, head.as_ref()));
                match holds {
                    true => Next::AskAnyhow,
                    false => Next::Failed(taken(self.upload)),
                }
            }
            // An upload that is not found any more may have become the object.
            (Ok(_), Kind::NotFound) if unanswered => Next::AskAgain,
            // We may not look (an upload-only key): then the server's refusal is all there is to know.
            (Err(_), Kind::NotFound) | (_, Kind::Unknown) => Next::AskAgain,
            _ => Next::Failed(CommitFailure::Refused(error.clone().into())),
        }
    }

    /// Whether this is the object, whole.
    fn is(&self, head: &Head) -> bool {
        self.has_our_id(head) && head.size_bytes == self.size_bytes
    }

    fn has_our_id(&self, head: &Head) -> bool {
        head.metadata.get(label::Z3ID) == self.metadata.get(label::Z3ID)
    }

    /// Whether this is the object under a server that keeps no `z3id`: nothing else says that it is another's.
    fn seems(&self, head: &Head, etag: &str) -> bool {
        let same = etag.is_empty() || head.etag.is_empty() || head.etag == etag;
        same && head.size_bytes == self.size_bytes && !head.metadata.contains_key(label::Z3ID)
    }

    /// Takes it for stored if the server has kept what will be needed of its metadata.
    fn kept(self, head: Head) -> Result<Uploaded, CommitFailure> {
        let Some(lost) = kept::lost(self.metadata, &head.metadata) else {
            return Ok(self.outcome(head.etag));
        };
        let key = &self.upload.key;
        let error = Error::refused(format!(
            "{key} is stored whole, but the server has not kept its metadata: {lost}"
        ));
        Err(CommitFailure::Unusable(error.hint(
            "as it is, neither z3 nor the Python can rely on it: let what stands between z3 and the bucket pass the x-amz-meta- headers of CreateMultipartUpload, delete the object, and run this again",
        )))
    }

    /// Complete said yes: one look at what is stored catches a server that has lost a part. A key that may not be
    /// looked at, or that somebody has replaced already, is taken at the server's word.
    fn confirmed(self, etag: String) -> Result<Uploaded, CommitFailure> {
        match self.head() {
            Ok(Some(head)) if self.is(&head) || self.seems(&head, &etag) => self.kept(head),
            Ok(Some(head)) if self.has_our_id(&head) => Err(self.cut_short(head.size_bytes)),
            Ok(None) => Err(unknown(self.upload, &vanished(self.upload))),
            Ok(Some(_)) => Ok(self.outcome(etag)),
            Err(error) => {
                log::warn!("{error}; the stored length was not checked");
                Ok(self.outcome(etag))
            }
        }
    }

    /// The server has lost a part and made an object of the rest, which must not look like a backup.
    fn cut_short(&self, stored_bytes: u64) -> CommitFailure {
        let (key, sent) = (&self.upload.key, self.size_bytes);
        let fate = match self.store.delete(key) {
            Ok(()) => "it was deleted".to_owned(),
            Err(error) => format!("it must be deleted by hand ({error})"),
        };
        CommitFailure::Unknown(
            Error::refused(format!(
                "{key} was stored with {stored_bytes} bytes, {sent} were sent: it is no backup, {fate}"
            ))
            .hint("the server has lost a part: run the backup again"),
        )
    }

    fn outcome(self, etag: String) -> Uploaded {
        Uploaded {
            etag,
            size_bytes: self.size_bytes,
            parts: self.tags,
            z3id: self.metadata.get(label::Z3ID).cloned().unwrap_or_default(),
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
        hint: None,
    }
}
