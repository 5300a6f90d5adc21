//! What is to be kept of the backups of a dataset, and how carefully the rest goes.

use super::keys::{self, Key};
use super::parse::{between, unexpected};
use super::view::View;
use crate::calendar::{Calendar, Period};
use crate::error::Result;

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

/// Flags replace the whole of what is configured: half of one policy and half of another would be neither.
pub fn retention(view: &View) -> Result<Retention> {
    let counts = [
        &keys::KEEP_LAST,
        &keys::KEEP_HOURLY,
        &keys::KEEP_DAILY,
        &keys::KEEP_WEEKLY,
        &keys::KEEP_MONTHLY,
        &keys::KEEP_YEARLY,
        &keys::KEEP_WITHIN,
    ];
    let is_flag = |key: &Key<u64>| view.config.flag(key.row.name).is_some();
    let by_flags = counts.iter().any(|key| is_flag(key));
    let number = |key: &Key<u64>| -> Result<u64> {
        match by_flags && !is_flag(key) {
            true => Ok(0),
            false => Ok(view.given(key)?.unwrap_or(0)),
        }
    };
    Ok(Retention {
        keep: Keep {
            last: number(&keys::KEEP_LAST)?,
            hourly: number(&keys::KEEP_HOURLY)?,
            daily: number(&keys::KEEP_DAILY)?,
            weekly: number(&keys::KEEP_WEEKLY)?,
            monthly: number(&keys::KEEP_MONTHLY)?,
            yearly: number(&keys::KEEP_YEARLY)?,
            within_seconds: number(&keys::KEEP_WITHIN)?,
            calendar: view.get(&keys::DAY_BEGINS)?,
        },
        fresher_seconds: view.get(&keys::PRUNE_IF_FRESHER)?,
        max_delete: view.get(&keys::MAX_DELETE)?,
        min_days: view.given(&keys::MIN_STORAGE_DAYS)?,
    })
}

/// How many to keep.
pub fn count(text: &str) -> Result<u64, String> {
    match text {
        "unlimited" => Ok(u64::MAX),
        _ => match number(text) {
            Some(number) => Ok(number),
            None => unexpected("a number or unlimited", text),
        },
    }
}

/// How many may go at once.
pub fn max_delete(text: &str) -> Result<MaxDelete, String> {
    match text {
        "half" => Ok(MaxDelete::Half),
        _ => count(text)
            .map(MaxDelete::Number)
            .or_else(|_| unexpected("a number, half or unlimited", text)),
    }
}

/// `30d`, `12h`, `4w`, `6m`, `2y` in seconds; a month has 31 days, a year 366. A bare 0 is none.
pub fn span(text: &str) -> Result<u64, String> {
    let units = [
        ("h", 1),
        ("d", 24),
        ("w", 168),
        ("m", 31 * 24),
        ("y", 366 * 24),
    ];
    let mut units = units.into_iter();
    let found = units.find_map(|(letter, hours)| Some((text.strip_suffix(letter)?, hours)));
    let (digits, hours) = found.unwrap_or((text, 0));
    match number(digits) {
        Some(number) if hours > 0 || number == 0 => Ok(number * hours * 3600),
        _ => unexpected("a time like 12h, 30d, 4w, 6m or 2y", text),
    }
}

/// Days that an object is paid for.
pub fn storage_days(text: &str) -> Result<u32, String> {
    between(text, 0, 3650)
}

/// Digits, and no more than can be counted with.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse::<u32>().ok())
        .flatten()
        .map(u64::from)
}
