//! Streams that are right, of records that the bytes describe: they pass, and damaged in one place they do not.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    z3::workbench::stream::fuzz::built(data);
});
