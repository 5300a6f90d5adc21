//! Gzip data from anywhere: no panic, no end after an error, one outcome however it arrives. And the way there and back:
//! what our own encoder makes of the bytes is the bytes again.
#![no_main]

use std::io::{Cursor, Read};

use libfuzzer_sys::fuzz_target;
use z3::codec::{GzipEncoder, gunzip};

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

fn decoded(source: impl Read) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let mut decoder = gunzip(source);
    let error = decoder.by_ref().take(MOST).read_to_end(&mut out).err();
    if error.is_some() {
        decoder
            .read(&mut [0; 9])
            .expect_err("no end after an error");
    }
    (out, error.map(|error| error.to_string()))
}

fuzz_target!(|data: &[u8]| {
    let Some((&step, gzip)) = data.split_first() else {
        return;
    };
    let (whole, error) = decoded(gzip);
    let (pieces, same_error) = decoded(Steps(gzip, usize::from(step) + 1));
    assert_eq!(error, same_error);
    // How much comes before an error depends on the pieces.
    let common = whole.len().min(pieces.len());
    assert!(whole[..common] == pieces[..common]);
    assert!(error.is_some() || whole.len() == pieces.len());
    // Threads make this slow, so it has a share of the runs only.
    if step % 64 == 0 {
        let source = Box::new(Cursor::new(gzip.to_vec()));
        let level = u32::from(step / 64) * 2 + 2;
        let encoder = GzipEncoder::new(source, level, 2).expect("two threads");
        let (again, error) = decoded(encoder);
        assert!(again == gzip && error.is_none(), "{error:?}");
    }
});
