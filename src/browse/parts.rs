//! Streams that are read in parts, out of files and out of the bucket.
//!
//! Responsible for reading on from a place in growing steps, so that little is fetched in vain of what turns out to be short, and
//! what is long comes as fast as a whole object does. Not responsible for where the places are ([`crate::enter`]).

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catalog::Stored;
use crate::codec::{self, ByteSource};
use crate::download::Download;
use crate::enter::{Excerpts, Found, ObjectFacts, Ranges};
use crate::error::{Error, Result};
use crate::fetch::Which;
use crate::files::Parts;
use crate::progress::Progress;
use crate::run::Run;
use crate::size::MIB;
use crate::stream::Check;

/// What is shorter is read whole: that is simpler, and takes about as long.
const LEAST_BYTES: u64 = 64 * MIB;
/// How much is read at first, and up to how much by a single request.
const FIRST_BYTES: u64 = 256 << 10;
const SINGLE_BYTES: u64 = 4 * MIB;

/// Gives some bytes of a stored stream.
type Fetch = Arc<dyn Fn(Range<u64>) -> Result<ByteSource> + Send + Sync>;

/// Whether streams of this length in all are worth it.
pub fn is_worth_it(stored_bytes: u64) -> bool {
    stored_bytes >= LEAST_BYTES
}

/// The parts of a file.
pub fn of_file(path: &str, check: fn() -> Check) -> Result<Found<Parts<'static>>> {
    let failed = |error| Error::io("open", error);
    let size_bytes = std::fs::metadata(path).map_err(failed)?.len();
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
    of(Arc::new(fetch), &facts, Box::new(check))
}

/// The parts of a backup.
pub fn of_backup<'r>(run: &'r Run<'r>, stored: &Stored) -> Result<Found<Parts<'r>>> {
    let which = Which::Stored(stored);
    let facts = which.facts();
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
    of(Arc::new(fetch), &facts, Box::new(check))
}

fn of<'a>(
    fetch: Fetch,
    facts: &ObjectFacts,
    check: Box<dyn Fn() -> Check + 'a>,
) -> Result<Found<Parts<'a>>> {
    let from = Arc::clone(&fetch);
    let ranges: Ranges<'a> = Box::new(move |at, into| {
        let mut bytes = from(at..at + into.len() as u64)?;
        let read = bytes.read_exact(into);
        read.map_err(|error| Error::io("read the object", error))
    });
    let entered_bytes = Arc::new(AtomicU64::new(0));
    let (entered, size_bytes) = (Arc::clone(&entered_bytes), facts.size_bytes);
    let excerpts = Excerpts::open(facts, ranges)?;
    Ok(excerpts.map(|excerpts| Parts {
        excerpts: RefCell::new(excerpts),
        enter: Box::new(move |entry| {
            let onward = Onward {
                fetch: Arc::clone(&fetch),
                next: entry.at(),
                end: size_bytes,
                step_bytes: FIRST_BYTES,
                step: None,
                fetched_bytes: Arc::clone(&entered),
            };
            let stream = codec::decompress(entry.compressor, Box::new(onward))?;
            let (stream, _) = entry.stream(stream, check())?;
            Ok(Box::new(stream) as Box<dyn Read>)
        }),
        entered_bytes,
    }))
}

/// What comes from a place on, each step twice as long as the one before it.
struct Onward {
    fetch: Fetch,
    next: u64,
    end: u64,
    step_bytes: u64,
    step: Option<ByteSource>,
    fetched_bytes: Arc<AtomicU64>,
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
            self.fetched_bytes
                .fetch_add(end - self.next, Ordering::Relaxed);
            self.next = end;
            self.step_bytes = self.step_bytes.saturating_mul(2);
        }
    }
}
