//! Spans of time as people write them: a number, and a letter for the unit.
//!
//! Responsible for which letters there are where, and for the bounds. Not responsible for times of the calendar
//! ([`crate::calendar`]), of which no span has any.

use std::time::Duration;

use crate::value::{digits, unexpected};

const DAY: u64 = 86_400;
/// Of time that passes.
const UNITS: [(&str, u64); 5] = [("s", 1), ("m", 60), ("h", 3600), ("d", DAY), ("w", 7 * DAY)];
/// Of time for which something is kept: a month has 31 days, a year 366.
const LONG_UNITS: [(&str, u64); 5] = [
    ("h", 3600),
    ("d", DAY),
    ("w", 7 * DAY),
    ("m", 31 * DAY),
    ("y", 366 * DAY),
];

/// What stands before the unit, and the seconds of that; 0 without one.
fn split<'a>(text: &'a str, units: &[(&str, u64)]) -> (&'a str, u64) {
    let mut units = units.iter();
    let found = units.find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)));
    found.unwrap_or((text, 0))
}

/// Seconds of `90m`, `26h`, `8d` or `2w`; `None` without a unit.
pub fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = split(text, &UNITS);
    let is_number = unit > 0 && number.bytes().all(|digit| digit.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_number)?;
    number.checked_mul(unit)
}

/// `60`, `60s`, `15m`, `2h`, at most 30 days.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text, UNITS.get(..3).unwrap_or_default());
    let unit = unit.max(1);
    match number.parse::<u64>() {
        Ok(number) if number <= 30 * DAY / unit => Ok(Duration::from_secs(number * unit)),
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
    const MOST: u64 = 100 * 366 * DAY;
    let seconds = seconds(text).or_else(|| text.parse().ok());
    match seconds.filter(|seconds| (1..=MOST).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => unexpected("an age like 26h, 8d or 2w", text),
    }
}

/// `30d`, `12h`, `4w`, `6m`, `2y` in seconds. A bare 0 is none.
pub fn long(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text, &LONG_UNITS);
    match digits(number) {
        Some(number) if unit > 0 || number == 0 => Ok(number * unit),
        _ => unexpected("a time like 12h, 30d, 4w, 6m or 2y", text),
    }
}
