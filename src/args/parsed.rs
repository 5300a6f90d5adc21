//! What argh hands back, in our own words and types.
//!
//! Responsible for argh's error texts and for the values that have no configuration key.

use std::time::Duration;

use super::check::OnlyAge;
use crate::config::{FlagValue, timeout};
use crate::error::uncapitalised;

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
