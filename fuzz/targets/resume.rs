//! Resume tokens, and what they make of streams: no panic, and what passes the check as a whole passes it as the rest of one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::resume::fuzz;

fuzz_target!(|data: &[u8]| match data.split_first() {
    Some((0, text)) => fuzz::token(&String::from_utf8_lossy(text)),
    Some((_, stream)) => {
        if let Some((point, stream)) = stream.split_first_chunk::<16>() {
            let [object, offset] = [0, 8].map(|at| {
                let bytes = point[at..].first_chunk().copied();
                u64::from_le_bytes(bytes.unwrap_or_default())
            });
            fuzz::rest(stream, object, offset);
        }
    }
    None => {}
});
