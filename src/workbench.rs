//! What the benchmarks and the fuzz targets, crates of their own, measure and feed.
//!
//! Responsible for being the only way into this library beside [`crate::commands`]: as every other module is private, the
//! compiler tells what nothing uses any more. No program calls anything here.

#![allow(missing_docs)]

pub mod codec {
    pub use crate::codec::{Compressor, compress, decompress};
    #[cfg(fuzzing)]
    pub use crate::codec::{gunzip, gzip, unzstd, zstd};
}

pub mod config {
    #[cfg(fuzzing)]
    pub use crate::config::{Access, Config, FlagValue, Settings, keys};
    pub use crate::config::{GzipEngine, PartLimits};
}

pub mod size {
    pub use crate::size::{MIB, humanize, parse};
}

pub mod stream {
    #[cfg(fuzzing)]
    pub use crate::stream::fuzz;
    pub use crate::stream::{Accept, Check, Expect};
}

pub mod schedule {
    pub use crate::schedule::Schedule;
}

#[cfg(fuzzing)]
pub mod upload {
    pub use crate::upload::fuzz;
}

#[cfg(fuzzing)]
pub mod enter {
    pub use crate::enter::fuzz;
}

#[cfg(fuzzing)]
pub mod args {
    pub use crate::args::{Exit, MpCleanup, Pput, SshSync, Z3, Z3Get, parse};
}

#[cfg(fuzzing)]
pub mod files {
    pub use crate::chain::fuzz;
}

#[cfg(fuzzing)]
pub mod name {
    pub use crate::name::{Dataset, SnapName};
}

#[cfg(fuzzing)]
pub mod receipt {
    pub use crate::receipt::Receipt;
}

#[cfg(fuzzing)]
pub mod resume {
    pub use crate::resume::fuzz;
}

#[cfg(fuzzing)]
pub mod s3 {
    pub use crate::s3::fuzz;
}

#[cfg(fuzzing)]
pub mod zfs {
    pub use crate::zfs::fuzz;
}
