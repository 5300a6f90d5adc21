//! Portions of an object, fetched by workers ahead of the reader and given in order.
//!
//! Responsible for the buffers: a portion is asked for only when there is one for it, in order, so that later portions can
//! never hold every buffer while the first one waits. Not responsible for how many are asked for, and how large they are.

use std::sync::{Arc, Mutex};

use super::horizon::Horizon;
use crate::buffer::Buffer;
use crate::error::Result;
use crate::pool::Pool;
use crate::store::{Head, Inflow, ObjectStore, StoreError, fill};
use crate::sync::lock;

/// What is read.
pub struct Subject {
    pub store: Arc<dyn ObjectStore>,
    pub key: String,
    pub head: Head,
    pub horizon: Arc<Horizon>,
}

/// Of a range, what is read at a time before it is asked whether the rest is still wanted.
const PIECE_BYTES: usize = 64 << 10;

/// A buffer, and how much of it is, or will be, bytes of the object.
pub struct Portion {
    buffer: Buffer,
    length: usize,
    /// Where the bytes begin that were given up, and all behind them, to be asked for again.
    pub rest: Option<u64>,
}

impl Portion {
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// For the next portion.
    pub fn into_buffer(self) -> Buffer {
        self.buffer
    }

    fn room(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.length).unwrap_or_default()
    }
}

/// What workers have been asked for.
pub struct Portions {
    pool: Pool<Wanted, Result<Portion, StoreError>>,
    horizon: Arc<Horizon>,
    /// Each is a request of its own.
    pub ranged: bool,
}

struct Wanted {
    portion: Portion,
    /// Where it begins in the object.
    offset: u64,
    /// Where the request ends that it is a part of.
    to: u64,
}

impl Portions {
    /// One request by one worker, that hands on each portion while it is still in the processor's cache.
    pub fn of_stream(subject: &Arc<Subject>) -> Result<Self> {
        let stream = Mutex::new(Stream {
            subject: Arc::clone(subject),
            open: None,
            failed: None,
        });
        let pool = Pool::new(1, "download", move |wanted| lock(&stream).fill(wanted))?;
        Ok(Self {
            pool,
            horizon: Arc::clone(&subject.horizon),
            ranged: false,
        })
    }

    /// A request for each, by so many workers.
    pub fn of_ranges(subject: &Arc<Subject>, workers: usize) -> Result<Self> {
        let horizon = Arc::clone(&subject.horizon);
        let subject = Arc::clone(subject);
        let work = move |wanted| range(&subject, wanted);
        Ok(Self {
            pool: Pool::new(workers, "download", work)?,
            horizon,
            ranged: true,
        })
    }

    /// How many are on their way or wait to be taken.
    pub fn pending(&self) -> u64 {
        self.pool.pending()
    }

    /// Asks for the next one, which lies in this buffer if that is large enough, and in a request that goes on to `to`.
    pub fn ask(&mut self, offset: u64, length: usize, to: u64, used: Option<Buffer>) -> Result<()> {
        let fits = used.filter(|buffer| buffer.len() >= length);
        let buffer = fits.map_or_else(|| Buffer::new(length), Ok)?;
        let portion = Portion {
            buffer,
            length,
            rest: None,
        };
        self.pool.submit(Wanted {
            portion,
            offset,
            to,
        });
        Ok(())
    }

    /// Waits for the first of them, which begins at `offset`. If it is short, what was asked for behind it is no more.
    pub fn next(&mut self, offset: u64) -> Result<Option<Portion>> {
        self.horizon.wait(offset);
        let portion = self.pool.next_in_order().transpose()?;
        self.horizon.rest();
        if portion.as_ref().is_some_and(|it| it.rest.is_some()) {
            self.horizon.give_up();
            while self.pool.next_in_order().is_some() {}
        }
        Ok(portion)
    }
}

/// A range, or its beginning, if the rest is not worth waiting for now.
fn range(subject: &Subject, mut wanted: Wanted) -> Result<Portion, StoreError> {
    let (begin, mut next) = (wanted.offset, wanted.offset);
    let mut inflow = (subject.store).get(&subject.key, &subject.head, begin..wanted.to, true);
    for piece in wanted.portion.room().chunks_mut(PIECE_BYTES) {
        fill(&mut inflow, &subject.key, piece)?;
        next += piece.len() as u64;
        if !subject.horizon.note(begin, piece.len() as u64) {
            break;
        }
    }
    wanted.portion.rest = Some(next).filter(|next| *next < wanted.to);
    wanted.portion.length = (next - begin) as usize;
    Ok(wanted.portion)
}

/// The request that is open.
struct Stream {
    subject: Arc<Subject>,
    open: Option<Inflow>,
    /// Nothing is asked after that: the reader does not know yet.
    failed: Option<StoreError>,
}

impl Stream {
    fn fill(&mut self, mut wanted: Wanted) -> Result<Portion, StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let (subject, offset, to) = (&self.subject, wanted.offset, wanted.to);
        let get = || (subject.store).get(&subject.key, &subject.head, offset..to, false);
        let mut inflow = self.open.take().unwrap_or_else(get);
        let filled = fill(&mut inflow, &subject.key, wanted.portion.room());
        self.failed = filled.clone().err();
        let more = offset + (wanted.portion.length as u64) < to;
        self.open = Some(inflow).filter(|_| more);
        filled.map(|()| wanted.portion)
    }
}
