//! A time as people write it on a command line.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::span;

/// What was expected.
const FORMS: &str = "expected a time like 2026-11-28 (its end), 2026-11-28T14:05 (UTC), 2026-11-28T14:05:00+01:00, 3d (ago) or now";

/// A moment, or so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Seconds since 1970.
    Moment(u64),
    /// Seconds before now.
    Ago(u64),
}

impl When {
    /// Reads a time. What names no zone is UTC, a day alone is its last second. The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let found = ago(text).or_else(|| moment(text));
        found.ok_or_else(|| format!("{FORMS}, got '{text}'"))
    }

    /// The time in seconds since 1970.
    pub fn seconds(self, now: u64) -> u64 {
        match self {
            Self::Moment(seconds) => seconds,
            Self::Ago(seconds) => now.saturating_sub(seconds),
        }
    }
}

/// `now`, `90m`, `3d`: never a bare number, which could be anything.
fn ago(text: &str) -> Option<When> {
    if text == "now" {
        return Some(When::Ago(0));
    }
    span::seconds(text).map(When::Ago)
}

/// As RFC 3339 has it, whose seconds and zone may be missing, or a day. None are before 1970.
fn moment(text: &str) -> Option<When> {
    let whole = match text.len() {
        10 => format!("{text}T23:59:59Z"),
        _ => whole(text)?,
    };
    let moment = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
    Some(When::Moment(moment.unix_timestamp().try_into().ok()?))
}

fn whole(text: &str) -> Option<String> {
    let (date, time) = (text.get(..10)?, text.get(10..)?);
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (minutes, rest) = (time.get(..5)?, time.get(5..)?);
    let seconds = if rest.starts_with(':') { "" } else { ":00" };
    let zone = if rest.contains(['Z', 'z', '+', '-']) {
        ""
    } else {
        "Z"
    };
    Some(format!("{date}T{minutes}{seconds}{rest}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::show;

    #[test]
    fn times_in_every_spelling() {
        for (text, told) in [
            ("2026-11-28", "2026-11-28T23:59:59Z"),
            ("2024-02-29", "2024-02-29T23:59:59Z"),
            ("2026-11-28T14:05", "2026-11-28T14:05:00Z"),
            ("2026-11-28 14:05", "2026-11-28T14:05:00Z"),
            (" 2026-11-28T14:05:09 ", "2026-11-28T14:05:09Z"),
            ("2026-11-28T14:05:09Z", "2026-11-28T14:05:09Z"),
            ("2026-11-28t14:05:09.75z", "2026-11-28T14:05:09Z"),
            ("2026-11-28T14:05+01:00", "2026-11-28T13:05:00Z"),
            ("2026-11-28T00:30:00-05:30", "2026-11-28T06:00:00Z"),
            ("1970-01-01T00:00Z", "1970-01-01T00:00:00Z"),
        ] {
            let when = When::parse(text).unwrap();
            assert_eq!(show(when.seconds(7)), told, "{text}");
        }
        for (text, ago) in [
            ("now", 0),
            ("0s", 0),
            ("90m", 5_400),
            ("36h", 129_600),
            ("3d", 259_200),
            ("2w", 1_209_600),
        ] {
            assert_eq!(When::parse(text), Ok(When::Ago(ago)), "{text}");
        }
        assert_eq!(When::Ago(9).seconds(7), 0);
        assert_eq!(When::Ago(3).seconds(7), 4);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "d",
            "3",
            "-3d",
            "+3d",
            "3 d",
            "3y",
            "yesterday",
            "99999999999999999999d",
            "999999999999999999w",
            "2026-02-30",
            "2026-13-01",
            "2026-11-2",
            "20261128",
            "2026-11-28T",
            "2026-11-28T25:00",
            "2026-11-28T14",
            "2026-11-28X14:05",
            "1969-12-31T23:59:59Z",
            "2026-11-28T14:05:09+1",
            "2026-11-28T14:05 Z",
            "28.11.2026",
            "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}",
            "2026-11-2\u{e4}T14:05",
            "2026-11-28T1\u{e4}:05",
        ] {
            let told = When::parse(text).unwrap_err();
            assert!(told.starts_with("expected a time like"), "{text}: {told}");
        }
    }
}
