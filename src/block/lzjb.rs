//! lzjb (`module/zfs/lzjb.c`): a byte that tells of the next eight items which are bytes and which repetitions.

use super::history::History;

/// The shortest repetition.
const SHORTEST: usize = 3;
/// The bits of a distance.
const DISTANCE: u16 = (1 << 10) - 1;

/// The block of `bytes` bytes. The last repetition may be longer than what is missing.
pub fn unpack(mut packed: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let mut history = History::new(bytes);
    while history.left() > 0 {
        let repetitions = *packed.split_off_first()?;
        for item in 0..8 {
            if history.left() == 0 {
                break;
            }
            if repetitions >> item & 1 == 0 {
                history.append(packed.split_off(..1)?)?;
                continue;
            }
            let pair = u16::from_be_bytes(*packed.split_off(..2)?.first_chunk()?);
            let count = usize::from(pair >> 10) + SHORTEST;
            history.repeat((pair & DISTANCE).into(), count.min(history.left()))?;
        }
    }
    Some(history.block())
}
