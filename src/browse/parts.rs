//! Streams that are read in parts, out of files and out of the bucket.
//!
//! Responsible for reading on from a place in growing steps, so that little is fetched in vain of what turns out to be short, and
//! what is long comes as fast as a whole object does. Not responsible for where the places are ([`crate::enter`]).

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::near::Near;
use crate::catalog::Stored;
use crate::chain::Parts;
use crate::codec::{self, ByteSource};
use crate::download::Download;
use crate::enter::{Entry, Excerpts, Found, ObjectFacts, Ranges};
use crate::error::{Error, Result};
use crate::fetch::Which;
use crate::progress::Progress;
use crate::run::Run;
use crate::size::MIB;
use crate::stream::Check;
use crate::terminal::plain;

/// What is shorter is read whole: that is simpler, and takes about as long.
const LEAST_BYTES: u64 = 64 * MIB;
/// How much is read at first, and up to how much by a single request.
const FIRST_BYTES: u64 = 256 << 10;
const SINGLE_BYTES: u64 = 4 * MIB;

/// Gives some bytes of a stored stream.
pub type Fetch = Arc<dyn Fn(Range<u64>) -> Result<ByteSource> + Send + Sync>;
/// Opens a stream at a place.
pub type Enter<'a> = Box<dyn Fn(Entry) -> Result<Box<dyn Read + 'a>> + 'a>;

/// Whether streams of this length in all are worth it.
pub fn is_worth_it(stored_bytes: u64) -> bool {
    stored_bytes >= LEAST_BYTES
}

/// A stored stream of which any part can be had.
#[derive(Clone)]
pub struct RangedStream<'a> {
    pub facts: ObjectFacts,
    /// What it has to pass.
    pub check: Rc<dyn Fn() -> Check + 'a>,
    fetch: Fetch,
    fetched_bytes: Arc<AtomicU64>,
}

/// One in a file.
pub fn of_file(
    path: &str,
    check: fn() -> Check,
    near: (&Arc<Near>, usize),
) -> Result<RangedStream<'static>> {
    let failed = |error| Error::io("open", error);
    let facts = std::fs::metadata(path).map_err(|error| failed(error).about(plain(path)))?;
    let size_bytes = facts.len();
    let path = path.to_owned();
    let fetch = move |range: Range<u64>| {
        let mut file = File::open(&path).map_err(failed)?;
        let sought = file.seek(SeekFrom::Start(range.start));
        sought.map_err(|error| Error::io("read", error))?;
        Ok(Box::new(file.take(range.end - range.start)) as ByteSource)
    };
    let facts = ObjectFacts {
        size_bytes,
        compressor: None,
        stream_bytes: None,
        looked_at: true,
    };
    Ok(RangedStream::new(
        Arc::new(fetch),
        facts,
        Rc::new(check),
        near,
    ))
}

/// One in the bucket.
pub fn of_backup<'r>(
    run: &'r Run<'r>,
    stored: &Stored,
    near: (&Arc<Near>, usize),
) -> RangedStream<'r> {
    let facts = Which::Stored(stored).facts();
    let (store, limits) = (Arc::clone(&run.vault.store), run.settings.store.limits);
    let mode = run.progress;
    let kept = stored.clone();
    let fetch = move |range: Range<u64>| -> Result<ByteSource> {
        let (key, head) = (&kept.key, &kept.head);
        if range.end - range.start > SINGLE_BYTES {
            let bytes = Some(range.end - range.start);
            let progress = Arc::new(Progress::new(kept.name.as_str(), bytes, mode));
            let part = Download::of_part(&store, key, head, range, &limits, progress)?;
            return Ok(Box::new(part));
        }
        let mut bytes = vec![0; (range.end - range.start) as usize];
        store.get_range(key, head, range.start, &mut bytes)?;
        Ok(Box::new(Cursor::new(bytes)))
    };
    let stored = stored.clone();
    let check = move || Which::Stored(&stored).check();
    RangedStream::new(Arc::new(fetch), facts, Rc::new(check), near)
}

impl<'a> RangedStream<'a> {
    fn new(
        fetch: Fetch,
        facts: ObjectFacts,
        check: Rc<dyn Fn() -> Check + 'a>,
        (near, place): (&Arc<Near>, usize),
    ) -> Self {
        let fetched_bytes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&fetched_bytes);
        let fetch: Fetch = Arc::new(move |range: Range<u64>| {
            counted.fetch_add(range.end.saturating_sub(range.start), Ordering::Relaxed);
            fetch(range)
        });
        Self {
            fetch: near.of(place, facts.size_bytes, fetch),
            facts,
            check,
            fetched_bytes,
        }
    }

    /// Pieces of it.
    pub fn ranges(&self) -> Ranges<'a> {
        let fetch = Arc::clone(&self.fetch);
        Box::new(move |at, into| {
            let mut bytes = fetch(at..at + into.len() as u64)?;
            let read = bytes.read_exact(into);
            read.map_err(|error| Error::io("read the object", error))
        })
    }

    /// What comes from a place on, as it is stored.
    pub fn onward(&self, at: u64) -> ByteSource {
        Box::new(Onward {
            fetch: Arc::clone(&self.fetch),
            next: at,
            end: self.facts.size_bytes,
            step_bytes: FIRST_BYTES,
            step: None,
        })
    }

    /// How it is read in parts.
    pub fn parts(self) -> Result<Found<Parts<'a>>> {
        let stream = self.clone();
        self.parts_by(Box::new(move |entry| {
            let source = codec::decompress(entry.compressor, stream.onward(entry.at()))?;
            let (entered, _) = entry.stream(source, (stream.check)())?;
            Ok(Box::new(entered) as Box<dyn Read>)
        }))
    }

    /// The same, opened in another way.
    pub fn parts_by(self, enter: Enter<'a>) -> Result<Found<Parts<'a>>> {
        let excerpts = Excerpts::open(&self.facts, self.ranges())?;
        Ok(excerpts.map(|excerpts| Parts {
            excerpts: RefCell::new(excerpts),
            enter,
            fetched_bytes: self.fetched_bytes,
        }))
    }
}

/// What comes from a place on, each step twice as long as the one before it.
struct Onward {
    fetch: Fetch,
    next: u64,
    end: u64,
    step_bytes: u64,
    step: Option<ByteSource>,
}

impl Read for Onward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.step.as_mut().map_or(Ok(0), |step| step.read(buffer))?;
            if count > 0 || self.next >= self.end || buffer.is_empty() {
                return Ok(count);
            }
            let end = self.next.saturating_add(self.step_bytes).min(self.end);
            self.step = Some((self.fetch)(self.next..end)?);
            self.next = end;
            self.step_bytes = self.step_bytes.saturating_mul(2);
        }
    }
}
