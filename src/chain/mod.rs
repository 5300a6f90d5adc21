//! A chain of streams, and how much of it is read.
//!
//! Responsible for reading no more than is wanted: all streams once for the names of all files ([`Tree::read`]), or of those that
//! can be entered what a few paths need ([`Tree::partly`]), and for contents those that have some, as far as they go
//! ([`contents`]). Nothing is given that a checksum of the sender has not proved. Not responsible for where streams come from, nor
//! for what records mean ([`crate::files`]).

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
mod partly;
mod parts;
#[cfg(test)]
mod tests;

use std::io::Read;

pub use contents::{ContentPiece, What};
pub use partly::{Depth, TreeRequest};
pub use parts::Parts;

use crate::error::Result;
use crate::files::{Objects, Tree};
use crate::salvage::Damage;
use crate::terminal::plain;

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

impl Tree {
    /// Reads all streams of the chain, each to its end, and keeps at most so much of them.
    pub fn read(chain: &StreamChain<'_>, most_bytes: u64) -> Result<Self> {
        let mut objects = Objects::new(most_bytes);
        objects.damage = chain.damage.clone();
        for link in &chain.links {
            let taken = (link.open)().and_then(|stream| objects.take(stream));
            taken.map_err(|error| error.about(plain(&link.name)))?;
        }
        Ok(Self::of(objects))
    }
}
