//! Hands a checked stream to who receives it, its end last.

use std::io::{self, ErrorKind, Read, Write};

use crate::error::{Error, Result};
use crate::pipeline::Pipeline;
use crate::stream::END_RECORD_BYTES;

/// How much is handed over at once, in bytes.
const COPY_BYTES: usize = 256 << 10;

/// Copies one plain stream into the receiver as [`copy`] does; after an error, which `unread` puts into words, the receiver is
/// killed, never given an end of file.
pub fn feed(
    stream: &mut impl Read,
    receiver: &Pipeline,
    unread: impl Fn(io::Error) -> Error,
) -> Result<()> {
    let mut writer = receiver.writer()?;
    let unwritten = |error| Error::io(format!("write to {receiver}"), error);
    copy(stream, &mut writer, unread, unwritten)?;
    writer.finish()
}

/// Copies a stream. The last record, without which zfs commits nothing, is given only when the stream has ended well. The
/// two functions put errors into words.
pub fn copy(
    stream: &mut impl Read,
    writer: &mut impl Write,
    unread: impl Fn(io::Error) -> Error,
    unwritten: impl Fn(io::Error) -> Error,
) -> Result<()> {
    let mut buffer = vec![0; COPY_BYTES + END_RECORD_BYTES];
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let count = match stream.read(room) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unread(error)),
        };
        filled += count;
        let ripe = filled.saturating_sub(END_RECORD_BYTES);
        let whole = buffer.get(..ripe).unwrap_or_default();
        writer.write_all(whole).map_err(&unwritten)?;
        buffer.copy_within(ripe..filled, 0);
        filled -= ripe;
    }
    let last = buffer.get(..filled).unwrap_or_default();
    writer.write_all(last).map_err(unwritten)
}
