//! What nobody gets to see.

use std::fmt;

use crate::value::token;

/// A secret that shows itself to no log, error text or `Debug` output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads one; the error does not repeat it.
    pub fn parse(text: &str) -> Result<Self, String> {
        token(text).map(Self::new)
    }

    /// The secret itself, for the signature alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
