//! Hands a checked stream to the commands that receive it.

use std::io::{self, ErrorKind, Read, Write};

use crate::error::{Error, Result};
use crate::pipeline::Pipeline;
use crate::stream::END_RECORD_BYTES;

/// How much is handed over at once, in bytes.
const COPY_BYTES: usize = 256 << 10;

/// Copies one plain stream into the receiver. The last record, without which zfs commits nothing, is given only when the
/// stream has ended well; after an error, which `unread` puts into words, the receiver is killed, never given an end of file.
pub fn feed(
    stream: &mut impl Read,
    receiver: &Pipeline,
    unread: impl Fn(io::Error) -> Error,
) -> Result<()> {
    let mut writer = receiver.writer()?;
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
        give(&mut writer, buffer.get(..ripe), receiver)?;
        buffer.copy_within(ripe..filled, 0);
        filled -= ripe;
    }
    give(&mut writer, buffer.get(..filled), receiver)?;
    writer.finish()
}

fn give(writer: &mut impl Write, bytes: Option<&[u8]>, receiver: &Pipeline) -> Result<()> {
    writer
        .write_all(bytes.unwrap_or_default())
        .map_err(|error| Error::io(format!("write to {receiver}"), error))
}
