//! The checksums that S3 can keep with a part ("Checking object integrity" in the Amazon S3 user guide), and which of them
//! guards it on its way.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::value::unexpected;

/// What a checksum is made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// 32 bytes that nobody can forge.
    Sha256,
    /// 4 bytes against accidents, at a tenth of the cost.
    Crc32c,
}

/// A checksum of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// What made it.
    pub algorithm: Algorithm,
    /// As S3 spells it.
    pub base64: String,
}

impl Algorithm {
    /// Its name in `x-amz-checksum-algorithm`, and behind `Checksum` in XML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA256",
            Self::Crc32c => "CRC32C",
        }
    }

    /// Reads the bytes once.
    pub fn of(self, bytes: &[u8]) -> Checksum {
        match self {
            Self::Sha256 => Checksum::sha256(&Sha256::digest(bytes).into()),
            Self::Crc32c => Checksum {
                algorithm: self,
                base64: BASE64_STANDARD.encode(crc32c::crc32c(bytes).to_be_bytes()),
            },
        }
    }
}

impl Checksum {
    /// Out of a digest that is already known.
    pub fn sha256(digest: &[u8; 32]) -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            base64: BASE64_STANDARD.encode(digest),
        }
    }

    /// The request header that carries it.
    pub fn header(&self) -> String {
        let name = self.algorithm.name().to_ascii_lowercase();
        format!("x-amz-checksum-{name}")
    }
}

/// What guards a part on its way, by cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Its SHA-256, which is part of the signature.
    Sha256,
    /// Its CRC-32C, which is; the bytes are not.
    Crc32c,
    /// TLS alone.
    Unsigned,
}

impl Payload {
    /// Reads its word.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "sha256" => Ok(Self::Sha256),
            "crc32c" => Ok(Self::Crc32c),
            "unsigned" => Ok(Self::Unsigned),
            _ => unexpected("sha256, crc32c or unsigned", text),
        }
    }

    /// The checksum that the server is asked to keep.
    pub fn checksum(self) -> Option<Algorithm> {
        match self {
            Self::Sha256 => Some(Algorithm::Sha256),
            Self::Crc32c => Some(Algorithm::Crc32c),
            Self::Unsigned => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_that_the_standards_give() {
        // RFC 3720, B.4: 32 zeros; the check value of CRC-32C; FIPS 180-4.
        for (algorithm, bytes, hex) in [
            (Algorithm::Crc32c, vec![0; 32], "8a9136aa"),
            (Algorithm::Crc32c, b"123456789".to_vec(), "e3069283"),
            (
                Algorithm::Sha256,
                b"abc".to_vec(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let checksum = algorithm.of(&bytes);
            let bytes = BASE64_STANDARD.decode(&checksum.base64).unwrap();
            assert_eq!(hex::encode(bytes), hex);
        }
        assert_eq!(Algorithm::Crc32c.of(b"").header(), "x-amz-checksum-crc32c");
    }
}
