//! The flags of `zfs send` that z3 sends with: a small set, written as its letters.
//!
//! Responsible for the set alone. Which of them a chain may have is decided in [`crate::plan`], what a stream says of them is
//! read in [`crate::stream`].

use std::fmt;
use std::ops::{BitOr, Sub};

use crate::value::{on_off, unexpected};

/// A subset of `L`, `c`, `e` and `w` (`zfs-send(8)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SendFlags(u8);

/// In the order of ASCII, which is how they are written.
const LETTERS: [(char, SendFlags); 4] = [
    ('L', SendFlags::LARGE),
    ('c', SendFlags::COMPRESSED),
    ('e', SendFlags::EMBEDDED),
    ('w', SendFlags::RAW),
];

impl SendFlags {
    /// What the original sends with.
    pub const NONE: Self = Self(0);
    /// `L`: blocks of more than 128 KiB stay whole.
    pub const LARGE: Self = Self(1);
    /// `c`: blocks stay compressed as they are on the disks.
    pub const COMPRESSED: Self = Self(1 << 1);
    /// `e`: blocks that lie inside of their pointers stay there.
    pub const EMBEDDED: Self = Self(1 << 2);
    /// `w`: blocks go as they are on the disks, encrypted ones without being decrypted.
    pub const RAW: Self = Self(1 << 3);

    /// Reads letters in any order; the error is the first one that is none of these.
    pub fn parse(text: &str) -> Result<Self, char> {
        text.chars().try_fold(Self::NONE, |flags, letter| {
            let known = LETTERS.iter().find(|(known, _)| *known == letter);
            known.map(|(_, flag)| flags | *flag).ok_or(letter)
        })
    }

    /// Those of these letters that are flags; the others are somebody else's.
    pub fn among(text: &str) -> Self {
        let named = LETTERS.iter().filter(|(letter, _)| text.contains(*letter));
        named.fold(Self::NONE, |flags, (_, flag)| flags | *flag)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Whether all of these are in it.
    pub fn has(self, all: Self) -> bool {
        (all - self).is_empty()
    }
}

impl BitOr for SendFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Sub for SendFlags {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Display for SendFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = LETTERS.iter().filter(|(_, flag)| self.has(*flag));
        set.map(|(letter, _)| letter)
            .try_for_each(|letter| write!(f, "{letter}"))
    }
}

/// Whether encrypted datasets are sent without being decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    /// In new chains; an old one goes on as it is.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Raw {
    /// Reads its word.
    pub fn parse(text: &str) -> Result<Self, String> {
        match on_off(text) {
            Ok(true) => Ok(Self::On),
            Ok(false) => Ok(Self::Off),
            Err(_) if text.eq_ignore_ascii_case("auto") => Ok(Self::Auto),
            Err(_) => unexpected("auto, on or off", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_in_any_order_and_written_in_one() {
        for (text, written) in [("", ""), ("w", "w"), ("weLc", "Lcew"), ("ccL", "Lc")] {
            let flags = SendFlags::parse(text).unwrap();
            assert_eq!(flags.to_string(), written, "{text}");
            assert_eq!(SendFlags::parse(written), Ok(flags));
        }
        for (text, odd) in [("-Lc", '-'), ("lc", 'l'), ("Lp", 'p'), ("L c", ' ')] {
            assert_eq!(SendFlags::parse(text), Err(odd), "{text}");
        }
    }

    #[test]
    fn sets_are_sets() {
        let both = SendFlags::LARGE | SendFlags::COMPRESSED;
        assert!(both.has(SendFlags::LARGE) && both.has(SendFlags::NONE));
        assert!(!both.has(SendFlags::LARGE | SendFlags::RAW));
        assert_eq!(
            both - SendFlags::LARGE - SendFlags::RAW,
            SendFlags::COMPRESSED
        );
        assert_eq!(SendFlags::among("DnVvPLecw").to_string(), "Lcew");
        assert!(SendFlags::among("RDp").is_empty() && !both.is_empty());
    }
}
