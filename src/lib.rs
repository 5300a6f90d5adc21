//! z3 backs up ZFS snapshots to S3: `zfs send`, optionally compressed, into one plain S3 object per snapshot, and back
//! through `zfs receive`.
//!
//! The house has seven floors; a module imports only from floors below its own and from its neighbours to the right
//! (`tests/house` proves it). The sum of all errors, [`error`], names the error types that it wraps.
//!
//! | floor | modules | what lives there |
//! |---|---|---|
//! | commands | [`commands`], [`workbench`] | one file per command: arguments, settings, glue, printing, exit status; what benchmarks and fuzzing need |
//! | glue | [`doctor`], [`ahead`], [`backup`], [`verify`], [`restore`], [`thaw`], [`prune`], [`extract`], [`browse`], [`ssh`], [`renamed`], [`check`], [`cleanup`], [`run`], [`many`] | one dataset, from its lock to the release; each step of a plan, carried out |
//! | decisions | [`datasets`], [`plan`], [`retention`], [`recovery`], [`chain`], [`files`], [`receipt`], [`fetch`], [`catalog`], [`upload`], [`note`], [`schedule`], [`download`] | what to do, the two engines, how much of a chain is read, and what is written down about it |
//! | contract | [`label`], [`vault`] | what an object says of the snapshot in it, and which keys are whose |
//! | worlds | [`zfs`], [`s3`], [`credentials`], [`salvage`], [`enter`], [`codec`], [`mend`], [`resume`], [`rewrite`], [`block`], [`input`], [`stream`] | the outside: zfs, S3, who signs, compressors, what is left of a damaged stream, where an object is entered, the send stream, the rest of one and a mended one, blocks of a pool, what a program is given |
//! | primitives | [`pipeline`], [`pool`], [`net`], [`signature`], [`xml`], [`flow`], [`store`] | child processes, worker threads, the way to a server, who asks it, what it answers and how fast it goes, the object store's verbs |
//! | ground | [`args`], [`config`], [`signals`], [`progress`], [`host`], [`memory`], [`metrics`], [`lock`], [`endpoint`], [`selection`], [`glob`], [`name`], [`terminal`], [`send_flags`], [`receive_options`], [`full_every`], [`keep`], [`calendar`], [`span`], [`tier`], [`price`], [`buffer`], [`latch`], [`checksum`], [`inifile`], [`secret`], [`value`], [`order`], [`size`], [`system`], [`sync`], [`error`] | names, sizes, settings, errors |
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

mod ahead;
mod args;
mod backup;
mod block;
mod browse;
mod buffer;
mod calendar;
mod catalog;
mod chain;
mod check;
mod checksum;
mod cleanup;
mod codec;
pub mod commands;
mod config;
mod credentials;
mod datasets;
mod doctor;
mod download;
mod endpoint;
mod enter;
mod error;
mod extract;
mod fetch;
mod files;
mod flow;
mod full_every;
mod glob;
mod host;
mod inifile;
mod input;
mod keep;
mod label;
mod latch;
mod lock;
mod many;
mod memory;
mod mend;
mod metrics;
mod name;
mod net;
mod note;
mod order;
mod pipeline;
mod plan;
mod pool;
mod price;
mod progress;
mod prune;
mod receipt;
mod receive_options;
mod recovery;
mod renamed;
mod restore;
mod resume;
mod retention;
mod rewrite;
mod run;
mod s3;
mod salvage;
mod schedule;
mod secret;
mod selection;
mod send_flags;
mod signals;
mod signature;
mod size;
mod span;
mod ssh;
mod store;
mod stream;
mod sync;
mod system;
mod terminal;
mod thaw;
mod tier;
mod upload;
mod value;
mod vault;
mod verify;
pub mod workbench;
mod xml;
mod zfs;
