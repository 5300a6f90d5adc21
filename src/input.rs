//! What a program is given to store: standard input, or another descriptor.
//!
//! Responsible for refusing half a send stream. Not responsible for what is stored ([`crate::stream`] checks it).

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use crate::buffer::Pipe;
use crate::error::{Error, Result};
use crate::stream::{self, Accept, Check, Checked, Expect};
use crate::system;

/// How much is looked at to tell a send stream from anything else, in bytes.
const LOOK_BYTES: u64 = 16;

/// The bytes of a descriptor, else of standard input; checked if they are a send stream, unless that is not wanted.
pub fn open(descriptor: Option<u32>, no_check: bool) -> Result<Box<dyn Read + Send>> {
    checked(bytes(descriptor)?, no_check)
}

/// Standard input or an inherited descriptor. Opening the path under /dev/fd needs no unsafe code, but gives a file anew,
/// from its beginning.
fn bytes(descriptor: Option<u32>) -> Result<Box<dyn Read + Send>> {
    let Some(number) = descriptor.filter(|&number| number != 0) else {
        return Ok(Box::new(Pipe::new(io::stdin())));
    };
    let open = || {
        let mut file = File::open(format!("/dev/fd/{number}"))?;
        if let Some(position) = system::position_of(number).filter(|&bytes| bytes > 0) {
            file.seek(SeekFrom::Start(position))?;
        }
        Ok(Box::new(Pipe::new(file)) as _)
    };
    open().map_err(|error| {
        let error = Error::io(format!("open file descriptor {number}"), error);
        match system::DESCRIPTOR_HINT {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// Input that begins like a ZFS send stream has to be a whole one: a pasted `zfs send | pput` is safe, too.
fn checked(mut input: Box<dyn Read + Send>, no_check: bool) -> Result<Box<dyn Read + Send>> {
    let mut first = Vec::new();
    let looked_at = input.by_ref().take(LOOK_BYTES).read_to_end(&mut first);
    looked_at.map_err(|error| Error::io("read the input", error))?;
    let is_stream = stream::looks_like_stream(&first);
    let whole = Cursor::new(first).chain(input);
    let check = Check::new(Accept::Any, Expect::default());
    Ok(match is_stream && !no_check {
        true => Box::new(Checked::new(whole, check)),
        false => Box::new(whole),
    })
}
