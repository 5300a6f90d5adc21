//! The calendar: which hour, day, week, month, quarter or year a second lies in, and times as people write them.
//!
//! Always UTC, as two machines have to agree and no day of it has 23 hours; weeks are those of ISO 8601. Responsible for no
//! clock: a time is what the caller has, in seconds since 1970. Whatever it is, there is an answer.

mod when;

use time::{Date, OffsetDateTime};
pub use when::When;

const HOUR_SECONDS: i64 = 3600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// 9999-12-31T23:59:59Z. What is later is taken for that.
const LAST_SECOND: i64 = 253_402_300_799;

/// A span of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// From one full hour to the next.
    Hour,
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first of the month.
    Month,
    /// From the first of January, April, July and October.
    Quarter,
    /// From the first of January.
    Year,
}

/// The calendar, with days that begin at midnight or some time after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Seconds after midnight.
    day_begins: i64,
}

impl Calendar {
    /// Reads when a day begins, and every longer period with it: `00:00` to `23:59`. The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true if text.len() == 2 => text.parse::<i64>().ok(),
            _ => None,
        };
        let parts = text.split_once(':');
        let parts = parts.and_then(|(hour, minute)| Some((digits(hour)?, digits(minute)?)));
        match parts {
            Some((hour @ 0..24, minute @ 0..60)) => Ok(Self {
                day_begins: hour * HOUR_SECONDS + minute * 60,
            }),
            _ => Err(format!("expected a time like 03:00, got '{text}'")),
        }
    }

    /// The number of the period: later ones have greater numbers, and the next one has the next.
    pub fn number(self, period: Period, seconds: u64) -> i64 {
        let moment = self.moment(seconds);
        let day = moment.unix_timestamp().div_euclid(DAY_SECONDS);
        let (year, month) = (
            i64::from(moment.year()),
            i64::from(u8::from(moment.month())),
        );
        match period {
            Period::Hour => moment.unix_timestamp().div_euclid(HOUR_SECONDS),
            Period::Day => day,
            // 1970 began on a Thursday.
            Period::Week => (day + 3).div_euclid(7),
            Period::Month => year * 12 + month - 1,
            Period::Quarter => year * 4 + (month - 1) / 3,
            Period::Year => year,
        }
    }

    /// The period as people write it: `2026-11-28 14h`, `2026-11-28`, `2026-W48`, `2026-11`, `2026-Q4`, `2026`.
    pub fn name(self, period: Period, seconds: u64) -> String {
        let moment = self.moment(seconds);
        let date = moment.date();
        let (year, month) = (date.year(), u8::from(date.month()));
        match period {
            Period::Hour => format!("{} {:02}h", written(date), moment.hour()),
            Period::Day => written(date),
            Period::Week => {
                let (year, week, _) = date.to_iso_week_date();
                format!("{year:04}-W{week:02}")
            }
            Period::Month => format!("{year:04}-{month:02}"),
            Period::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            Period::Year => format!("{year:04}"),
        }
    }

    /// The time as a calendar without a shift has it.
    fn moment(self, seconds: u64) -> OffsetDateTime {
        moment(known(seconds) - self.day_begins)
    }
}

/// A time as RFC 3339 has it: `2026-11-28T14:05:09Z`.
pub fn show(seconds: u64) -> String {
    let moment = moment(known(seconds));
    let (hour, minute, second) = moment.to_hms();
    format!(
        "{}T{hour:02}:{minute:02}:{second:02}Z",
        written(moment.date())
    )
}

/// Reads a time of RFC 3339, in any zone and with any fraction of a second, which is dropped. None are before 1970.
#[cfg(test)]
pub fn read(text: &str) -> Option<u64> {
    use time::format_description::well_known::Rfc3339;
    let moment = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
    moment.unix_timestamp().try_into().ok()
}

fn written(date: Date) -> String {
    let (year, month) = (date.year(), u8::from(date.month()));
    format!("{year:04}-{month:02}-{:02}", date.day())
}

fn known(seconds: u64) -> i64 {
    i64::try_from(seconds).map_or(LAST_SECOND, |seconds| seconds.min(LAST_SECOND))
}

fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
