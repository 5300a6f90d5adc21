//! What `make fuzz` proves of tokens and of what they make of a stream; not compiled otherwise.

use std::io::{self, Read};

use super::{Token, rest_of};
use crate::mend::mended;
use crate::stream::{Accept, Check, Checked, Expect, begin_of};

/// Reads a token.
///
/// # Panics
/// If one that is no plain text is believed.
pub fn token(text: &str) {
    if Token::read(text).is_ok() {
        assert!(text.trim().is_ascii());
    }
}

/// Makes the rest of anything, and looks at it where the whole is right; the same of it mended.
///
/// # Panics
/// If the rest of a good stream is none.
pub fn rest(stream: &[u8], object: u64, offset: u64) {
    let begin = begin_of(stream).unwrap_or_default();
    let token = Token {
        object,
        offset,
        bytes: 0,
        toguid: begin.toguid,
        fromguid: begin.fromguid,
        toname: String::new(),
    };
    // Not checked: anything may come.
    let _ = io::copy(&mut rest_of(stream, token.clone()), &mut io::sink());
    let check = |accept| Check::new(accept, Expect::default()).with_lost_spills();
    let mut rest = Vec::new();
    let checked = Checked::new(stream, check(Accept::OnePlain));
    if rest_of(checked, token).read_to_end(&mut rest).is_ok() {
        let whole = Checked::new(&rest[..], check(Accept::Any)).drain();
        assert!(whole.is_ok(), "{whole:?}");
    }
    let mut whole = Vec::new();
    let checked = Checked::new(stream, check(Accept::OnePlain));
    if mended(checked).read_to_end(&mut whole).is_ok() {
        let strict = Check::new(Accept::OnePlain, Expect::default());
        let strict = Checked::new(&whole[..], strict).drain();
        assert!(strict.is_ok(), "{strict:?}");
    }
}
