//! Whether an OpenPGP message is encrypted, by its first packet (RFC 9580).
//!
//! gpg unpacks what is not encrypted without a word. Whoever may write to the bucket could pass such a message off as an
//! encrypted backup. Not responsible for who has encrypted it: gpg does not say, as nothing is signed.

use std::io::{self, Cursor, ErrorKind, Read};

use super::ByteSource;

/// Enough for the head lines of an armoured message.
const FIRST_BYTES: u64 = 1024;

const ARMOUR: &[u8] = b"-----BEGIN PGP MESSAGE-----";

/// Session keys for a public key or a passphrase, and encrypted data in its old and new forms.
const ENCRYPTED: [u8; 5] = [1, 3, 9, 18, 20];

/// Passes on a message that begins as an encrypted one does, fails on any other.
pub fn encrypted(mut source: ByteSource) -> io::Result<ByteSource> {
    let mut first = Vec::new();
    source.by_ref().take(FIRST_BYTES).read_to_end(&mut first)?;
    if !is_encrypted(&first) {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            "gpg data is not encrypted: the object does not begin with an encrypted OpenPGP message",
        ));
    }
    Ok(Box::new(Cursor::new(first).chain(source)))
}

/// Whether this is how an encrypted message begins.
pub fn is_encrypted(first: &[u8]) -> bool {
    let tag = first_byte(first).and_then(tag);
    tag.is_some_and(|tag| ENCRYPTED.contains(&tag))
}

/// The first byte of the message, which armour (base64 behind an empty line) may wrap.
fn first_byte(first: &[u8]) -> Option<u8> {
    if !first.starts_with(ARMOUR) {
        return first.first().copied();
    }
    let text = String::from_utf8_lossy(first).replace('\r', "");
    let (_, data) = text.split_once("\n\n")?;
    let mut sextets = data.bytes().map(sextet);
    Some(sextets.next()?? << 2 | sextets.next()?? >> 4)
}

fn sextet(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// The type of the packet that begins with this byte, in the new and the old format.
fn tag(byte: u8) -> Option<u8> {
    match byte & 0xc0 {
        0xc0 => Some(byte & 0x3f),
        0x80 => Some(byte >> 2 & 0x0f),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first bytes of what gpg writes with -e, -c, --store and -s, and of -a -e.
    #[test]
    fn only_encrypted_messages_pass() {
        let armoured = b"-----BEGIN PGP MESSAGE-----\r\nComment: x\r\n\r\nhQEMA\n";
        let stored = b"-----BEGIN PGP MESSAGE-----\n\nowE\n";
        for (passes, message) in [
            (true, &b"\x85\x01\x0c\x03"[..]),
            (true, b"\x84\x5e\x03"),
            (true, b"\x8c\x0d\x04"),
            (true, b"\xc1\xc0\x4c"),
            (true, b"\xd2\x01"),
            (true, armoured),
            (false, b"\xa3\x01\x5b"),
            (false, b"\xcb\x0a"),
            (false, b"\xac\x0a"),
            (false, b"\x90\x0d\x03"),
            (false, stored),
            (false, b"-----BEGIN PGP MESSAGE-----"),
            (false, b"junk"),
            (false, b""),
        ] {
            let message = message.to_vec();
            let read = encrypted(Box::new(Cursor::new(message.clone()))).and_then(|mut source| {
                let mut all = Vec::new();
                source.read_to_end(&mut all).map(|_| all)
            });
            assert_eq!(read.ok(), passes.then_some(message.clone()), "{message:x?}");
        }
    }
}
