//! Ways into the middle of an object: no panic, nothing asked for that is not there, and what comes out of a good stream is the rest
//! of it. The first byte tells how the stream lies in the object, the next ones where the receiver is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use z3::workbench::enter::fuzz;

fuzz_target!(|data: &[u8]| {
    let Some((packing, rest)) = data.split_first() else { return };
    let Some((point, stream)) = rest.split_first_chunk::<8>() else { return };
    let [object, offset] = [0, 4].map(|at| {
        let bytes = point[at..].first_chunk().copied();
        u64::from(u32::from_le_bytes(bytes.unwrap_or_default()))
    });
    let received = offset.min(stream.len() as u64);
    fuzz::entry(stream, *packing, [object, offset << 9, received]);
});
