//! Objects in archive classes: what is known of their readable copies, and what a server is asked so that there are some.
//!
//! Responsible for the words of HeadObject and RestoreObject. Whether an object is frozen, the server says
//! ([`Head::archived`](super::Head)), never the name of its class.

use std::time::SystemTime;

use crate::tier::Tier;

/// What `x-amz-restore` tells of the readable copy of an object in an archive class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thawed {
    /// There is none, and none is under way.
    #[default]
    No,
    /// It has been asked for.
    UnderWay,
    /// It is there, until this time if one is told.
    Until(Option<SystemTime>),
}

/// What RestoreObject is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThawTerms {
    /// How fast.
    pub tier: Tier,
    /// How many days the copy is to stay. `None` for the archive tiers of INTELLIGENT_TIERING, whose objects come out
    /// themselves.
    pub days: Option<u32>,
}
