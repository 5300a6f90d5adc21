//! Files out of streams that passed no check: no panic, no walk without an end, and names lead nowhere but down. The first byte
//! tells where the second stream of the chain begins, in 64 bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::files::fuzz::everything;

fuzz_target!(|data: &[u8]| {
    let Some((cut, streams)) = data.split_first() else { return };
    match streams.split_at_checked(usize::from(*cut) * 64) {
        Some((first, second)) if !first.is_empty() => everything(&[first, second]),
        _ => everything(&[streams]),
    }
});
