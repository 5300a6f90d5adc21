//! User metadata in HTTP headers: `x-amz-meta-NAME: VALUE`.
//!
//! Visible ASCII and single blanks between words travel as they are. A signed header cannot carry the rest: SigV4 folds
//! runs of blanks and trims both ends, and HTTP has no other letters than ASCII. So every byte outside visible ASCII,
//! the `%`, and each blank at either end or after another blank is sent as `%XX`. This is what boto 2 (Python z3) writes
//! for non-ASCII values and undoes for every value it reads, so both programs read what either wrote.
//!
//! Decoding takes any `%XX` back; a `%` without two hex digits stays, and a value that would not become UTF-8 is left
//! as it came.

use std::fmt::Write;

use http::HeaderMap;
use percent_encoding::percent_decode;

use crate::order::gathered;
use crate::store::Metadata;

const PREFIX: &str = "x-amz-meta-";

/// The signed headers of an object to be, in the order of their names.
pub(super) fn headers(metadata: &Metadata) -> impl Iterator<Item = (String, String)> + '_ {
    metadata
        .iter()
        .map(|(name, value)| (format!("{PREFIX}{name}"), encode(value)))
}

/// S3 takes 2 KiB; what is beyond this is left out, so that many objects with much of it are no burden.
const MOST_BYTES: usize = 8 << 10;

/// The metadata among an answer's headers.
pub(super) fn of_answer(headers: &HeaderMap) -> Metadata {
    let mut left = MOST_BYTES;
    gathered(headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(PREFIX)?;
        left = left.checked_sub(name.len() + value.len())?;
        Some((name.to_owned(), decode(value.as_bytes())))
    }))
}

fn encode(value: &str) -> String {
    let last = value.len().saturating_sub(1);
    let mut previous = b' ';
    let mut encoded = String::with_capacity(value.len());
    for (at, byte) in value.bytes().enumerate() {
        let plain = match byte {
            b' ' => previous != b' ' && at != last,
            b'%' => false,
            other => other.is_ascii_graphic(),
        };
        if plain {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        previous = byte;
    }
    encoded
}

fn decode(value: &[u8]) -> String {
    match percent_decode(value).decode_utf8() {
        Ok(text) => text.into_owned(),
        Err(_) => String::from_utf8_lossy(value).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_survives_the_journey_in_a_signed_header() {
        for value in [
            "",
            " ",
            "tank/a@x  y ",
            "  both ends  ",
            "tank/a b@daily:2024-01-01",
            "100%",
            "a%20b",
            "%zz%",
            "a+b&c=d\"'<>",
            "Ünï@日本",
            "tab\tline\nend",
        ] {
            let sent = encode(value);
            assert!(
                sent.bytes().all(|b| (b' '..=b'~').contains(&b)),
                "{sent} is not visible ASCII"
            );
            assert_eq!(sent.trim(), sent);
            assert!(!sent.contains("  "), "{sent:?} would be folded");
            assert_eq!(decode(sent.as_bytes()), value);
        }
    }

    #[test]
    fn ordinary_values_are_sent_as_they_are() {
        for value in ["12345", "true", "tank/a b@zfs-auto-snap:daily_1.2~3"] {
            assert_eq!(encode(value), value);
        }
        assert_eq!(encode("tank/a@x  y "), "tank/a@x %20y%20");
    }

    #[test]
    fn foreign_values_are_read_leniently() {
        assert_eq!(decode(b"100% of it"), "100% of it");
        assert_eq!(decode(b"a%FFb"), "a%FFb");
        assert_eq!(decode(b"%C3%BC"), "ü");
        assert_eq!(decode("ü".as_bytes()), "ü");
    }

    #[test]
    fn only_user_metadata_is_taken_from_an_answer() {
        let mut answer = HeaderMap::new();
        answer.insert("x-amz-meta-parent", "a@x%20%20y".parse().unwrap());
        answer.insert("x-amz-storage-class", "STANDARD_IA".parse().unwrap());
        let expected = Metadata::from([("parent".to_owned(), "a@x  y".to_owned())]);
        assert_eq!(of_answer(&answer), expected);
        let much = "x".repeat(MOST_BYTES);
        answer.insert("x-amz-meta-much", much.parse().unwrap());
        assert_eq!(of_answer(&answer), expected);
    }
}
