//! The files of a snapshot: what the records of its streams say of objects, and what those are as names and attributes.
//!
//! Responsible for what stands where: objects with the blocks that lead to others ([`Objects`]), and the tree of names in them
//! ([`Tree`]). Everything is a stranger's: what is kept has a bound, and every loop ends. Not responsible for where records come
//! from and how many of them are read ([`crate::chain`]), nor for what is done with files.

mod attributes;
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
mod kind;
mod named;
mod object;
mod objects;
mod tree;
mod walk;
mod xattrs;
mod zap;

pub use attributes::Attributes;
pub use kind::FileKind;
pub use named::MASTER_NODE;
pub use object::SYSTEM_ATTRIBUTES;
pub use objects::{HAS_SPILL, Objects, TELLS_SPILLS, unread};
pub use tree::{Node, OBJECT_BITS, Tree, VOLUME, VOLUME_PROPERTIES, shown};
pub use xattrs::Xattrs;
