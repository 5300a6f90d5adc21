//! Times and ages.

use std::time::Duration;

use super::unexpected;
use crate::calendar;

/// `60`, `60s`, `15m`, `2h`, at most 30 days.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (digits, unit) = [("s", 1), ("m", 60), ("h", 3600)]
        .into_iter()
        .find_map(|(letter, seconds)| Some((text.strip_suffix(letter)?, seconds)))
        .unwrap_or((text, 1));
    match digits.parse::<u64>() {
        Ok(number) if number <= 30 * 86_400 / unit => Ok(Duration::from_secs(number * unit)),
        _ => unexpected("a time like 60, 60s, 15m or 2h, at most 720h", text),
    }
}

/// A time of at least a second: none at all would end every request.
pub fn timeout(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => unexpected("at least one second", text),
        time => Ok(time),
    }
}

/// An age: `90m`, `26h`, `8d`, `2w`, or seconds.
pub fn age(text: &str) -> Result<Duration, String> {
    const MOST: u64 = 100 * 366 * 86_400;
    let seconds = calendar::span(text).or_else(|| text.parse().ok());
    match seconds.filter(|seconds| (1..=MOST).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => unexpected("an age like 26h, 8d or 2w", text),
    }
}
