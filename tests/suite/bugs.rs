//! What was wrong in the Python z3, bug by bug, is right here. Each has one short test; faults are shown at length elsewhere.

mod chain;
mod setup;
mod transfer;

use crate::support::{Run, Z3, noise};

/// `pput` in parts of 5 MiB, by two workers, without much patience.
fn pput(z3: &Z3, arguments: &[&str]) -> Run {
    z3.program("pput", ["-s", "5M", "--concurrency", "2"])
        .args(arguments.iter().copied())
        .args([z3.key("object")])
        .env("MAX_RETRIES", "0")
        .env("RETRY_FOR", "1s")
}

/// Three parts.
fn three_parts() -> Vec<u8> {
    noise(12_000_000, 7)
}

/// Fails unless nothing at all is in the bucket, not even a beginning.
fn expect_nothing(z3: &Z3) {
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
}
