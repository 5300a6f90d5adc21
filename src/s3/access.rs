//! Who signs, for which region, and by whose clock: what every signature needs besides the request.
//!
//! Responsible for replacing credentials when they expire, for the region once it is learned, and for the server's clock. Not
//! responsible for where credentials come from ([`crate::credentials`]) and the signature itself ([`super::request`]).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Instant, SystemTime};

use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

use crate::config::{self, S3Settings};
use crate::credentials::{self, Credentials};
use crate::error::{Error, Result};
use crate::sync::lock;

/// Credentials are replaced this long before they expire, so that a signature does not arrive too late.
const MARGIN: Duration = Duration::seconds(60);

/// S3 began in March 2006: a clock that shows less has never been set.
const FIRST_YEAR: i32 = 2006;

/// Whose signature a request carries.
#[derive(Clone, PartialEq)]
pub(super) struct Identity {
    pub credentials: Credentials,
    pub region: String,
}

/// The identity in use, shared by all workers.
pub(super) struct Signer {
    source: config::Access,
    held: Mutex<Identity>,
    renewing: Mutex<()>,
}

impl Signer {
    /// Loads the credentials that the settings name; the chain may ask the container or the instance for them.
    pub fn open(settings: &S3Settings) -> Result<Self> {
        let region = settings.endpoint.region().to_owned();
        let credentials = credentials::load(&settings.access).map_err(|problem| {
            Error::refused(problem).hint(
                "set S3_KEY_ID and S3_SECRET in the configuration, or AWS_* in the environment",
            )
        })?;
        let held = Identity {
            credentials,
            region,
        };
        Ok(Self::holding(settings.access.clone(), held))
    }

    /// Starts with this identity.
    pub(super) fn holding(source: config::Access, held: Identity) -> Self {
        Self {
            source,
            held: Mutex::new(held),
            renewing: Mutex::new(()),
        }
    }

    /// The same access with locks of its own: nobody else's renewal stands in its way.
    pub fn fork(&self) -> Self {
        Self::holding(self.source.clone(), lock(&self.held).clone())
    }

    /// The identity to sign with now.
    pub fn identity(&self) -> Result<Identity, String> {
        let held = lock(&self.held).clone();
        if !expires_by(&held, OffsetDateTime::now_utc() + MARGIN) {
            return Ok(held);
        }
        match self.renew(&held) {
            // What is still good for a minute is better than nothing.
            Err(_) if !expires_by(&held, OffsetDateTime::now_utc()) => Ok(held),
            renewed => renewed,
        }
    }

    /// Loads the credentials again, unless another worker has just replaced the stale ones.
    pub fn renew(&self, stale: &Identity) -> Result<Identity, String> {
        let _one_at_a_time = lock(&self.renewing);
        if lock(&self.held).credentials == stale.credentials {
            let credentials = credentials::load(&self.source)?;
            lock(&self.held).credentials = credentials;
        }
        Ok(lock(&self.held).clone())
    }

    /// Signs for another region from now on.
    pub fn move_to(&self, region: &str) {
        region.clone_into(&mut lock(&self.held).region);
    }
}

fn expires_by(identity: &Identity, moment: OffsetDateTime) -> bool {
    let expires = identity.credentials.expires;
    expires.is_some_and(|expires| expires <= moment)
}

/// The server's clock, as its Date headers tell it.
#[derive(Default)]
pub(super) struct Clock {
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

    /// Takes note of a Date header, unless its clock can be none: before there was any S3, or soon beyond what `time` can
    /// tell.
    pub fn observe(&self, date: &str) {
        if let Ok(date) = OffsetDateTime::parse(date, &Rfc2822)
            && (FIRST_YEAR..9999).contains(&date.year())
        {
            *lock(&self.seen) = Some((date.into(), Instant::now()));
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
    use crate::config::Secret;

    fn access(expires_in: Option<Duration>) -> Signer {
        let source = config::Access::Keys {
            id: "new".to_owned(),
            secret: Secret::new("s"),
        };
        let credentials = Credentials {
            id: "old".to_owned(),
            secret: Secret::new("s"),
            token: Some("token".to_owned()),
            expires: expires_in.map(|time| OffsetDateTime::now_utc() + time),
        };
        let region = "eu-central-1".to_owned();
        Signer::holding(
            source,
            Identity {
                credentials,
                region,
            },
        )
    }

    fn key_id(identity: &Identity) -> &str {
        &identity.credentials.id
    }

    #[test]
    fn credentials_are_replaced_shortly_before_they_expire() {
        for (expires_in, expected) in [
            (None, "old"),
            (Some(Duration::minutes(5)), "old"),
            (Some(Duration::seconds(30)), "new"),
            (Some(Duration::seconds(-5)), "new"),
        ] {
            let access = access(expires_in);
            let identity = access.identity().unwrap();
            assert_eq!(key_id(&identity), expected, "{expires_in:?}");
            assert_eq!(identity.region, "eu-central-1");
        }
    }

    #[test]
    fn only_the_first_of_many_workers_renews() {
        let access = access(None);
        let stale = access.identity().unwrap();
        let renewed = access.renew(&stale).unwrap();
        assert_eq!(key_id(&renewed), "new");
        lock(&access.held).credentials.id = "newer".to_owned();
        assert_eq!(key_id(&access.renew(&stale).unwrap()), "newer");
    }

    #[test]
    fn empty_keys_are_no_credentials() {
        let source = config::Access::Keys {
            id: String::new(),
            secret: Secret::new("s"),
        };
        assert_eq!(credentials::load(&source).unwrap_err(), "no S3 credentials");
    }

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
