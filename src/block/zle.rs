//! zle (`module/zfs/zle.c`): runs of zeros, and bytes as they are.

/// Lengths up to this are those of bytes, above it of zeros.
const MOST_LITERALS: usize = 64;

/// The block of `bytes` bytes, or less of it if the data ends early.
pub fn unpack(mut packed: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let mut block = Vec::with_capacity(bytes);
    while block.len() < bytes
        && let Some(&length) = packed.split_off_first()
    {
        match (usize::from(length) + 1).checked_sub(MOST_LITERALS + 1) {
            None => block.extend_from_slice(packed.split_off(..usize::from(length) + 1)?),
            Some(zeros) => block.resize(block.len() + zeros + 1, 0),
        }
    }
    Some(block)
}
