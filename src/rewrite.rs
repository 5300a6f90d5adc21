//! A stream written anew: record by record, with the checksums that are each one's own then.
//!
//! Responsible for the grammar, and for giving END only behind the end of file of the reader that it is given: that one
//! proves that the stream was right ([`crate::stream::Checked`]). Not responsible for what is changed ([`Change`]). No payload
//! is kept that goes on as it is.

mod writer;

use std::io::{self, ErrorKind, Read};

pub use writer::RecordWriter;

use crate::error::Error;
use crate::latch::Latched;
use crate::stream::{Header, RecordType, Records};

/// The longest list that a BEGIN record may have: it is kept. The keys of an encrypted dataset take two thousand bytes.
const LIST_BYTES: u64 = 1 << 20;

/// Where a BEGIN record has the length of its list.
const LIST_BYTES_AT: usize = 4;

/// What is different in the new stream.
pub trait Change {
    /// Changes the BEGIN record, and says what its list shall be.
    fn begin(&mut self, header: &mut Header, list: Vec<u8>) -> io::Result<Vec<u8>>;

    /// Writes what shall stand in the place of a record that is neither BEGIN nor END; nothing leaves it out.
    fn record<R: Read>(
        &mut self,
        kind: RecordType,
        header: Header,
        records: &mut Records<R>,
        writer: &mut RecordWriter,
    ) -> io::Result<()>;
}

/// The stream with this change.
pub fn changed<R: Read>(stream: R, change: impl Change) -> Latched<impl Read> {
    Latched::new(Rewritten {
        records: Records::new(stream),
        change,
        writer: RecordWriter::default(),
        ended: false,
    })
}

/// All of the payload that is left of a record, if it is no longer than `most_bytes`.
pub fn payload_of<R: Read>(records: &mut Records<R>, most_bytes: u64) -> io::Result<Vec<u8>> {
    let bytes = records.payload_left();
    if bytes > most_bytes {
        return Err(Error::refused(format!(
            "a record has {bytes} bytes that would be rewritten, at most {most_bytes} can be"
        ))
        .into());
    }
    let mut payload = vec![0; bytes as usize];
    let mut filled = 0;
    while records.payload_left() > 0 {
        let rest = payload.get_mut(filled..).unwrap_or_default();
        match records.payload(rest) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            count => filled += count?,
        }
    }
    Ok(payload)
}

struct Rewritten<R, C> {
    records: Records<R>,
    change: C,
    writer: RecordWriter,
    ended: bool,
}

impl<R: Read, C: Change> Read for Rewritten<R, C> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.writer.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            if self.writer.passes() && self.records.payload_left() > 0 {
                return self.pass(into);
            }
            if self.ended {
                return Ok(0);
            }
            self.take_record()?;
        }
    }
}

impl<R: Read, C: Change> Rewritten<R, C> {
    fn pass(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.records.payload(into)?;
        self.writer.passed(into.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Takes the next record, and makes ready what is to be written for it, if anything is.
    fn take_record(&mut self) -> io::Result<()> {
        let (kind, header) = self.records.next()?.ok_or_else(ends_early)?;
        self.writer.next();
        match kind {
            RecordType::Begin => self.begin(header),
            RecordType::End => self.end(header),
            _ => {
                let (records, writer) = (&mut self.records, &mut self.writer);
                self.change.record(kind, header, records, writer)
            }
        }
    }

    fn begin(&mut self, mut header: Header) -> io::Result<()> {
        if header.stream_type() != 1 {
            return Err(Error::refused("this is no plain stream of one snapshot").into());
        }
        let list = payload_of(&mut self.records, LIST_BYTES)?;
        let list = self.change.begin(&mut header, list)?;
        header.set_u32(LIST_BYTES_AT, list.len() as u32);
        self.writer.begin(&header, &list);
        Ok(())
    }

    /// Nothing more may come, and the reader behind this one has to say that all of it was right.
    fn end(&mut self, header: Header) -> io::Result<()> {
        if self.records.next()?.is_some() {
            return Err(Error::refused("data follows the END record").into());
        }
        self.writer.end(header);
        self.ended = true;
        Ok(())
    }
}

/// Behind a check of the stream this is never seen.
fn ends_early() -> io::Error {
    io::Error::new(
        ErrorKind::UnexpectedEof,
        "the stream ends without its END record",
    )
}
