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

/// What is shown of an access key id: all of it, unless it may be a secret that stands in the wrong place. Ids are letters and
/// digits; where they are long they are hex, names with colons (Swift), or 61 capitals and digits (Google's service accounts).
/// Secrets are 40 letters and more, mostly with `/`, `+` or `=` among them.
pub fn shown_id(id: &str) -> &str {
    match may_be_secret(id) {
        true => "[may be a secret]",
        false => id,
    }
}

/// Whether it looks like a secret, where an access key id is expected.
pub fn may_be_secret(id: &str) -> bool {
    let is_hex = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_google = id.starts_with("GOOG") && !id.contains(|one: char| one.is_ascii_lowercase());
    let is_long = id.len() >= 40 && !is_hex && !is_google && !id.contains(':');
    is_long || id.contains(['/', '+', '='])
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shown_and_secrets_are_not() {
        for id in [
            "AKIAIOSFODNN7EXAMPLE",
            "0555b35654ad1656d804",
            "tenant:user",
            "GOOG1EGYZ5JEEKKDPMEGTZDXXQMJWIXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            "1f0e9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f2e",
            "",
        ] {
            assert_eq!(shown_id(id), id);
        }
        for secret in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "h7GhxuBLTrlhVUyxSPUKUV8r2EI4ngqJxD7iBdBYLhwluN30JaT3Q==",
            "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCd",
        ] {
            assert!(!shown_id(secret).contains(secret));
        }
    }
}
