//! The thread that cuts a stream into parts.
//!
//! Responsible for filling buffers, and for never having more of them than the schedule allows. Not responsible for what
//! happens to a part.

use std::io::{self, Read};
use std::thread;

use crossbeam_channel::{Receiver, Sender};

use crate::buffer::Buffer;
use crate::error::{Error, Result};
use crate::pool::no_thread;
use crate::schedule::Schedule;

/// A filled buffer: part `number`, from 1.
pub struct FilledPart {
    pub number: u32,
    pub buffer: Buffer,
    filled: usize,
}

impl FilledPart {
    /// The bytes of the part.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }
}

/// What the reader has to say, in this order: parts, then one of the others.
pub enum Piece {
    Part(FilledPart),
    /// The source ended well.
    End,
    /// The source failed, or does not fit.
    Failed(Error),
}

fn unwanted<E>(_: E) -> Error {
    Error::refused("the upload has ended")
}

/// The reader's state.
pub struct PartReader {
    source: Box<dyn Read + Send>,
    schedule: Schedule,
    returned: Receiver<Buffer>,
    /// Buffers that exist, wherever they are.
    buffers: usize,
}

impl PartReader {
    pub fn new(
        source: Box<dyn Read + Send>,
        schedule: Schedule,
        returned: Receiver<Buffer>,
    ) -> Self {
        Self {
            source,
            schedule,
            returned,
            buffers: 0,
        }
    }

    /// Reads in a thread of its own until the source ends or nobody wants its parts any more.
    pub fn spawn(mut self, filled: Sender<Piece>) -> Result<()> {
        let read = move || {
            let cut = self.cut(&filled);
            let end = cut.map_or_else(Piece::Failed, |()| Piece::End);
            // The source goes first: children are reaped before anybody hears of the end.
            drop(self);
            let _ = filled.send(end);
        };
        let thread = thread::Builder::new().name("read".into()).spawn(read);
        thread
            .map(drop)
            .map_err(|error| no_thread("reading", error))
    }

    /// An error that nobody hears of if nobody wants the parts any more.
    fn cut(&mut self, filled: &Sender<Piece>) -> Result<()> {
        for number in 1.. {
            let buffer = self.buffer(number)?;
            let part = self.fill(number, buffer)?;
            let last = part.filled < part.buffer.len();
            if part.filled > 0 {
                self.fits(number)?;
                filled.send(Piece::Part(part)).map_err(unwanted)?;
            }
            if last {
                break;
            }
        }
        Ok(())
    }

    /// An empty buffer of the part's size: a new one while the schedule allows more, else one that a worker gave back.
    /// When parts have grown, buffers above the allowed number are let go first.
    fn buffer(&mut self, number: u32) -> Result<Buffer> {
        // More than an address can tell is refused for want of memory below.
        let part_bytes = usize::try_from(self.schedule.part_bytes(number)).unwrap_or(usize::MAX);
        let allowed = self.schedule.workers(number);
        while self.buffers > allowed {
            drop(self.returned.recv().map_err(unwanted)?);
            self.buffers -= 1;
        }
        let used = match self.returned.try_recv() {
            Ok(buffer) => Some(buffer),
            Err(_) if self.buffers < allowed => {
                self.buffers += 1;
                None
            }
            Err(_) => Some(self.returned.recv().map_err(unwanted)?),
        };
        // One of another size is let go before the new one is asked for.
        match used.filter(|buffer| buffer.len() == part_bytes) {
            Some(buffer) => Ok(buffer),
            None => Buffer::new(part_bytes),
        }
    }

    fn fill(&mut self, number: u32, mut buffer: Buffer) -> Result<FilledPart> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read the input", error)),
            }
        }
        Ok(FilledPart {
            number,
            buffer,
            filled,
        })
    }

    fn fits(&self, number: u32) -> Result<()> {
        let most = self.schedule.max_parts();
        if number <= most {
            return Ok(());
        }
        Err(Error::refused(format!(
            "the input is longer than {most} parts of the planned size hold"
        ))
        .hint("give a better --estimated, or a larger --chunk-size, MAX_PARTS or MAX_MEMORY"))
    }
}
