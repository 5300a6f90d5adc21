//! How fast objects come out of an archive class: S3's three tiers of retrieval.

use std::fmt;

/// How fast, and so how dear, an object is to come out of an archive class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tier {
    /// Hours: 3 to 5, from DEEP_ARCHIVE up to 12.
    #[default]
    Standard,
    /// Cheap or free: 5 to 12 hours, from DEEP_ARCHIVE up to 48.
    Bulk,
    /// Minutes; not from DEEP_ARCHIVE.
    Expedited,
}

impl Tier {
    /// Reads its word.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = [Self::Standard, Self::Bulk, Self::Expedited].into_iter();
        let known = all.find(|tier| tier.word() == text);
        known.ok_or_else(|| format!("expected standard, bulk or expedited, got '{text}'"))
    }

    /// Its word on the command line; S3's has a capital.
    pub fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Bulk => "bulk",
            Self::Expedited => "expedited",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
