//! The files of a snapshot, read out of its streams: no zfs, no pool, no root.
//!
//! Responsible for what stands where: a chain of streams as objects, their names and attributes ([`Tree`]), and the contents
//! of those that are wanted ([`contents`]). The chain is read once for the names, and for contents those of its streams once more
//! that have some. Everything is a stranger's: what is kept has a bound, every loop ends, and nothing is given that a checksum of
//! the sender has not proved. Not responsible for where streams come from, nor for what is done with files.

mod attributes;
mod block;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
pub mod build;
mod bytes;
mod content;
pub mod contents;
#[cfg(any(test, fuzzing))]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
pub mod fuzz;
mod hit;
mod kind;
mod named;
mod object;
mod objects;
mod partly;
mod parts;
mod tree;
mod walk;
mod xattrs;
mod zap;

use std::io::Read;

pub use attributes::Attributes;
pub use contents::{ContentPiece, What};
pub use kind::FileKind;
pub use partly::{Depth, TreeRequest};
pub use parts::Parts;
pub use tree::{Node, Tree, VOLUME, shown};
pub use xattrs::Xattrs;

use crate::error::Result;
use crate::salvage::Damage;

/// Opens a stream at its beginning.
pub type Open<'a> = Box<dyn Fn() -> Result<Box<dyn Read + 'a>> + 'a>;

/// A stream that can be read from its beginning, more than once. End of file has to prove that all of it was right.
pub struct StreamLink<'a> {
    /// What it is called in messages.
    pub name: String,
    /// How long it is as it is stored, if that is known.
    pub stored_bytes: Option<u64>,
    /// Opens it.
    pub open: Open<'a>,
    /// How it is read in parts, where that is possible and worth it.
    pub parts: Option<Parts<'a>>,
}

/// A full stream and the increments up to the snapshot that is wanted, the full one first.
pub struct StreamChain<'a> {
    /// All of them.
    pub links: Vec<StreamLink<'a>>,
    /// Where damage is noted, if what is left is wanted of streams that are damaged.
    pub damage: Option<Damage>,
}

#[cfg(test)]
mod tests;
