//! lz4 (`module/zfs/lz4.c`): literals and repetitions in turn, the last of them literals.

use super::history::History;

/// The shortest repetition.
const SHORTEST: usize = 4;
/// A length of four bits that goes on in the bytes behind it.
const LONG: u8 = 15;

/// The block of `bytes` bytes, or less of it if the data ends early.
pub fn unpack(mut packed: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let mut history = History::new(bytes);
    loop {
        let token = *packed.split_off_first()?;
        let literals = length(token >> 4, &mut packed)?;
        history.append(packed.split_off(..literals)?)?;
        if packed.is_empty() {
            return Some(history.block());
        }
        let distance = packed.split_off(..2)?.first_chunk()?;
        let count = length(token & LONG, &mut packed)?.checked_add(SHORTEST)?;
        history.repeat(u16::from_le_bytes(*distance).into(), count)?;
    }
}

/// A length goes on as long as its bytes are 255.
fn length(first: u8, packed: &mut &[u8]) -> Option<usize> {
    let mut length = usize::from(first);
    let mut more = first == LONG;
    while more {
        let byte = *packed.split_off_first()?;
        length = length.checked_add(byte.into())?;
        more = byte == u8::MAX;
    }
    Some(length)
}
