//! A complete stored stream as the one with which a broken `zfs receive -s` goes on: what `zfs send -t TOKEN` would make,
//! were the snapshot still there to be sent.
//!
//! Responsible for tokens, for which records are still wanted, and for the checksums of what is written. Not responsible for
//! whether the stored stream is right: the reader that it is given proves that ([`crate::stream::Checked`]), and the END
//! record is given only behind its end of file. No payload is kept, and each goes on its way as it is.
//!
//! Source of the rules: `dmu_recv_resume_begin_check` and `receive_process_record` in OpenZFS's `module/zfs/dmu_recv.c`,
//! `dmu_send.c` beside it. A receiver takes records again that it had before, so that a few too many do no harm.

#[cfg(fuzzing)]
pub mod fuzz;
mod nvlist;
mod point;
#[cfg(test)]
mod tests;
mod token;

use std::io::{self, Read};

use point::Point;
pub use token::Token;

use crate::error::Error;
use crate::latch::Latched;
use crate::stream::{Fletcher4, Header, Kind, Order, RESUMING, Records};

/// The longest list that a BEGIN record may have: it is kept. The keys of an encrypted dataset take two thousand bytes.
const LIST_BYTES: u64 = 1 << 20;

/// Where a BEGIN record has its features, above two bits for its kind.
const VERSION_INFO_AT: usize = 16;
/// Where it has the length of its list.
const LIST_BYTES_AT: usize = 4;
/// Where an END record has the checksum of all before it.
const END_SUMS_AT: usize = 8;
/// Where every record but BEGIN has its own.
const SUMS_AT: usize = 280;

/// What is left of `stream` for the receiver of this token.
pub fn rest_of<R: Read>(stream: R, token: Token) -> Latched<impl Read> {
    Latched::new(Rest {
        records: Records::new(stream),
        point: Point::of(&token),
        token,
        sum: Fletcher4::default(),
        ready: io::Cursor::default(),
        wanted: false,
        ended: false,
    })
}

struct Rest<R> {
    records: Records<R>,
    point: Point,
    token: Token,
    /// Of all that was written since BEGIN.
    sum: Fletcher4,
    /// Headers, and the list of BEGIN, that are to be read next.
    ready: io::Cursor<Vec<u8>>,
    /// The payload behind them goes on as it is.
    wanted: bool,
    ended: bool,
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            if self.wanted && self.records.payload_left() > 0 {
                return self.pass(into);
            }
            if self.ended {
                return Ok(0);
            }
            self.take_record()?;
        }
    }
}

impl<R: Read> Rest<R> {
    fn pass(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.records.payload(into)?;
        self.sum.absorb(into.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Takes the next record, and makes ready what is to be written for it, if anything is.
    fn take_record(&mut self) -> io::Result<()> {
        let (kind, header) = self.records.next()?.ok_or_else(ends_early)?;
        self.wanted = false;
        match kind {
            Kind::Begin => self.begin(header)?,
            Kind::End => self.end(header)?,
            _ => {
                let verdict = self.point.of_record(kind, &header);
                let verdict = verdict.map_err(Error::refused)?;
                let range = verdict.range.map(|range| (Kind::ObjectRange, range));
                let own = verdict.wanted.then_some((kind, header));
                for (kind, header) in range.into_iter().chain(own) {
                    self.write(kind, header);
                }
                self.wanted = verdict.wanted;
            }
        }
        Ok(())
    }

    fn begin(&mut self, mut header: Header) -> io::Result<()> {
        let (begin, token) = (header.begin(), &self.token);
        if header.stream_type() != 1 || begin.features & RESUMING != 0 {
            return Err(Error::refused("this is no complete plain stream to go on with").into());
        }
        if (begin.toguid, begin.fromguid) != (token.toguid, token.fromguid) {
            return Err(Error::refused(format!(
                "the resume token is of another stream: it is of guid {}, from {}; this one is of {}, from {}",
                token.toguid, token.fromguid, begin.toguid, begin.fromguid
            ))
            .into());
        }
        let list = self.list(header.order)?;
        header.set_u32(LIST_BYTES_AT, list.len() as u32);
        let info = header.u64(VERSION_INFO_AT) | RESUMING << 2;
        header.set_u64(VERSION_INFO_AT, info);
        self.sum = Fletcher4::new(header.order);
        self.sum.absorb(&header.bytes);
        self.sum.absorb(&list);
        self.ready = io::Cursor::new([&header.bytes[..], &list].concat());
        Ok(())
    }

    /// The list of BEGIN, with the two numbers in it by which the receiver knows its own state again.
    fn list(&mut self, order: Order) -> io::Result<Vec<u8>> {
        let bytes = self.records.payload_left();
        if bytes > LIST_BYTES {
            return Err(Error::refused(format!(
                "the list of the BEGIN record is {bytes} bytes long, at most {LIST_BYTES} can be rewritten"
            ))
            .into());
        }
        let mut packed = vec![0; bytes as usize];
        let mut filled = 0;
        while self.records.payload_left() > 0 {
            let rest = packed.get_mut(filled..).unwrap_or_default();
            match self.records.payload(rest) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                count => filled += count?,
            }
        }
        let point = [
            ("resume_object", self.token.object),
            ("resume_offset", self.token.offset),
        ];
        let list = nvlist::with_numbers(&packed, order, point);
        Ok(list.ok_or_else(|| Error::refused("the list of the BEGIN record cannot be read"))?)
    }

    /// Nothing more may come, and the reader behind this one has to say that all of it was right.
    fn end(&mut self, mut header: Header) -> io::Result<()> {
        if self.records.next()?.is_some() {
            return Err(Error::refused("data follows the END record").into());
        }
        header.set_sums(END_SUMS_AT, self.sum.value());
        self.write(Kind::End, header);
        self.ended = true;
        Ok(())
    }

    /// Makes a header ready, with the checksum that is its own now. Where the sender has left it out, it stays so.
    fn write(&mut self, kind: Kind, mut header: Header) {
        debug_assert_ne!(kind, Kind::Begin, "has no checksum");
        let had = header.sums() != [0; 4];
        let (body, _) = header.bytes.split_at(SUMS_AT);
        self.sum.absorb(body);
        if had {
            header.set_sums(SUMS_AT, self.sum.value());
        }
        let (_, sums) = header.bytes.split_at(SUMS_AT);
        self.sum.absorb(sums);
        if self.ready.position() == self.ready.get_ref().len() as u64 {
            self.ready = io::Cursor::default();
        }
        self.ready.get_mut().extend(header.bytes);
    }
}

/// Behind a check of the stream this is never seen.
fn ends_early() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the stream ends without its END record",
    )
}
