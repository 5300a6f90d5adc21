//! The stream on its way: from the reader thread through the workers to the ETags.
//!
//! Responsible for waiting for both sides at once, so that the first error of either stops everything. Not responsible
//! for what becomes of the upload.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use super::Job;
use super::draft::Draft;
use super::reader::{FilledPart, PartReader, Piece};
use super::resume::Resumable;
use crate::buffer::Buffer;
use crate::error::{Error, Result};
use crate::order::sort_by_key;
use crate::pipeline::Killer;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::signals;
use crate::store::{ObjectStore, PartTag, StoreError, Upload};

/// How long a failed upload waits for the parts that are on their way before it is aborted: S3 may keep a part that
/// arrives after the abort (API reference, AbortMultipartUpload).
const LAST_PARTS: Duration = Duration::from_secs(5);

type SentPart = Result<(PartTag, Buffer), StoreError>;

/// A stream being uploaded.
pub struct Transfer {
    killer: Option<Killer>,
    progress: Arc<Progress>,
    pieces: Receiver<Piece>,
    /// Gives buffers back to the reader thread.
    free: Sender<Buffer>,
    pool: Pool<(Upload, FilledPart), SentPart>,
    ended: bool,
}

enum TransferEvent {
    Piece(Piece),
    Sent(SentPart),
}

impl Transfer {
    /// Starts to read. `found` has the parts of an earlier run.
    pub fn start(
        store: &Arc<dyn ObjectStore>,
        job: Job,
        found: Option<Arc<Resumable>>,
    ) -> Result<Self> {
        let workers = job.schedule.workers(1);
        let pool = start_workers(workers, Arc::clone(store), found)?;
        let (free, returned) = bounded(workers);
        let (filled, pieces) = bounded(0);
        PartReader::new(job.source, job.schedule, returned).spawn(filled)?;
        Ok(Self {
            killer: job.killer,
            progress: job.progress,
            pieces,
            free,
            pool,
            ended: false,
        })
    }

    /// Sends every part and returns their tags in order, when the source has ended well. The upload is created with the
    /// first part, so that a source that fails early leaves no trace at all.
    pub fn send_all(&mut self, draft: &Draft) -> Result<Vec<PartTag>> {
        let mut tags = Vec::new();
        while !self.ended || self.pool.pending() > 0 {
            match self.next_event() {
                TransferEvent::Piece(Piece::Part(part)) => {
                    self.pool.submit((draft.create()?, part))
                }
                TransferEvent::Piece(Piece::End) => self.ended = true,
                TransferEvent::Piece(Piece::Failed(error)) => return Err(error),
                TransferEvent::Sent(sent) => tags.push(self.taken(sent?)),
            }
        }
        sort_by_key(&mut tags, |tag: &PartTag| tag.number);
        Ok(tags)
    }

    /// Waits for whichever comes first: a part from the reader, or a verdict from a worker. A thread that is gone
    /// without a word has panicked.
    fn next_event(&mut self) -> TransferEvent {
        let died =
            || TransferEvent::Piece(Piece::Failed(Error::refused("a thread of z3 has died")));
        let silence = never();
        let pieces = if self.ended { &silence } else { &self.pieces };
        select! {
            recv(pieces) -> piece => piece.map_or_else(|_| died(), TransferEvent::Piece),
            recv(self.pool.results()) -> done => match done {
                Ok(done) => TransferEvent::Sent(self.pool.accept(done)),
                Err(_) => died(),
            },
        }
    }

    fn taken(&self, (tag, buffer): (PartTag, Buffer)) -> PartTag {
        self.progress.add(tag.size_bytes);
        // The reader may have ended already; then nobody needs the buffer.
        let _ = self.free.send(buffer);
        tag
    }

    /// Ends everything that is under way, after a failure: the first error has won.
    pub fn stop(self) {
        signals::wait_if_stopping();
        if let Some(killer) = &self.killer {
            killer.kill();
        }
        // The reader finds nobody who listens.
        drop((self.free, self.pieces));
        self.pool.join_within(LAST_PARTS);
    }
}

/// Workers that send a part, or spare it.
fn start_workers(
    workers: usize,
    store: Arc<dyn ObjectStore>,
    found: Option<Arc<Resumable>>,
) -> Result<Pool<(Upload, FilledPart), SentPart>> {
    Pool::new(workers, "upload", move |(upload, part): (_, FilledPart)| {
        let spared = found.as_ref();
        let spared = spared.and_then(|found| found.spare(part.number, part.bytes()));
        let tag = match spared {
            Some(tag) => tag,
            None => store.put_part(&upload, part.number, part.bytes())?,
        };
        Ok((tag, part.buffer))
    })
}
