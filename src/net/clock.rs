//! The time as a server has it: dates in the headers of its answers (RFC 9110 5.6.7), and the clock that its Date shows.
//!
//! Not responsible for what is made of a difference.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::sync::lock;

/// S3 began in 2006: a clock that shows less has never been set.
const FIRST_SECOND: Duration = Duration::from_secs(1_136_073_600);

/// A date as HTTP has it, unless it is beyond what can be counted with.
pub fn http_date(text: &str) -> Option<SystemTime> {
    let date = OffsetDateTime::parse(text.trim(), &Rfc2822).ok()?;
    (1970..9999).contains(&date.year()).then(|| date.into())
}

/// The server's clock, as its Date headers tell it.
#[derive(Default)]
pub struct Clock {
    seen: Mutex<Option<(SystemTime, Instant)>>,
    followed: AtomicBool,
}

impl Clock {
    /// What it shows now; `None` if no Date has been seen.
    pub fn shown(&self) -> Option<SystemTime> {
        let (date, at) = (*lock(&self.seen))?;
        Some(date + at.elapsed())
    }

    /// The time to sign with: ours, until a server has refused it.
    pub fn signing_time(&self) -> OffsetDateTime {
        let followed = self.followed.load(Relaxed);
        let shown = self.shown().filter(|_| followed);
        shown.map_or_else(OffsetDateTime::now_utc, OffsetDateTime::from)
    }

    /// Takes note of a Date header, unless its clock can be none.
    pub fn observe(&self, date: &str) {
        if let Some(date) =
            http_date(date).filter(|date| *date >= SystemTime::UNIX_EPOCH + FIRST_SECOND)
        {
            *lock(&self.seen) = Some((date, Instant::now()));
        }
    }

    /// Signs by the server's clock from now on; the seconds by which ours is ahead, `None` if no Date has been seen.
    pub fn follow(&self) -> Option<i64> {
        let shown = self.shown()?;
        self.followed.store(true, Relaxed);
        Some((OffsetDateTime::now_utc() - OffsetDateTime::from(shown)).whole_seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_clock_is_taken_from_its_dates_and_followed_on_demand() {
        let clock = Clock::default();
        assert_eq!(clock.follow(), None);
        clock.observe("no date");
        clock.observe("Thu, 01 Jan 1970 00:00:07 GMT");
        clock.observe("Fri, 31 Dec 9999 23:59:59 -2359");
        assert_eq!(clock.follow(), None);
        clock.observe("Tue, 01 Jan 2030 00:00:00 GMT");
        assert_eq!(OffsetDateTime::from(clock.shown().unwrap()).year(), 2030);
        assert_ne!(clock.signing_time().year(), 2030);
        assert!(clock.follow().is_some());
        assert_eq!(clock.signing_time().year(), 2030);
    }
}
