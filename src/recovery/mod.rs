//! What a restore has to know beside the chain: which backup is of a time, what the place where it is received lacks, what a
//! receipt says of properties, and what all of it would fetch.
//!
//! Responsible for the rules; pure functions of what was asked. Not responsible for the chain itself ([`crate::plan`]), nor for
//! asking zfs and S3 ([`crate::restore`]).

mod at;
mod place;
mod properties;

pub use at::{Newest, newest_at, not_yet};
pub use place::{Landing, fits_pool};
pub use properties::{Returned, returned};
