//! z3 backs up ZFS snapshots to S3: `zfs send`, optionally compressed, into one plain S3 object per snapshot, and back
//! through `zfs receive`.
//!
//! The house has six floors; a module imports only from floors below its own and from its neighbours to the right
//! (`tests/house` proves it). The sum of all errors, [`error`], names the error types that it wraps.
//!
//! | floor | modules | what lives there |
//! |---|---|---|
//! | commands | [`commands`] | one file per command: arguments, settings, glue, printing, exit status |
//! | glue | [`backup`], [`verify`], [`restore`] | one step of a plan, carried out |
//! | decisions | [`plan`], [`receipt`], [`catalog`], [`upload`], [`download`], [`sidecar`] | what to do, the two engines, and what is written down about it |
//! | worlds | [`zfs`], [`s3`], [`credentials`], [`codec`], [`stream`] | the outside: zfs, S3, who signs, compressors, the send stream |
//! | primitives | [`pipeline`], [`pool`], [`net`], [`store`] | child processes, worker threads, the way to a server, the object store's verbs |
//! | ground | [`args`], [`config`], [`signals`], [`progress`], [`terminal`], [`host`], [`lock`], [`name`], [`buffer`], [`checksum`], [`size`], [`sync`], [`error`] | names, sizes, settings, errors |
//!
//! Where a byte goes:
//!
//! ```text
//! backup    zfs send child -> stream check -> gzip, zstd, pigz, gpg or none -> parts -> N workers -> PUT part
//!                                                                 complete, in exactly one place <- ETags
//! restore   ranges -> N workers -> ranged GET -> in order -> decoder -> stream check -> zfs recv child -> verdicts
//! ```
//!
//! Both directions are chains of [`std::io::Read`] in which **end of file means success**: a reader answers `Ok(0)` only
//! when everything behind it has ended well, anything else is an error.

pub mod args;
pub mod backup;
pub mod buffer;
pub mod catalog;
pub mod checksum;
pub mod codec;
pub mod commands;
pub mod config;
pub mod credentials;
pub mod download;
pub mod error;
pub mod host;
pub mod lock;
pub mod name;
pub mod net;
pub mod pipeline;
pub mod plan;
pub mod pool;
pub mod progress;
pub mod receipt;
pub mod restore;
pub mod s3;
pub mod sidecar;
pub mod signals;
pub mod size;
pub mod store;
pub mod stream;
pub mod sync;
pub mod terminal;
pub mod upload;
pub mod verify;
pub mod zfs;
