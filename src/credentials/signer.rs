//! Who signs, and for which region: the identity that all workers share.
//!
//! Responsible for replacing credentials when they expire, and for the region once it is learned. Not responsible for the
//! signature.

use std::sync::Mutex;

use time::{Duration, OffsetDateTime};

use super::{Credentials, load};
use crate::config::{self, S3Settings};
use crate::error::{Error, Result};
use crate::sync::lock;

/// Credentials are replaced this long before they expire, so that a signature does not arrive too late.
const MARGIN: Duration = Duration::seconds(60);

/// Whose signature a request carries.
#[derive(Clone, PartialEq)]
pub struct Identity {
    pub credentials: Credentials,
    pub region: String,
}

/// The identity in use, shared by all workers.
pub struct Signer {
    source: config::Access,
    held: Mutex<Identity>,
    renewing: Mutex<()>,
}

impl Signer {
    /// Loads the credentials that the settings name; the chain may ask the container or the instance for them.
    pub fn open(settings: &S3Settings) -> Result<Self> {
        let region = settings.endpoint.region().to_owned();
        let credentials = load(&settings.access).map_err(|problem| {
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
    pub fn holding(source: config::Access, held: Identity) -> Self {
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

    /// The identity as it is, fresh or not.
    pub fn held(&self) -> Identity {
        lock(&self.held).clone()
    }

    /// The identity to sign with now.
    pub fn identity(&self) -> Result<Identity, String> {
        let held = self.held();
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
            let credentials = load(&self.source)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

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
            origin: String::new(),
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
        assert_eq!(load(&source).unwrap_err(), "no S3 credentials");
    }
}
