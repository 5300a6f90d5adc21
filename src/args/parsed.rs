//! What argh hands back, in our own words and types.
//!
//! Responsible for argh's error texts and for the values that have no configuration key.

use std::ops::Range;
use std::time::Duration;

use super::check::OnlyAge;
use crate::config::FlagValue;
use crate::error::uncapitalised;
use crate::span::timeout;

/// argh's multi-line, capitalised message as one line in the style of the house.
pub fn restyle(message: &str) -> String {
    // All causes are our own and begin with "expected"; the value before them may hold anything.
    if let Some(rest) = message.strip_prefix("Error parsing option '")
        && let Some((flag, rest)) = rest.split_once("' with value '")
        && let Some((_, cause)) = rest.split_once("': expected ")
    {
        return format!("{flag}: expected {}", cause.trim());
    }
    uncapitalised(&message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `K=V` of `--metadata`; the value may hold further `=` and may be empty.
pub fn metadata(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("expected KEY=VALUE, got '{text}'")),
    }
}

/// `NAME=VALUE` of `-o`; the value may hold further `=` and may be empty.
pub fn property(text: &str) -> Result<(String, String), String> {
    let expected = |_| format!("expected NAME=VALUE, got '{text}'");
    metadata(text).map_err(expected)
}

/// Some bytes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last, both counted from 0.
    Span(u64, u64),
    /// From this one to the end.
    From(u64),
    /// So many at the end.
    Last(u64),
}

impl ByteRange {
    /// Those that an object of this length has; nothing if it ends before the first.
    pub fn of(self, size_bytes: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Span(first, last) => first..last.saturating_add(1).min(size_bytes),
            Self::From(first) => first..size_bytes,
            Self::Last(count) => size_bytes.saturating_sub(count)..size_bytes,
        };
        (!range.is_empty()).then_some(range)
    }
}

/// `A-B`, `A-` or `-N`, as curl has them.
pub fn byte_range(text: &str) -> Result<ByteRange, String> {
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<u64>().ok(),
        false => None,
    };
    let read = || match text.split_once('-')? {
        ("", count) => number(count)
            .filter(|count| *count > 0)
            .map(ByteRange::Last),
        (first, "") => number(first).map(ByteRange::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(ByteRange::Span(first, last))
        }
    };
    read().ok_or_else(|| format!("expected bytes like 0-511, 512- or -512, got '{text}'"))
}

/// A whole number, for argh.
pub fn number(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("expected a whole number, got '{text}'"))
}

/// The flags that were given, for [`crate::config::Config`].
pub fn given<const N: usize>(
    flags: [(&'static str, &Option<String>, &'static str); N],
) -> Vec<FlagValue> {
    flags
        .into_iter()
        .filter_map(|(key, value, flag)| value.clone().map(|value| FlagValue { key, value, flag }))
        .collect()
}

/// A time of at least a second.
pub fn span(text: &str) -> Result<Duration, String> {
    timeout(text)
}

/// So many days as S3 takes.
pub fn days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(days @ 1..=36_500) => Ok(days),
        _ => Err(format!("expected a number of days, got '{text}'")),
    }
}

/// `age`.
pub fn only_age(text: &str) -> Result<OnlyAge, String> {
    match text {
        "age" => Ok(OnlyAge),
        _ => Err(format!("expected age, got '{text}'")),
    }
}
