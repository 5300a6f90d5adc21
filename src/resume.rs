//! A complete stored stream as the one with which a broken `zfs receive -s` goes on: what `zfs send -t TOKEN` would make,
//! were the snapshot still there to be sent.
//!
//! Responsible for tokens, and for which records are still wanted. Not responsible for writing them ([`crate::rewrite`]), nor for
//! whether the stored stream is right: the reader that it is given proves that ([`crate::stream::Checked`]).
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
use crate::rewrite::{self, Change, RecordWriter};
use crate::stream::{Header, RESUMING, RecordType, Records};

/// Where a BEGIN record has its features, above two bits for its kind.
const VERSION_INFO_AT: usize = 16;

/// What is left of `stream` for the receiver of this token.
pub fn rest_of<R: Read>(stream: R, token: Token) -> Latched<impl Read> {
    let point = Point::of(&token);
    rewrite::changed(stream, Rest { point, token })
}

/// The same of a stream in which spill blocks were lost and are back ([`crate::mend`]): those of what was received before are
/// given once more. A receiver takes a spill block of any object that it has.
pub fn mended_rest_of<R: Read>(stream: R, token: Token) -> Latched<impl Read> {
    let point = Point::of(&token).with_spills();
    rewrite::changed(stream, Rest { point, token })
}

struct Rest {
    point: Point,
    token: Token,
}

impl Change for Rest {
    /// The list gets the two numbers by which the receiver knows its own state again.
    fn begin(&mut self, header: &mut Header, list: Vec<u8>) -> io::Result<Vec<u8>> {
        let (begin, token) = (header.begin(), &self.token);
        if begin.features & RESUMING != 0 {
            return Err(Error::refused("this is no complete plain stream to go on with").into());
        }
        if (begin.toguid, begin.fromguid) != (token.toguid, token.fromguid) {
            return Err(Error::refused(format!(
                "the resume token is of another stream: it is of guid {}, from {}; this one is of {}, from {}",
                token.toguid, token.fromguid, begin.toguid, begin.fromguid
            ))
            .into());
        }
        let info = header.u64(VERSION_INFO_AT) | RESUMING << 2;
        header.set_u64(VERSION_INFO_AT, info);
        let point = [
            ("resume_object", token.object),
            ("resume_offset", token.offset),
        ];
        let list = nvlist::with_numbers(&list, header.order, point);
        Ok(list.ok_or_else(|| Error::refused("the list of the BEGIN record cannot be read"))?)
    }

    fn record<R: Read>(
        &mut self,
        kind: RecordType,
        header: Header,
        _: &mut Records<R>,
        writer: &mut RecordWriter,
    ) -> io::Result<()> {
        let verdict = self.point.of_record(kind, &header);
        let verdict = verdict.map_err(Error::refused)?;
        if let Some(range) = verdict.range {
            writer.insert(RecordType::ObjectRange, range, &[]);
        }
        if verdict.wanted {
            writer.keep(kind, header);
        }
        Ok(())
    }
}
