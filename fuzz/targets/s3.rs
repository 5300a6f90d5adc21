//! What an S3 server answers: documents, errors, headers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    z3::workbench::s3::fuzz::answers(data);
    z3::workbench::s3::fuzz::metadata(data);
});
