//! What the memory that this process may use makes of `MAX_MEMORY` and `CONCURRENCY` by default.
//!
//! Not responsible for how much that is ([`crate::system`]), nor for what the user has set ([`crate::config`]).

use crate::size::MIB;

/// What z3 takes beside its parts, and for each worker (README, "What is guaranteed").
const OWN_BYTES: u64 = 32 * MIB;
const WORKER_BYTES: u64 = MIB / 2;

/// The most that `MAX_MEMORY` is by default: 2 GiB.
const MOST_BYTES: u64 = 2 << 30;

/// `MAX_MEMORY` where `available_bytes` may be used (0 is unknown): a quarter, one part at least, and so little that
/// everything else has room as well. `None` if there is no room.
pub fn default_bytes(available_bytes: u64, min_part_bytes: u64) -> Option<u64> {
    if available_bytes == 0 {
        return Some(MOST_BYTES.max(min_part_bytes));
    }
    let room = available_bytes.saturating_sub(OWN_BYTES);
    let share = (available_bytes / 4).min(room / 4 * 3);
    let bytes = share.min(MOST_BYTES).max(min_part_bytes);
    (bytes + WORKER_BYTES <= room).then_some(bytes)
}

/// How many workers there is room for beside parts of so many bytes; no limit if nobody knows.
pub fn most_workers(available_bytes: u64, max_memory_bytes: u64) -> usize {
    let rest = available_bytes.checked_sub(OWN_BYTES + max_memory_bytes);
    rest.map_or(usize::MAX, |rest| (rest / WORKER_BYTES).max(1) as usize)
}

/// The least that has to be available for parts of this size.
pub fn least_bytes(min_part_bytes: u64) -> u64 {
    OWN_BYTES + WORKER_BYTES + min_part_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts, workers and everything else stay below the limit.
    #[test]
    fn everything_fits_or_there_is_no_room() {
        let part = 5 * MIB;
        for mib in 38..5000 {
            let available = mib * MIB;
            let bytes = default_bytes(available, part).unwrap();
            let workers = most_workers(available, bytes).min(32) as u64;
            let all = bytes + OWN_BYTES + workers * WORKER_BYTES;
            assert!(
                bytes >= part && all <= available,
                "{mib}: {bytes} {workers}"
            );
        }
        assert_eq!(default_bytes(37 * MIB, part), None);
        assert_eq!(least_bytes(part), 37 * MIB + MIB / 2);
        assert!(default_bytes(least_bytes(part), part).is_some());
        assert_eq!(default_bytes(0, part), Some(2 << 30));
        assert_eq!(most_workers(0, 2 << 30), usize::MAX);
    }
}
