//! The programs against real pools and real S3 servers; `tests/env/with` starts both, `make test` runs it all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod ground;
mod mp_cleanup;
mod s3_odds;
mod ssh_sync;
mod support;
