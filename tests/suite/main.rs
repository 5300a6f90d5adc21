//! The programs against real pools and real S3 servers; `tests/env/with` starts both, `make test` runs it all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod asked;
mod backup;
mod bugs;
mod check;
mod class;
mod compressors;
mod config;
mod containers;
mod credentials;
mod decode;
mod doctor;
mod dry_run;
mod encryption;
mod enter;
mod faults;
mod files;
mod flags;
mod foreign_text;
mod full_every;
mod ground;
mod guarantees;
mod guarded;
mod holds;
mod hostile_bucket;
mod hostile_server;
mod install;
mod json;
mod lock;
mod many;
mod monitor;
mod moto;
mod mp_cleanup;
mod network;
mod notes;
mod outputs;
mod overwriting;
mod pput;
mod prune;
mod python;
mod readme;
mod receipt;
mod restore;
mod resume;
mod s3_odds;
mod scale;
mod schedules;
mod secrets;
mod selection;
mod send_flags;
mod ssh_sync;
mod ssh_sync_hostile;
mod status;
mod support;
mod surroundings;
mod thaw;
mod verify;
