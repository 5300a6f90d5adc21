//! When a chain is long enough and a new one begins: `FULL_EVERY`, a pure rule.
//!
//! Judged by what is known of the chain and by when the snapshots were made, never by a clock: a run that comes late, one that
//! is repeated and one that only shows what it would do decide alike. Not responsible for what a chain is.

use crate::calendar::{Calendar, Period};
use crate::value::{digits, millionths};

const DAY_SECONDS: u64 = 86_400;

/// One way to be long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChainLimit {
    /// The next snapshot is of another period than the full.
    Period(&'static str, Period),
    /// It is so much younger than the full, or older: then a clock was wrong, and must not keep the chain going for years.
    Age(u64),
    /// There are so many increments.
    Increments(u64),
    /// The increments take so many thousandths of what the full takes.
    Thousandths(u64),
}

const PERIODS: [(&str, Period); 4] = [
    ("week", Period::Week),
    ("month", Period::Month),
    ("quarter", Period::Quarter),
    ("year", Period::Year),
];

/// All the ways of a configuration: whichever comes first. By default there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FullEvery(Vec<ChainLimit>);

/// What is known of a chain. `None`: when its full was made cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chain {
    /// When the snapshot of its full was made, in seconds since 1970.
    pub began: Option<u64>,
    /// How many increments there are.
    pub increments: u64,
    /// Stored length of the full in bytes; 0 if it is not stored yet.
    pub full_bytes: u64,
    /// Stored length of the increments in bytes.
    pub increment_bytes: u64,
}

impl Chain {
    /// The same with one more backup of so many bytes at its end; a full begins another one.
    pub fn with(self, full: bool, creation: u64, bytes: u64) -> Self {
        match full {
            true => Self {
                began: Some(creation),
                full_bytes: bytes,
                ..Self::default()
            },
            false => Self {
                increments: self.increments.saturating_add(1),
                increment_bytes: self.increment_bytes.saturating_add(bytes),
                ..self
            },
        }
    }
}

impl FullEvery {
    /// Reads `never`, or with commas: `week`, `month`, `quarter`, `year`, `30d`, `100`, `ratio:1.5`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::default());
        }
        let words = text.split(',').map(|word| limit(word.trim()));
        let limits: Option<Vec<ChainLimit>> = words.collect();
        limits.map(Self).ok_or_else(|| {
            format!(
                "expected never, or week, month, quarter, year, days (30d), a number of increments (100) or ratio:1.0, got '{text}'"
            )
        })
    }

    /// Whether there is no rule.
    pub fn is_never(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it asks for what backups take, which is known when they are stored.
    pub fn asks_for_sizes(&self) -> bool {
        let mut limits = self.0.iter();
        limits.any(|limit| matches!(limit, ChainLimit::Thousandths(_)))
    }

    /// Why a snapshot that was made then begins a new chain; `None`: it goes on with this one.
    pub fn reason(&self, chain: &Chain, creation: u64, calendar: Calendar) -> Option<String> {
        let mut limits = self.0.iter();
        limits.find_map(|limit| limit.reason(chain, creation, calendar))
    }
}

fn limit(word: &str) -> Option<ChainLimit> {
    if let Some((word, period)) = PERIODS.iter().find(|(name, _)| *name == word) {
        return Some(ChainLimit::Period(word, *period));
    }
    let positive = |number: u64| (number > 0).then_some(number);
    if let Some(ratio) = word.strip_prefix("ratio:") {
        let thousandths = (millionths(ratio)? + 500) / 1000;
        // More than a million times the full is no limit that anybody means.
        let is_ratio = (1..=1_000_000_000).contains(&thousandths);
        return is_ratio.then_some(ChainLimit::Thousandths(thousandths));
    }
    if let Some(days) = word.strip_suffix('d') {
        return positive(digits(days)?).map(|days| ChainLimit::Age(days * DAY_SECONDS));
    }
    positive(digits(word)?).map(ChainLimit::Increments)
}

impl ChainLimit {
    fn reason(self, chain: &Chain, creation: u64, calendar: Calendar) -> Option<String> {
        match self {
            Self::Period(word, period) => {
                let began = chain.began?;
                let number = |seconds| calendar.number(period, seconds);
                let name = |seconds| calendar.name(period, seconds);
                (number(creation) != number(began)).then(|| {
                    let (old, new) = (name(began), name(creation));
                    format!("the chain began in {old}, this is {new} (FULL_EVERY={word})")
                })
            }
            Self::Age(seconds) => {
                let age = creation.abs_diff(chain.began?);
                (age >= seconds).then(|| {
                    let days = age / DAY_SECONDS;
                    format!(
                        "the chain's full is {days} days away (FULL_EVERY={}d)",
                        seconds / DAY_SECONDS
                    )
                })
            }
            Self::Increments(most) => {
                let count = chain.increments;
                (count >= most)
                    .then(|| format!("the chain has {count} increments (FULL_EVERY={most})"))
            }
            Self::Thousandths(most) => {
                let (full, rest) = (
                    u128::from(chain.full_bytes),
                    u128::from(chain.increment_bytes),
                );
                (full > 0 && rest * 1000 >= full * u128::from(most)).then(|| {
                    let ratio = most as f64 / 1000.0;
                    format!("the chain's increments take {rest} bytes, its full {full} (FULL_EVERY=ratio:{ratio})")
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
