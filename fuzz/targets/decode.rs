//! Compressed data from anywhere: no panic, no end after an error, one outcome however it arrives. And the way there and
//! back: what our own encoders make of the bytes is the bytes again.
#![no_main]

use std::io::{Cursor, Read};

use libfuzzer_sys::fuzz_target;
use z3::workbench::codec::{gunzip, gzip, unzstd, zstd};

/// Enough for many members; more would only be slow.
const MOST: u64 = 4 << 20;

/// Hands out at most `step` bytes at a time.
struct Steps<'a>(&'a [u8], usize);

impl Read for Steps<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

/// The first bytes tell which decoder it is for.
fn decoded<'a>(source: impl Read + 'a, first: &[u8]) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let mut decoder: Box<dyn Read + 'a> = match first.starts_with(&[0x28, 0xb5]) {
        true => Box::new(unzstd(source).expect("memory for a decoder")),
        false => Box::new(gunzip(source)),
    };
    let error = decoder.by_ref().take(MOST).read_to_end(&mut out).err();
    if error.is_some() {
        decoder
            .read(&mut [0; 9])
            .expect_err("no end after an error");
    }
    (out, error.map(|error| error.to_string()))
}

fuzz_target!(|data: &[u8]| {
    let Some((&step, packed)) = data.split_first() else {
        return;
    };
    let (whole, error) = decoded(packed, packed);
    let (pieces, same_error) = decoded(Steps(packed, usize::from(step) + 1), packed);
    assert_eq!(error, same_error);
    // How much comes before an error depends on the pieces.
    let common = whole.len().min(pieces.len());
    assert!(whole[..common] == pieces[..common]);
    assert!(error.is_some() || whole.len() == pieces.len());
    // Threads make this slow, so it has a share of the runs only.
    if step % 64 == 0 {
        let source = Cursor::new(packed.to_vec());
        let level = step / 64 * 2 + 2;
        let encoder = gzip(source.clone(), level, 2).expect("two threads");
        let (again, error) = decoded(encoder, &[]);
        assert!(again == packed && error.is_none(), "{error:?}");
        let encoder = zstd(source, level, 2).expect("two threads");
        let (again, error) = decoded(encoder, &[0x28, 0xb5]);
        assert!(again == packed && error.is_none(), "{error:?}");
    }
});
