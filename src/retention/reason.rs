//! Why something stays, in words.

use std::fmt;

use super::Action;
use crate::calendar;
use crate::name::SnapName;

/// Why an object stays, or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A rule of the policy picks it: it is of the third day, the first month. `daily 3`.
    Rule(&'static str, u64),
    /// `KEEP_WITHIN`.
    Within,
    /// The newest that can be restored.
    Newest,
    /// The newest that is in the pool, too: the next increment may build on it.
    Local,
    /// `z3 keep`.
    Pinned,
    /// Stored less than a day ago.
    Young,
    /// Something that is being stored builds on it.
    InUse,
    /// Its snapshot was made in the future.
    Future,
    /// Nobody knows when its snapshot was made.
    NoTime,
    /// The policy is not about it.
    Other,
    /// Nothing but its receipt tells what it builds on.
    Hearsay,
    /// This one is known by hearsay, is newer, and may build on it.
    PerhapsBase(SnapName),
    /// It cannot be restored.
    Broken(String),
    /// Until then it is paid for, in seconds since 1970.
    PaidUntil(u64),
    /// Object lock keeps it until then, or for ever.
    Locked(Option<u64>),
    /// This one builds on it, and so many more.
    NeededBy(SnapName, usize),
}

impl Reason {
    /// What tells most comes first, and says what becomes of the object.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Pinned | Self::Broken(_) | Self::Other => 0,
            Self::Rule(..) | Self::Within => 1,
            _ => 2,
        }
    }

    /// What becomes of an object whose first reason this is.
    pub(super) fn action(&self) -> Action {
        match self {
            Self::Other => Action::Other,
            Self::Broken(_) => Action::Broken,
            Self::PaidUntil(_) => Action::Later,
            Self::Locked(_) => Action::Locked,
            Self::NeededBy(..) => Action::Base,
            _ => Action::Keep,
        }
    }
}

impl Action {
    /// Its word in tables and for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Base => "base",
            Self::Delete => "delete",
            Self::Later => "later",
            Self::Locked => "locked",
            Self::Broken => "broken",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |&seconds: &u64| calendar::show(seconds).chars().take(10).collect::<String>();
        match self {
            Self::Rule(word, rank) => write!(f, "{word} {rank}"),
            Self::Within => f.write_str("within"),
            Self::Newest => f.write_str("newest"),
            Self::Local => f.write_str("newest in the pool"),
            Self::Pinned => f.write_str("pinned"),
            Self::Young => f.write_str("not a day old"),
            Self::InUse => f.write_str("being built on"),
            Self::Future => f.write_str("from the future"),
            Self::NoTime => f.write_str("no time"),
            Self::Other => f.write_str("of another prefix"),
            Self::Hearsay => f.write_str("only its receipt tells what it builds on"),
            Self::PerhapsBase(name) => write!(f, "perhaps a base of @{name}"),
            Self::Broken(fault) => f.write_str(fault),
            Self::PaidUntil(end) => write!(f, "paid until {}", day(end)),
            Self::Locked(Some(end)) => write!(f, "locked until {}", day(end)),
            Self::Locked(None) => f.write_str("locked"),
            Self::NeededBy(name, 0) => write!(f, "needed by @{name}"),
            Self::NeededBy(name, more) => write!(f, "needed by @{name} and {more} more"),
        }
    }
}
