//! Where in compressed data a decoder can begin.

use std::borrow::Cow;
use std::io::Read;

use crate::codec::{self, Compressor};
use crate::stream::looks_like_stream;

/// The first bytes of a member of gzip data that z3 has made: no optional fields, no time, any strength, no known system.
const MEMBER_BYTES: usize = 10;
/// The first bytes of a frame of zstd data (RFC 8878).
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The most that is unpacked at once.
const UNPACKED_BYTES: u64 = 16 << 20;
/// The longest window: members of gzip begin in every 256 KiB of the stream, and three of the largest records that are common take
/// 3 MiB.
const WINDOW_BYTES: u64 = 8 << 20;
/// That of zstd: z3 begins a frame in every 8 MiB of the stream, and what follows has room in the other half.
const ZSTD_WINDOW_BYTES: u64 = 16 << 20;
/// At how many places of a window it is tried. Files that are compressed themselves may lie in the stream as they are.
const TRIES: usize = 256;
/// The most that is unpacked of a window.
const ALL_UNPACKED_BYTES: u64 = 64 << 20;

/// What an object consists of that can be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packing {
    /// The stream as it is.
    None,
    /// Members that begin with these bytes.
    Gzip([u8; MEMBER_BYTES]),
    /// Frames, maybe a single one.
    Zstd,
}

impl Packing {
    /// What an object is made of with these first bytes, if it was made with this compressor.
    pub fn of(compressor: Compressor, first: &[u8]) -> Option<Self> {
        let member = first.first_chunk();
        match compressor {
            Compressor::None if looks_like_stream(first) => Some(Self::None),
            Compressor::Gzip(_) => match member? {
                [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, _, 0xff] => member.copied().map(Self::Gzip),
                _ => None,
            },
            Compressor::Zstd(_) if cfg!(feature = "zstd") && first.starts_with(&FRAME) => {
                Some(Self::Zstd)
            }
            _ => None,
        }
    }

    /// How much of the stream is in a piece that z3 makes.
    pub fn piece_bytes(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Gzip(_) => 256 << 10,
            Self::Zstd => 8 << 20,
        }
    }

    /// How much is looked at in one place at most.
    pub fn window_bytes(&self) -> u64 {
        match self {
            Self::Zstd => ZSTD_WINDOW_BYTES,
            Self::None | Self::Gzip(_) => WINDOW_BYTES,
        }
    }

    /// What comes out from each place on where a decoder can begin, for as long as `look` finds nothing in it.
    pub fn first<T>(
        &self,
        window: &[u8],
        mut look: impl FnMut(usize, Cow<'_, [u8]>) -> Option<T>,
    ) -> Option<T> {
        let begin: &[u8] = match self {
            Self::None => return look(0, Cow::Borrowed(window)),
            Self::Gzip(begin) => begin,
            Self::Zstd => &FRAME,
        };
        let mut left = ALL_UNPACKED_BYTES;
        let places = window.windows(begin.len()).enumerate();
        let places = places.filter(|(_, bytes)| *bytes == begin);
        for (at, _) in places.take(TRIES) {
            let data = window.get(at..).unwrap_or_default();
            let out = self.unpacked(data, left.min(UNPACKED_BYTES));
            left = left.saturating_sub(out.len() as u64);
            if let Some(found) = look(at, Cow::Owned(out)) {
                return Some(found);
            }
            if left == 0 {
                break;
            }
        }
        None
    }

    /// What these bytes are unpacked, as far as they go.
    pub fn unpacked(&self, data: &[u8], most_bytes: u64) -> Vec<u8> {
        let mut out = Vec::new();
        // What came before the end of the data, or before it was none any more, is kept; the stream's own sums prove it.
        let _ = match self {
            Self::None => data.take(most_bytes).read_to_end(&mut out),
            Self::Gzip(_) => codec::gunzip(data).take(most_bytes).read_to_end(&mut out),
            #[cfg(feature = "zstd")]
            Self::Zstd => {
                codec::unzstd(data).and_then(|frames| frames.take(most_bytes).read_to_end(&mut out))
            }
            #[cfg(not(feature = "zstd"))]
            Self::Zstd => Ok(0),
        };
        out
    }
}
