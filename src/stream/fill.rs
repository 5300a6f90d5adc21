//! What a sender with `zfs_send_corrupt_data` puts in the place of a block that it could not read.

use super::record::Order;

/// `0x"zfs badd bloc"` of `module/zfs/dmu_send.c`, repeated, in the sender's byte order.
const FILL: u64 = 0x2f5_badd_b10c;

/// Whether `piece`, which begins `phase` bytes into a repetition, is nothing but the pattern. Stops at the first byte
/// that differs, which in nearly every payload is the first of all.
pub fn is_fill(piece: &[u8], phase: usize, order: Order) -> bool {
    let fill = match order {
        Order::Little => FILL.to_le_bytes(),
        Order::Big => FILL.to_be_bytes(),
    };
    let expected = fill.iter().cycle().skip(phase);
    piece.iter().zip(expected).all(|(byte, fill)| byte == fill)
}
