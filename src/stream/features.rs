//! What a stream needs of its receiver: the `DMU_BACKUP_FEATURE_*` bits of a BEGIN record (`include/sys/zfs_ioctl.h`).

use crate::send_flags::SendFlags;

/// Continues a partly received stream (`zfs send -t`).
pub const RESUMING: u64 = 1 << 20;

/// Blocks were left out on purpose (`zfs send --redact`).
pub const REDACTED: u64 = 1 << 21;

/// Blocks lie inside of their pointers.
pub const EMBEDDED: u64 = 1 << 16;
const LARGE_BLOCKS: u64 = 1 << 19;
const COMPRESSED: u64 = 1 << 22;
/// Blocks are as they are on the disks, encrypted ones without having been decrypted.
pub const RAW: u64 = 1 << 24;

const NAMES: [(u64, &str); 16] = [
    (1, "dedup"),
    (1 << 1, "dedup properties"),
    (1 << 2, "spill blocks"),
    (EMBEDDED, "embedded data"),
    (1 << 17, "lz4"),
    (LARGE_BLOCKS, "large blocks"),
    (RESUMING, "resuming"),
    (REDACTED, "redacted"),
    (COMPRESSED, "compressed"),
    (1 << 23, "large dnodes"),
    (RAW, "raw (encrypted)"),
    (1 << 25, "zstd"),
    (1 << 26, "holds"),
    (1 << 27, "switch to large blocks"),
    (1 << 28, "long names"),
    (1 << 29, "large micro zap"),
];

/// Which flags of `zfs send` the features come from. `c` and `w` are told by every stream, `L` and `e` only where the pool has
/// such blocks: without them the flag has changed nothing.
pub fn sent_with(features: u64) -> SendFlags {
    let bits = [
        (LARGE_BLOCKS, SendFlags::LARGE),
        (COMPRESSED, SendFlags::COMPRESSED),
        (EMBEDDED, SendFlags::EMBEDDED),
        (RAW, SendFlags::RAW),
    ];
    let set = bits.iter().filter(|(bit, _)| features & bit != 0);
    set.fold(SendFlags::NONE, |flags, (_, flag)| flags | *flag)
}

/// The features of a pool (`zpool-features(7)`) without which zfs does not receive a stream (`dmu_recv_begin_check()`): it takes
/// such blocks as they come.
const NEEDS: [(u64, &str); 8] = [
    (EMBEDDED, "embedded_data"),
    (1 << 17, "lz4_compress"),
    (LARGE_BLOCKS, "large_blocks"),
    (1 << 23, "large_dnode"),
    (RAW, "encryption"),
    (1 << 25, "zstd_compress"),
    (1 << 28, "longname"),
    (1 << 29, "large_microzap"),
];

/// What a pool has to have to receive a stream with these features.
pub fn pool_features(features: u64) -> impl Iterator<Item = &'static str> {
    let needed = NEEDS.iter().filter(move |(bit, _)| features & bit != 0);
    needed.map(|(_, name)| *name)
}

/// The features in words, those that nobody knows as numbers of their bits.
pub fn feature_names(features: u64) -> Vec<String> {
    (0..u64::BITS)
        .filter(|bit| features >> bit & 1 == 1)
        .map(|bit| {
            let known = NAMES.iter().find(|(flag, _)| *flag == 1 << bit);
            known.map_or_else(
                || format!("unknown bit {bit}"),
                |(_, name)| (*name).to_owned(),
            )
        })
        .collect()
}
