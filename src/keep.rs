//! What is to be kept of the backups of a dataset, and how carefully the rest goes: the policy, as it is written down.
//!
//! Not responsible for what follows from it ([`crate::retention`]).

use crate::calendar::{Calendar, Period};
use crate::value::{digits, unexpected};

/// What is to be kept: each rule picks by itself, and one is enough. Zero picks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keep {
    /// `KEEP_LAST`: so many of the newest.
    pub last: u64,
    /// `KEEP_HOURLY`: one of each of the last so many hours that have any; the others likewise.
    pub hourly: u64,
    /// `KEEP_DAILY`.
    pub daily: u64,
    /// `KEEP_WEEKLY`.
    pub weekly: u64,
    /// `KEEP_MONTHLY`.
    pub monthly: u64,
    /// `KEEP_YEARLY`.
    pub yearly: u64,
    /// `KEEP_WITHIN`: what is not so much older than the newest.
    pub within_seconds: u64,
    /// `DAY_BEGINS`.
    pub calendar: Calendar,
}

impl Keep {
    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        let counts = self.periods().map(|(_, _, count)| count);
        self.last == 0 && self.within_seconds == 0 && counts == [0; 5]
    }

    /// The rules of the calendar, each with its word.
    pub fn periods(&self) -> [(&'static str, Period, u64); 5] {
        [
            ("hourly", Period::Hour, self.hourly),
            ("daily", Period::Day, self.daily),
            ("weekly", Period::Week, self.weekly),
            ("monthly", Period::Month, self.monthly),
            ("yearly", Period::Year, self.yearly),
        ]
    }
}

/// `MAX_DELETE`: how many objects of a dataset may go at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxDelete {
    /// Half of them, and a few always.
    Half,
    /// So many.
    Number(u64),
}

/// The policy, and how carefully it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// What is to be kept.
    pub keep: Keep,
    /// `PRUNE_IF_FRESHER`: nothing goes if the newest is older than this; 0 is any age.
    pub fresher_seconds: u64,
    /// `MAX_DELETE`.
    pub max_delete: MaxDelete,
    /// `MIN_STORAGE_DAYS`, else the storage class tells.
    pub min_days: Option<u32>,
}

impl Keep {
    /// Reads how many to keep.
    pub fn count(text: &str) -> Result<u64, String> {
        match (text, digits(text)) {
            ("unlimited", _) => Ok(u64::MAX),
            (_, Some(number)) => Ok(number),
            (_, None) => unexpected("a number or unlimited", text),
        }
    }
}

impl MaxDelete {
    /// Reads how many may go at once.
    pub fn parse(text: &str) -> Result<Self, String> {
        match (text, Keep::count(text)) {
            ("half", _) => Ok(Self::Half),
            (_, Ok(count)) => Ok(Self::Number(count)),
            (_, Err(_)) => unexpected("a number, half or unlimited", text),
        }
    }
}
