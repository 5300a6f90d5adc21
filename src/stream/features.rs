//! What a stream needs of its receiver: the `DMU_BACKUP_FEATURE_*` bits of a BEGIN record (`include/sys/zfs_ioctl.h`).

/// Continues a partly received stream (`zfs send -t`).
pub const RESUMING: u64 = 1 << 20;

/// Blocks were left out on purpose (`zfs send --redact`).
pub const REDACTED: u64 = 1 << 21;

const NAMES: [(u64, &str); 16] = [
    (1, "dedup"),
    (1 << 1, "dedup properties"),
    (1 << 2, "spill blocks"),
    (1 << 16, "embedded data"),
    (1 << 17, "lz4"),
    (1 << 19, "large blocks"),
    (RESUMING, "resuming"),
    (REDACTED, "redacted"),
    (1 << 22, "compressed"),
    (1 << 23, "large dnodes"),
    (1 << 24, "raw (encrypted)"),
    (1 << 25, "zstd"),
    (1 << 26, "holds"),
    (1 << 27, "switch to large blocks"),
    (1 << 28, "long names"),
    (1 << 29, "large micro zap"),
];

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
