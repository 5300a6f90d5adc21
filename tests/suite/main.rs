//! The programs against real pools and real S3 servers; `tests/env/with` starts both, `make test` runs it all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod backup;
mod bugs;
mod class;
mod compressors;
mod config;
mod dry_run;
mod flags;
mod ground;
mod overwriting;
mod python;
mod readme;
mod restore;
mod status;
mod support;
