//! When a failed request is tried again, and how long to wait before: the only place that decides it.
//!
//! Three kinds of failure. What may pass by itself (no connection, a broken or silent one, 5xx, 429, 408) is tried for
//! `RETRY_FOR` from the first failure on, and at least `MAX_RETRIES` times however long one try takes. What blames the
//! request but may be an accident on the way (a wrong checksum at the server, an answer that cannot be right) is tried
//! `MAX_RETRIES` times more. Everything else fails at once.
//!
//! A server that has never answered this process is more likely a typing error than an outage: the time is then at most
//! [`FIRST_CONTACT`], and a certificate that is not trusted fails at once.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use super::failure::{Failure, Stage};
use crate::net::Mishap;

/// How long a process tries to reach a server that has not answered it before.
const FIRST_CONTACT: Duration = Duration::from_secs(30);
/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The longest Retry-After that is honoured: who asks for more is asked again sooner.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// What a request has met so far, and how much more of it is borne.
#[derive(Debug)]
pub(super) struct Trouble {
    max_retries: u32,
    retry_for: Duration,
    /// How many retries have been granted.
    pub retries: u32,
    /// When the first try failed.
    since: Option<Instant>,
    /// What was spent since then on waiting for other requests.
    waited: Duration,
}

impl Trouble {
    /// Nothing yet. `MAX_RETRIES` and `RETRY_FOR` as configured.
    pub fn new(max_retries: u32, retry_for: Duration) -> Self {
        Self {
            max_retries,
            retry_for,
            retries: 0,
            since: None,
            waited: Duration::ZERO,
        }
    }

    /// It has waited so long for its turn.
    pub fn has_waited(&mut self, time: Duration) {
        if self.since.is_some() {
            self.waited += time;
        }
    }

    /// The pause before the next try, `None` to give up. `known` is whether the server has ever answered this process.
    pub fn pause(&mut self, failure: &Failure, known: bool) -> Option<Duration> {
        let since = self.since.get_or_insert_with(Instant::now);
        let troubled = since.elapsed().saturating_sub(self.waited);
        self.next(failure, troubled, known, dice())
    }

    /// The same, where it is known how long this request has been `troubled`, and with a random number in 0..1.
    fn next(
        &mut self,
        failure: &Failure,
        troubled: Duration,
        known: bool,
        dice: f64,
    ) -> Option<Duration> {
        let asked = failure.retry_after.unwrap_or_default();
        let asked = asked.min(LONGEST_RETRY_AFTER);
        let left = self.span(known).saturating_sub(troubled);
        // A pause that goes beyond the time is no pause: whoever waits gets to know at once.
        if asked > left || !self.allows(failure, troubled, known) {
            return None;
        }
        // Half of the pause is fixed and half is random, so that the workers do not come back in one wave.
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.retries.min(10));
        let pause = doubled.min(LONGEST_PAUSE).mul_f64(0.5 + 0.5 * dice);
        self.retries += 1;
        let pause = pause.max(asked);
        // The last try is made when the time is up, not a long pause later.
        Some(if left.is_zero() {
            pause
        } else {
            pause.min(left)
        })
    }

    fn span(&self, known: bool) -> Duration {
        match known {
            true => self.retry_for,
            false => self.retry_for.min(FIRST_CONTACT),
        }
    }

    fn allows(&self, failure: &Failure, troubled: Duration, known: bool) -> bool {
        let few = self.retries < self.max_retries;
        match failure.stage {
            Stage::Lost(Mishap::Untrusted) if !known => false,
            _ if failure.is_transient() => few || troubled < self.span(known),
            _ => few && failure.is_worth_repeating(),
        }
    }
}

/// A random number in 0..1, from the keys that the standard library draws for its hash maps.
fn dice() -> f64 {
    f64::from(RandomState::new().hash_one(0_u8) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};

    const SECOND: Duration = Duration::from_secs(1);

    fn patience() -> Trouble {
        Trouble::new(3, 900 * SECOND)
    }

    fn answer(status: u16, code: &str) -> Failure {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        let status = StatusCode::from_u16(status).unwrap();
        Failure::answered(status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn what_passes_by_itself_is_tried_until_the_time_is_up() {
        for failure in [
            Failure::lost(Mishap::Broken, "reset"),
            answer(500, "InternalError"),
            answer(503, "SlowDown"),
            answer(429, ""),
            answer(408, ""),
            answer(400, "RequestTimeout"),
        ] {
            let mut patience = patience();
            for _ in 0..60 {
                assert!(patience.next(&failure, 899 * SECOND, true, 0.5).is_some());
            }
            assert_eq!(patience.next(&failure, 900 * SECOND, true, 0.5), None);
        }
    }

    #[test]
    fn the_last_try_is_made_when_the_time_is_up() {
        let broken = Failure::lost(Mishap::Broken, "reset");
        for (known, troubled, left) in [(true, 899, 1), (false, 28, 2)] {
            let mut patience = patience();
            for _ in 0..10 {
                let next = patience.next(&broken, SECOND, true, 1.0);
                assert!(next.is_some());
            }
            let last = patience.next(&broken, troubled * SECOND, known, 1.0);
            assert_eq!(last, Some(left * SECOND));
        }
    }

    #[test]
    fn a_try_longer_than_the_time_still_leaves_max_retries() {
        let (broken, mut patience) = (Failure::lost(Mishap::Broken, "reset"), patience());
        for _ in 0..3 {
            assert!(patience.next(&broken, 9000 * SECOND, true, 0.5).is_some());
        }
        assert_eq!(patience.next(&broken, 9000 * SECOND, true, 0.5), None);
    }

    #[test]
    fn accidents_on_the_way_are_counted_and_refusals_final() {
        for failure in [answer(400, "BadDigest"), Failure::garbled("short")] {
            let mut patience = patience();
            for _ in 0..3 {
                assert!(patience.next(&failure, SECOND, true, 0.5).is_some());
            }
            assert_eq!(patience.next(&failure, SECOND, true, 0.5), None);
        }
        for (status, code) in [
            (403, "AccessDenied"),
            (404, "NoSuchUpload"),
            (400, "InvalidArgument"),
            (412, "PreconditionFailed"),
            (501, "NotImplemented"),
            (403, "InvalidObjectState"),
        ] {
            let failure = answer(status, code);
            assert_eq!(patience().next(&failure, SECOND, true, 0.5), None, "{code}");
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_obey_the_dice_and_the_server() {
        let (broken, mut patience) = (Failure::lost(Mishap::Broken, "reset"), patience());
        let pauses: Vec<_> = (0..8)
            .map(|_| {
                patience
                    .next(&broken, SECOND, true, 1.0)
                    .unwrap()
                    .as_millis()
            })
            .collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
        assert_eq!(patience.next(&broken, SECOND, true, 0.0), Some(10 * SECOND));

        let mut slow = answer(503, "SlowDown");
        slow.retry_after = Some(45 * SECOND);
        assert_eq!(patience.next(&slow, SECOND, true, 1.0), Some(45 * SECOND));
        slow.retry_after = Some(9000 * SECOND);
        assert_eq!(patience.next(&slow, SECOND, true, 1.0), Some(120 * SECOND));
        // Not beyond the time, however many retries are left.
        assert_eq!(patience.next(&slow, 781 * SECOND, true, 1.0), None);
        slow.retry_after = Some(SECOND);
        let mut hurried = Trouble::new(3, Duration::ZERO);
        assert_eq!(hurried.next(&slow, Duration::ZERO, true, 1.0), None);
        slow.retry_after = Some(Duration::ZERO);
        assert!(hurried.next(&slow, Duration::ZERO, true, 1.0).is_some());
    }

    #[test]
    fn a_server_never_heard_of_is_given_up_soon() {
        for mishap in [Mishap::Unreached, Mishap::Broken] {
            let failure = Failure::lost(mishap, "no answer");
            let mut patience = patience();
            for _ in 0..9 {
                assert!(patience.next(&failure, 29 * SECOND, false, 0.5).is_some());
            }
            assert_eq!(patience.next(&failure, 30 * SECOND, false, 0.5), None);
            assert!(patience.next(&failure, 30 * SECOND, true, 0.5).is_some());
        }
        let mut hurried = Trouble::new(0, 5 * SECOND);
        let refused = Failure::lost(Mishap::Unreached, "refused");
        assert_eq!(hurried.next(&refused, 5 * SECOND, false, 0.5), None);

        let untrusted = Failure::lost(Mishap::Untrusted, "unknown issuer");
        assert_eq!(patience().next(&untrusted, SECOND, false, 0.5), None);
        assert!(patience().next(&untrusted, SECOND, true, 0.5).is_some());
    }
}
