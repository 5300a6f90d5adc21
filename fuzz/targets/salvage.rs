//! What is left of damaged streams: no panic, no reading without an end, and names lead nowhere but down. Up to 16 bytes, counted
//! by the first one, tell how far behind damage it is gone on, in units of 8 bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::files::fuzz::salvaged;

fuzz_target!(|data: &[u8]| {
    let Some((count, rest)) = data.split_first() else { return };
    if let Some((gaps, stream)) = rest.split_at_checked(usize::from(count % 17)) {
        salvaged(stream, gaps);
    }
});
