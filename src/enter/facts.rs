//! What is known of an object before it is looked at, and how much of it may be fetched for that.

use crate::codec::Compressor;
use crate::size::MIB;

/// The least that is looked at in one place.
pub const LEAST_BYTES: u64 = 256 << 10;
/// The share of the object that may be taken to find the place, and what may be taken of a small one; never more than a third of
/// what is likely to be saved.
const SHARE: u64 = 20;
const SOME_BYTES: u64 = 24 * MIB;
/// The share of the object that is looked at in one place, within bounds.
const WINDOW_SHARE: u64 = 256;

/// An object.
#[derive(Debug, Clone, Copy)]
pub struct ObjectFacts {
    pub size_bytes: u64,
    /// What it was compressed with; if that is not known, its first bytes tell.
    pub compressor: Option<Compressor>,
    /// About how long its stream is.
    pub stream_bytes: Option<u64>,
    /// Who stored it has seen to it that zfs has lost no spill blocks.
    pub looked_at: bool,
}

impl ObjectFacts {
    /// About how long so much of the stream is in it.
    pub fn packed(&self, bytes: u64, plain: bool) -> u64 {
        let size = u128::from(self.size_bytes);
        let packed = match self.stream_bytes {
            Some(stream) if stream > 0 && !plain => u128::from(bytes) * size / u128::from(stream),
            _ => u128::from(bytes),
        };
        packed.min(size) as u64
    }
}

/// Of the beginning; out of less than a block of zstd data, which holds 128 KiB, nothing comes.
const HEAD_BYTES: u64 = 192 << 10;
/// The share of the object that may be taken to find single objects in it, and what may be taken of a small one.
const EXCERPTS_SHARE: u64 = 2;
const EXCERPTS_BYTES: u64 = 4 * MIB;

/// How much may be fetched to find the place.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of the beginning.
    pub head_bytes: u64,
    /// In one place, until it is seen how much it takes.
    pub window_bytes: u64,
    /// In all.
    pub most_bytes: u64,
}

impl Bounds {
    /// For an object of whose stream so much was received.
    pub fn of(object: &ObjectFacts, received_bytes: u64) -> Self {
        let saved = object.packed(received_bytes, object.compressor == Some(Compressor::None));
        let most_bytes = (object.size_bytes / SHARE).max(SOME_BYTES).min(saved / 3);
        Self {
            head_bytes: HEAD_BYTES,
            window_bytes: (object.size_bytes / WINDOW_SHARE).clamp(LEAST_BYTES, MIB),
            most_bytes,
        }
    }

    /// For all that is left of a damaged one.
    pub fn of_salvage() -> Self {
        Self {
            head_bytes: HEAD_BYTES,
            window_bytes: LEAST_BYTES,
            most_bytes: u64::MAX,
        }
    }

    /// For single objects out of it.
    pub fn of_excerpts(object: &ObjectFacts) -> Self {
        Self {
            head_bytes: HEAD_BYTES,
            window_bytes: LEAST_BYTES,
            most_bytes: (object.size_bytes / EXCERPTS_SHARE).max(EXCERPTS_BYTES),
        }
    }
}
