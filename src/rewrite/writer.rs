//! What is to be read next of a stream that is written anew, and the checksum of all that was written.

use std::io::{self, Cursor, Read};

use crate::stream::{Fletcher4, Header, RecordType};

/// Where an END record has the checksum of all before it.
const END_SUMS_AT: usize = 8;
/// Where every record but BEGIN has its own.
const SUMS_AT: usize = 280;

/// Takes records, gives bytes.
#[derive(Default)]
pub struct RecordWriter {
    /// Of all that was written since BEGIN.
    sum: Fletcher4,
    /// What is to be read next: headers, and payloads that are new.
    ready: Cursor<Vec<u8>>,
    /// The payload of the record that was read goes on as it is, behind what is ready.
    passes: bool,
}

impl RecordWriter {
    /// Writes a record of the stream that was read; its payload follows as it is.
    pub fn keep(&mut self, kind: RecordType, header: Header) {
        self.header(kind, header);
        self.passes = true;
    }

    /// Writes a record with a payload that is new.
    pub fn insert(&mut self, kind: RecordType, header: Header, payload: &[u8]) {
        self.header(kind, header);
        self.sum.absorb(payload);
        self.ready.get_mut().extend(payload);
    }

    pub(super) fn begin(&mut self, header: &Header, list: &[u8]) {
        self.sum = Fletcher4::new(header.order);
        self.sum.absorb(&header.bytes);
        self.sum.absorb(list);
        self.ready = Cursor::new([&header.bytes[..], list].concat());
    }

    pub(super) fn end(&mut self, mut header: Header) {
        header.set_sums(END_SUMS_AT, self.sum.value());
        self.header(RecordType::End, header);
    }

    /// Another record begins.
    pub(super) fn next(&mut self) {
        self.passes = false;
    }

    pub(super) fn passes(&self) -> bool {
        self.passes
    }

    /// These bytes of a payload have gone on.
    pub(super) fn passed(&mut self, bytes: &[u8]) {
        self.sum.absorb(bytes);
    }

    /// Makes a header ready, with the checksum that is its own now. Where the sender has left it out, it stays so.
    fn header(&mut self, kind: RecordType, mut header: Header) {
        debug_assert_ne!(kind, RecordType::Begin, "has no checksum");
        let had = header.sums() != [0; 4];
        let (body, _) = header.bytes.split_at(SUMS_AT);
        self.sum.absorb(body);
        if had {
            header.set_own_sums(self.sum.value());
        }
        let (_, sums) = header.bytes.split_at(SUMS_AT);
        self.sum.absorb(sums);
        if self.ready.position() == self.ready.get_ref().len() as u64 {
            self.ready = Cursor::default();
        }
        self.ready.get_mut().extend(header.bytes);
    }
}

impl Read for RecordWriter {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.ready.read(into)
    }
}
