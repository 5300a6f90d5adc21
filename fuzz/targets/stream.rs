//! The stream check on any bytes: no panic, and one verdict however the bytes are cut. The last 4 bytes say how.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::stream::fuzz::same_verdict;

fuzz_target!(|data: &[u8]| {
    if let Some((stream, seed)) = data.split_last_chunk() {
        let _ = same_verdict(stream, u32::from_le_bytes(*seed));
    }
});
