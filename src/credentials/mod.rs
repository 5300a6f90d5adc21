//! Whose signature the requests to S3 carry: `S3_KEY_ID`, else the sources that AWS' own tools ask, in this order:
//! `AWS_ACCESS_KEY_ID` and its kin, the [`profile`] of the shared files, a [`role`] by web identity, the container, the
//! instance ([`remote`]).
//!
//! Responsible for the order, for bounds and for the reason if there is nothing. A source that is named but cannot be used is
//! an error: going on would sign with another identity. When to ask again, [`signer`] knows. Not responsible for the
//! [`signature`](crate::signature).
//!
//! Facts are from the AWS SDKs and Tools Reference Guide, and botocore's behaviour where that is silent. Single sign-on
//! needs somebody who logs in; it is refused by name.

mod helper;
mod profile;
mod remote;
mod role;
mod signer;
mod sts;
#[cfg(test)]
mod tests;

use serde::Deserialize;
pub use signer::{Identity, Signer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::config::Access;
use crate::secret::Secret;
use crate::signature::Signature;
use crate::terminal::plain;

/// What signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// The session token that goes with temporary keys.
    pub token: Option<String>,
    /// When they end.
    pub expires: Option<OffsetDateTime>,
    /// Where they were found.
    pub origin: String,
}

/// The environment.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Found, not there for this reason, or there and of no use.
type Found = Result<Result<Credentials, String>, String>;

/// The credentials that the settings name; the error tells where they were looked for.
pub fn load(access: &Access) -> Result<Credentials, String> {
    let env = |name: &str| {
        let value = std::env::var_os(name)?;
        Some(value.to_string_lossy().into_owned())
    };
    match access {
        Access::Keys { id, secret } if id.is_empty() || secret.reveal().is_empty() => {
            Err("no S3 credentials".to_owned())
        }
        Access::Keys { id, secret } => Ok(Credentials {
            id: id.clone(),
            secret: secret.clone(),
            token: None,
            expires: None,
            origin: "S3_KEY_ID".to_owned(),
        }),
        // An empty value is as good as none.
        Access::Chain { profile } => chain(profile.as_deref(), &|name| {
            env(name).filter(|value| !value.is_empty())
        }),
    }
}

fn chain(profile: Option<&str>, env: Environment<'_>) -> Result<Credentials, String> {
    let sources: [&dyn Fn() -> Found; 5] = [
        &|| from_env(env),
        &|| profile::find(profile, env),
        &|| role::of_environment(env),
        &|| remote::container(env),
        &|| remote::instance(env),
    ];
    let mut reasons = Vec::new();
    for source in sources {
        match source()? {
            Ok(found) => return Ok(found),
            Err(reason) => reasons.push(reason),
        }
    }
    reasons.retain(|reason| !reason.is_empty());
    Err(format!("no S3 credentials: {}", reasons.join("; ")))
}

fn from_env(env: Environment<'_>) -> Found {
    let Some(id) = env("AWS_ACCESS_KEY_ID") else {
        return Ok(Err("AWS_ACCESS_KEY_ID is not set".to_owned()));
    };
    let Some(secret) = env("AWS_SECRET_ACCESS_KEY") else {
        return Err(
            "AWS_ACCESS_KEY_ID in the environment: expected AWS_SECRET_ACCESS_KEY as well"
                .to_owned(),
        );
    };
    let tokens = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];
    let token = tokens.into_iter().find_map(|name| Some((name, env(name)?)));
    let named = |name: &str| format!("{name} in the environment");
    let made = Credentials::checked(
        (&named("AWS_ACCESS_KEY_ID"), id),
        (&named("AWS_SECRET_ACCESS_KEY"), secret),
        token.map(|(name, token)| (named(name), token)),
    );
    made.map(Ok)
}

/// The time at which keys end, as somebody else writes it.
fn moment(text: &str, place: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| format!("{place}: expected an RFC 3339 time as Expiration"))
}

impl Credentials {
    /// Their signature of a request to a service of that region, as `s3`.
    pub fn signature<'a>(
        &'a self,
        region: &'a str,
        service: &'static str,
        time: OffsetDateTime,
    ) -> Signature<'a> {
        Signature {
            id: &self.id,
            secret: &self.secret,
            token: self.token.as_deref(),
            region,
            service,
            time,
        }
    }

    /// Each of them goes into a header, with the place that an error names.
    fn checked(
        id: (&str, String),
        secret: (&str, String),
        token: Option<(String, String)>,
    ) -> Result<Self, String> {
        let header =
            |place: &str, text: String| match text.bytes().all(|byte| byte.is_ascii_graphic()) {
                true => Ok(text),
                false => Err(format!(
                    "{place}: expected visible ASCII without blanks or line ends"
                )),
            };
        let origin = id.0.to_owned();
        Ok(Self {
            id: header(id.0, id.1)?,
            secret: Secret::new(header(secret.0, secret.1)?),
            token: token
                .map(|(place, token)| header(&place, token))
                .transpose()?,
            expires: None,
            origin,
        })
    }

    /// From the JSON that containers, instances and helpers answer with; `place` is who did.
    fn from_json(json: &[u8], place: &str) -> Result<Self, String> {
        let answer: Answer = serde_json::from_slice(json)
            .map_err(|_| format!("{place}: expected credentials in JSON, got something else"))?;
        let (Some(id), Some(secret)) = (answer.access_key_id, answer.secret_access_key) else {
            let said = [answer.code, answer.message].into_iter().flatten();
            let said: String = said
                .collect::<Vec<_>>()
                .join(": ")
                .chars()
                .take(200)
                .collect();
            return Err(format!(
                "{place}: there are no keys in the answer {}",
                plain(&said)
            ));
        };
        let token = answer
            .token
            .or(answer.session_token)
            .filter(|token| !token.is_empty());
        let mut made = Self::checked(
            (place, id),
            (place, secret),
            token.map(|token| (place.to_owned(), token)),
        )?;
        made.expires = (answer.expiration)
            .map(|text| moment(&text, place))
            .transpose()?;
        Ok(made)
    }
}

/// What of such an answer counts.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    token: Option<String>,
    session_token: Option<String>,
    expiration: Option<String>,
    code: Option<String>,
    message: Option<String>,
}
