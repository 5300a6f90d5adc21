//! Roles of AWS, exchanged for keys at its Security Token Service (the Query API of version 2011-06-15, Signature Version 4).
//!
//! Responsible for one question and for what may come back. Not responsible for where a role is named ([`super::role`]).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use http::Request;
use http::header::{CONTENT_TYPE, HOST, HeaderMap};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use url::{Url, form_urlencoded};

use super::{Credentials, Environment, moment};
use crate::net::{agent, mishap, proxy, roots, settings_of_agents};
use crate::signature::{Signed, put};
use crate::terminal::plain;
use crate::xml::{Step, walk};

/// How long a question may take; there are two tries.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than an answer is long.
const ANSWER_BYTES: u64 = 64 << 10;
/// As many letters of somebody else's words are shown.
const WORDS: usize = 300;
/// What is read of an answer.
const TEXTS: [&str; 6] = [
    "AccessKeyId",
    "Code",
    "Expiration",
    "Message",
    "SecretAccessKey",
    "SessionToken",
];
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The role that is asked for.
pub struct RoleWish {
    /// Where it is named; errors begin with it.
    pub place: String,
    /// The parameters of the question, without those that all have.
    pub parameters: Vec<(&'static str, String)>,
    /// Where to ask, if the environment says nothing else.
    pub region: Option<String>,
}

impl RoleWish {
    /// The role's keys, asked for with the signature of who may have them; a web identity proves itself by its token.
    pub fn grant(
        &self,
        signer: Option<&Credentials>,
        env: Environment<'_>,
    ) -> Result<Credentials, String> {
        let (url, region) = self.endpoint(env)?;
        let shown = || format!("{}: asked {url}", self.place);
        let body = self.body(signer.is_some());
        let mut answer = self.ask(&url, &region, &body, signer, env)?;
        if answer.0 >= 500 {
            answer = self.ask(&url, &region, &body, signer, env)?;
        }
        let (status, text) = answer;
        let mut texts = texts(&text);
        if status != 200 {
            let said = ["Code", "Message"].map(|name| texts.remove(name).unwrap_or_default());
            let said: String = said.join(": ").chars().take(WORDS).collect();
            return Err(format!(
                "{}: HTTP status {status} {}",
                shown(),
                plain(&said)
            ));
        }
        self.keys(texts)
            .ok_or_else(|| format!("{}: there are no keys in the answer", shown()))?
    }

    fn endpoint(&self, env: Environment<'_>) -> Result<(Url, String), String> {
        let given = env("AWS_REGION").or_else(|| env("AWS_DEFAULT_REGION"));
        let region = given.or_else(|| self.region.clone());
        let is_region = |text: &str| {
            text.len() < 64
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if region.as_deref().is_some_and(|text| !is_region(text)) {
            return Err(format!("{}: expected a region of AWS to ask", self.place));
        }
        let usual = || match &region {
            Some(region) if region.starts_with("cn-") => {
                format!("https://sts.{region}.amazonaws.com.cn")
            }
            Some(region) => format!("https://sts.{region}.amazonaws.com"),
            None => "https://sts.amazonaws.com".to_owned(),
        };
        let name = "AWS_ENDPOINT_URL_STS";
        let url = Url::parse(&env(name).unwrap_or_else(usual)).ok();
        let bare = |url: &Url| url.username().is_empty() && url.password().is_none();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && bare(url));
        let url = url.ok_or_else(|| format!("{name}: expected an http(s) URL"))?;
        Ok((url, region.unwrap_or_else(|| "us-east-1".to_owned())))
    }

    fn body(&self, signed: bool) -> String {
        let action = if signed {
            "AssumeRole"
        } else {
            "AssumeRoleWithWebIdentity"
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action);
        form.append_pair("Version", "2011-06-15");
        form.extend_pairs(&self.parameters).finish()
    }

    /// Status and text of an answer.
    fn ask(
        &self,
        url: &Url,
        region: &str,
        body: &str,
        signer: Option<&Credentials>,
        env: Environment<'_>,
    ) -> Result<(u16, String), String> {
        let failed = |cause: String| format!("{}: asked {url}: {cause}", self.place);
        let roots = roots(env("AWS_CA_BUNDLE").as_deref().map(Path::new));
        let roots = roots.map_err(|error| failed(error.to_string()))?;
        let proxy = proxy::to(Some(url), env).map_err(|error| failed(error.to_string()))?;
        let config = settings_of_agents(roots, proxy).timeout_global(Some(PATIENCE));
        let mut request = Request::post(url.as_str())
            .header(CONTENT_TYPE, FORM)
            .body(body)
            .map_err(|error| failed(error.to_string()))?;
        if let Some(signer) = signer {
            *request.headers_mut() = signed(url, region, body, signer).map_err(failed)?;
        }
        let read = || -> Result<(u16, Vec<u8>), ureq::Error> {
            let mut answer = agent(config.build()).run(request)?;
            let status = answer.status().as_u16();
            let body = answer.body_mut().with_config().limit(ANSWER_BYTES);
            Ok((status, body.read_to_vec()?))
        };
        match read() {
            Ok((status, body)) => Ok((status, String::from_utf8_lossy(&body).into_owned())),
            Err(error) => Err(failed(mishap(&error, url.host_str().unwrap_or_default()).1)),
        }
    }

    /// Those of an answer; none if it has none.
    fn keys(&self, mut texts: BTreeMap<&str, String>) -> Option<Result<Credentials, String>> {
        let place = self.place.as_str();
        let mut found = |name| texts.remove(name);
        let (id, secret) = (found("AccessKeyId")?, found("SecretAccessKey")?);
        let token = found("SessionToken").filter(|token| !token.is_empty())?;
        let ends = found("Expiration")?;
        let made = Credentials::checked(
            (place, id),
            (place, secret),
            Some((place.to_owned(), token)),
        );
        Some(made.and_then(|made| {
            Ok(Credentials {
                expires: Some(moment(&ends, place)?),
                ..made
            })
        }))
    }
}

/// The texts of an answer that count, by their names; none of what is no XML.
fn texts(answer: &str) -> BTreeMap<&'static str, String> {
    let mut texts = BTreeMap::new();
    let whole = walk(answer.as_bytes(), &mut |step| {
        if let Step::End(_, name, text) = step
            && let Some(name) = TEXTS.into_iter().find(|known| *known == name)
        {
            texts.insert(name, text.trim().to_owned());
        }
        Some(())
    });
    whole.map_or_else(BTreeMap::new, |()| texts)
}

/// The headers of a signed question.
fn signed(url: &Url, region: &str, body: &str, signer: &Credentials) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let host = format!("{host}{}", port.unwrap_or_default());
    put(&mut headers, HOST.as_str(), &host)?;
    put(&mut headers, CONTENT_TYPE.as_str(), FORM)?;
    let signed = Signed {
        method: "POST",
        path: url.path(),
        query: "",
        payload: &hex::encode(Sha256::digest(body)),
    };
    let signature = signer.signature(region, "sts", OffsetDateTime::now_utc());
    signature.add_to(&mut headers, &signed)?;
    Ok(headers)
}
