//! A stream record by record, for who has something to do with what is in it.
//!
//! Responsible for where a record begins and ends. Not responsible for whether it is right: the reader that it is given has
//! to be one that proves that, [`super::Checked`]. No payload is kept.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use super::record::{HEADER_BYTES, Header, Order, RecordType};
use super::{StreamError, looks_like_stream};
use crate::error::Error;

/// How much is read at once, in bytes. Who asks for a payload in larger pieces has it without a copy.
const BUFFER_BYTES: usize = 64 << 10;

/// The records of one stream.
pub struct Records<R> {
    input: BufReader<R>,
    /// Known as soon as the first header was read.
    order: Option<Order>,
    /// Where the next byte lies in the stream.
    offset: u64,
    payload_left: u64,
}

impl<R: Read> Records<R> {
    /// The records of the stream that begins here.
    pub fn new(stream: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, stream),
            order: None,
            offset: 0,
            payload_left: 0,
        }
    }

    /// The next record, whatever is left of the one before it; `None` at the end of file.
    pub fn next(&mut self) -> io::Result<Option<(RecordType, Header)>> {
        self.skip()?;
        if self.ready()? == 0 {
            return Ok(None);
        }
        let at = self.offset;
        let mut bytes = [0; HEADER_BYTES];
        self.input.read_exact(&mut bytes)?;
        self.offset += HEADER_BYTES as u64;
        let order = match self.order {
            Some(order) => order,
            None => Order::detect(&bytes).ok_or_else(|| odd(at, "this is no zfs send stream"))?,
        };
        self.order = Some(order);
        let header = Header { bytes, order };
        let kind = header.kind();
        let kind = kind.map_err(|number| odd(at, format!("{number} is no record type")))?;
        let payload = header.payload_bytes(kind);
        self.payload_left = payload.map_err(|problem| odd(at, problem))?;
        Ok(Some((kind, header)))
    }

    /// How much of the payload of the last record is left.
    pub fn payload_left(&self) -> u64 {
        self.payload_left
    }

    /// Some more of that payload; nothing where nothing is left.
    pub fn payload(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.by_ref().take(self.payload_left).read(into)?;
        if count == 0 && self.payload_left > 0 && !into.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.payload_left -= count as u64;
        self.offset += count as u64;
        Ok(count)
    }

    fn skip(&mut self) -> io::Result<()> {
        while self.payload_left > 0 {
            let ready = self.ready()?;
            if ready == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let count = self.payload_left.min(ready as u64);
            // At most what is in the buffer.
            self.input.consume(count as usize);
            self.payload_left -= count;
            self.offset += count;
        }
        Ok(())
    }

    /// How many bytes are there at once; none at the end of file.
    fn ready(&mut self) -> io::Result<usize> {
        loop {
            match self.input.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                ready => return ready.map(<[u8]>::len),
            }
        }
    }
}

/// Whether the records of a stream carry checksums of their own, as OpenZFS writes them since 0.7, by its first bytes: those
/// of BEGIN and of the header behind it. `None` if that header is not among them.
pub fn has_record_sums(first: &[u8]) -> Option<bool> {
    if !looks_like_stream(first) {
        return None;
    }
    let mut records = Records::new(first);
    records.next().ok()??;
    let (_, second) = records.next().ok()??;
    Some(second.sums() != [0; 4])
}

fn odd(offset: u64, problem: impl Into<String>) -> io::Error {
    let problem = problem.into();
    Error::from(StreamError { offset, problem }).into()
}
