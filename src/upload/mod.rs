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
mod parts;
mod reader;

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};

pub use parts::Schedule;

use crate::error::{Error, Result};
use crate::pipeline::Killer;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::signals;
use crate::store::{CreateOptions, ObjectStore, PartTag, StoreError, Upload};
use reader::{Part, Piece, Reader};

/// How long a failed upload waits for the parts that are on their way before it is aborted: S3 may keep a part that
/// arrives after the abort (API reference, AbortMultipartUpload).
const LAST_PARTS: Duration = Duration::from_secs(5);

/// How long the signal's undo waits for the answer of a Create that is on its way.
const LAST_CREATE: Duration = Duration::from_secs(4);

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

type Sent = Result<(PartTag, Vec<u8>), StoreError>;

impl Uploader {
    /// Uploads the job's stream, then calls `committed` while signals still wait, so that what is stored is also announced.
    /// After an error the key holds what it held before, and the unfinished upload is gone or named on stderr.
    pub fn run(
        &self,
        mut job: Job,
        committed: impl FnOnce(&Outcome) -> Result<()>,
    ) -> Result<Outcome> {
        let id = commit::random_id()?;
        job.options.metadata.insert("z3id".to_owned(), id.clone());
        let mut run = Run::start(self, job);
        match run.send_all() {
            Ok((upload, tags)) => self.commit(&run, &upload, &tags, &id, committed),
            Err(error) => Err(run.fail(error)),
        }
    }

    fn commit(
        &self,
        run: &Run,
        upload: &Upload,
        tags: &[PartTag],
        id: &str,
        committed: impl FnOnce(&Outcome) -> Result<()>,
    ) -> Result<Outcome> {
        let hold = signals::hold();
        match commit::commit(self, upload, tags, id) {
            Ok(outcome) => {
                run.forget_undo();
                committed(&outcome)?;
                drop(hold);
                Ok(outcome)
            }
            Err(commit::Failure::Refused(error)) => {
                drop(hold);
                run.abort();
                Err(error)
            }
            Err(commit::Failure::Unknown(error)) => {
                run.forget_undo();
                if signals::stopping() {
                    // Nobody else will say it: the signal ends the program when the hold is let go.
                    log::error!("{error}");
                }
                drop(hold);
                Err(error)
            }
        }
    }
}

/// One upload under way.
struct Run {
    uploader: Uploader,
    key: String,
    options: CreateOptions,
    killer: Option<Killer>,
    progress: Arc<Progress>,
    pieces: Receiver<Piece>,
    /// Gives buffers back to the reader thread.
    free: Option<Sender<Vec<u8>>>,
    pool: Option<Pool<(Upload, Part), Sent>>,
    workers: usize,
    created: Arc<Mutex<Created>>,
    undo: Mutex<Option<signals::OnStop>>,
}

/// What the signal's undo has to know.
#[derive(Default)]
struct Created {
    asked: bool,
    upload: Option<Upload>,
    /// The undo has begun: nothing may be created behind its back, while the process is on its way out.
    over: bool,
}

impl Run {
    fn start(uploader: &Uploader, job: Job) -> Self {
        let workers = job.schedule.workers(1);
        let (free, returned) = bounded(workers);
        let (filled, pieces) = bounded(0);
        Reader::new(job.source, job.schedule, returned).spawn(filled);
        let created = Arc::<Mutex<Created>>::default();
        let undo = signals::on_stop({
            let (aside, created) = (Arc::clone(&uploader.aside), Arc::clone(&created));
            move || abort_created(aside.as_ref(), &created)
        });
        Self {
            uploader: uploader.clone(),
            key: job.key,
            options: job.options,
            killer: job.killer,
            progress: job.progress,
            pieces,
            free: Some(free),
            pool: None,
            workers,
            created,
            undo: Mutex::new(Some(undo)),
        }
    }

    /// Sends every part and returns their tags in order, when the source has ended well.
    fn send_all(&mut self) -> Result<(Upload, Vec<PartTag>)> {
        let mut tags = Vec::new();
        let mut ended = false;
        while !ended || self.pool.as_ref().is_some_and(|pool| pool.pending() > 0) {
            match self.next_event(ended) {
                Event::Piece(Piece::Part(part)) => self.submit(part)?,
                Event::Piece(Piece::End) => ended = true,
                Event::Piece(Piece::Failed(error)) => return Err(error),
                Event::Sent(sent) => tags.push(self.taken(sent?)),
            }
        }
        tags.sort_by_key(|tag: &PartTag| tag.number);
        let upload = lock(&self.created).upload.clone();
        upload
            .map(|upload| (upload, tags))
            .ok_or_else(|| Error::refused("can't upload zero bytes: the input is empty"))
    }

    /// Waits for whichever comes first: a part from the reader, or a verdict from a worker.
    fn next_event(&mut self, ended: bool) -> Event {
        let never = crossbeam_channel::never();
        let pieces = if ended { &never } else { &self.pieces };
        let Some(pool) = &mut self.pool else {
            return Event::from_reader(pieces.recv().ok());
        };
        select! {
            recv(pieces) -> piece => Event::from_reader(piece.ok()),
            recv(pool.results()) -> done => match done {
                Ok(done) => Event::Sent(pool.accept(done)),
                Err(_) => Event::from_reader(None),
            },
        }
    }

    fn submit(&mut self, part: Part) -> Result<()> {
        let upload = self.create()?;
        if self.pool.is_none() {
            self.pool = Some(self.start_workers()?);
        }
        if let Some(pool) = &mut self.pool {
            pool.submit((upload, part));
        }
        Ok(())
    }

    fn start_workers(&self) -> Result<Pool<(Upload, Part), Sent>> {
        let store = Arc::clone(&self.uploader.store);
        Pool::new(
            self.workers,
            "upload",
            move |(upload, part): (Upload, Part)| {
                let tag = store.put_part(&upload, part.number, part.bytes())?;
                Ok((tag, part.buffer))
            },
        )
    }

    /// Creates the upload when the first part is there, so that a source that fails early leaves no trace at all.
    fn create(&self) -> Result<Upload> {
        let mut state = lock(&self.created);
        if let Some(upload) = &state.upload {
            return Ok(upload.clone());
        }
        if state.over {
            return Err(Error::refused("stopped by a signal"));
        }
        state.asked = true;
        drop(state);
        let created = self.uploader.store.create(&self.key, &self.options);
        let mut state = lock(&self.created);
        state.asked = false;
        state.upload = Some(created?);
        state
            .upload
            .clone()
            .ok_or_else(|| Error::refused("no upload"))
    }

    fn taken(&self, (tag, buffer): (PartTag, Vec<u8>)) -> PartTag {
        self.progress.add(tag.size_bytes);
        // The reader may have ended already; then nobody needs the buffer.
        let _ = self.free.as_ref().map(|free| free.send(buffer));
        tag
    }

    /// Stops everything that is under way and aborts the upload. The first error wins.
    fn fail(&mut self, error: Error) -> Error {
        signals::wait_if_stopping();
        if let Some(killer) = &self.killer {
            killer.kill();
        }
        self.free = None;
        self.pieces = crossbeam_channel::never();
        if let Some(pool) = self.pool.take() {
            pool.join_within(LAST_PARTS);
        }
        self.abort();
        error
    }

    /// Aborts the upload, if there is one; one that cannot be aborted is named.
    fn abort(&self) {
        let upload = lock(&self.created).upload.take();
        if let Some(upload) = upload {
            abort(self.uploader.store.as_ref(), &upload);
        }
        self.forget_undo();
    }

    fn forget_undo(&self) {
        lock(&self.undo).take();
    }
}

enum Event {
    Piece(Piece),
    Sent(Sent),
}

impl Event {
    /// A thread that is gone without a word has panicked.
    fn from_reader(piece: Option<Piece>) -> Self {
        Self::Piece(
            piece.unwrap_or_else(|| Piece::Failed(Error::refused("a thread of z3 has died"))),
        )
    }
}

fn abort(store: &dyn ObjectStore, upload: &Upload) {
    if let Err(error) = store.abort(upload) {
        log::warn!(
            "{error}; the unfinished upload {} stays, 's3_mp_cleanup' removes it",
            upload.id
        );
    }
}

/// The undo of a signal: aborts the upload, waiting a moment for one that is just being created.
fn abort_created(store: &dyn ObjectStore, created: &Mutex<Created>) {
    lock(created).over = true;
    let end = Instant::now() + LAST_CREATE;
    while lock(created).asked && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    if let Some(upload) = lock(created).upload.take() {
        abort(store, &upload);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
