//! What `zfs` printed, or something that stands in its place in PATH.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| z3::workbench::zfs::fuzz::answers(&String::from_utf8_lossy(data)));
