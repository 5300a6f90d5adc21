//! A single damaged word, found by what it has done to the checksum, and put right.
//!
//! Each of the four sums counts a word as often as its distance from the end says: once, n times, n(n+1)/2 and n(n+1)(n+2)/6
//! times. Two of them tell which word it is and by how much it is wrong; the other two, 128 bits, bear that out.

use crate::stream::{Header, RecordType, Sums};

/// The words of a header that its own checksum covers.
const HEADER_WORDS: u64 = 70;
const HEADER_BYTES: usize = 312;

/// Whether the one wrong word between the last checksum that held and this header's own was found and put right: in the record
/// before it, in the header, or in the checksum itself. `sums` is what was read.
pub fn put_right(
    header: &mut Header,
    before: Option<(RecordType, &mut Vec<u8>)>,
    sums: Sums,
) -> bool {
    let claimed = header.sums();
    let wrong = [0, 1, 2, 3].map(|at| difference(claimed, sums, at));
    if wrong.iter().filter(|sum| **sum != 0).count() == 1 {
        header.set_own_sums(sums);
        return true;
    }
    let Some((from_end, by)) = word_of(wrong) else {
        return false;
    };
    let order = header.order;
    let place = match from_end.checked_sub(HEADER_WORDS) {
        Some(from_end @ 1..) => before.and_then(|(kind, bytes)| {
            let at = (bytes.len() as u64).checked_sub(from_end.checked_mul(4)?)?;
            // Its own checksum has held already; BEGIN has none.
            let is_open = kind == RecordType::Begin || at >= HEADER_BYTES as u64;
            bytes.get_mut(at as usize..).filter(|_| is_open)
        }),
        _ => {
            let at = HEADER_WORDS.saturating_sub(from_end) * 4;
            header.bytes.get_mut(at as usize..)
        }
    };
    let Some(word) = place.and_then(|bytes| bytes.first_chunk_mut::<4>()) else {
        return false;
    };
    let right = i64::from(order.u32(*word)).checked_add(by);
    let right = right.and_then(|right| u32::try_from(right).ok());
    right
        .map(|right| *word = order.bytes_of_u32(right))
        .is_some()
}

fn difference(one: Sums, other: Sums, at: usize) -> u64 {
    let sum = |sums: Sums| sums.get(at).copied().unwrap_or_default();
    sum(one).wrapping_sub(sum(other))
}

/// How far from the end, and by how much it is wrong.
fn word_of([a, b, c, d]: Sums) -> Option<(u64, i64)> {
    let by = a.cast_signed();
    let from_end = b.cast_signed().checked_div(by)?;
    let n = u128::try_from(from_end)
        .ok()
        .filter(|n| (1..1 << 24).contains(n))?;
    let times = |count: u128| (count as u64).wrapping_mul(a);
    let fits = by.unsigned_abs() <= u64::from(u32::MAX)
        && [b, c, d] == [n, n * (n + 1) / 2, n * (n + 1) * (n + 2) / 6].map(times);
    fits.then_some((n as u64, by))
}
