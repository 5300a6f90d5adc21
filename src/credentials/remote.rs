//! The container's and the instance's own credentials, by HTTP.
//!
//! Responsible for asking those two: never through a proxy, which would read the keys or answer with its own role, and never
//! for long. Whatever else than credentials comes back is an error that names who was asked.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use ureq::{Agent, SendBody};
use url::{Host, Url};

use super::{Credentials, Environment, Found};
use crate::error::{os_text, uncapitalised};
use crate::inifile::read_text;
use crate::system;

/// How long a question may take; there are two tries.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than credentials are long.
const ANSWER_BYTES: u64 = 64 << 10;

const CONTAINERS: &str = "http://169.254.170.2";
const INSTANCE: &str = "http://169.254.169.254";
/// Where the instance's metadata has its role, and below it the role's credentials.
const ROLES: &str = "meta-data/iam/security-credentials/";

/// From the container's endpoint, if the environment names one: Amazon ECS by a path, EKS by a URL and a token.
pub fn container(env: Environment<'_>) -> Found {
    let (relative, full) = (
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    );
    let (name, url) = match (env(relative), env(full)) {
        (Some(path), _) if path.starts_with('/') => (relative, format!("{CONTAINERS}{path}")),
        (Some(_), _) => return Err(format!("{relative}: expected a path")),
        (None, Some(url)) => (full, url),
        (None, None) => return Ok(Err("no container names its own".to_owned())),
    };
    let wrong = || {
        format!("{name}: expected an https URL, or http to this machine or the container's host")
    };
    let url = Url::parse(&url)
        .ok()
        .filter(may_be_asked)
        .ok_or_else(wrong)?;
    let token = if name == full { token(env)? } else { None };
    let answer = ask(
        Method::GET,
        &url,
        token.as_deref().map(|token| ("authorization", token)),
    )?;
    Credentials::from_json(&answer.whole(&url)?, url.as_str()).map(Ok)
}

/// A token must not go to anybody; by plain http only to the addresses that AWS has for it.
fn may_be_asked(url: &Url) -> bool {
    let bare = url.username().is_empty() && url.password().is_none();
    let own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback() || matches!(ip.octets(), [169, 254, 170, 2 | 23]),
        Some(Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23]
        }
        None => false,
    };
    bare && (url.scheme() == "https" || (url.scheme() == "http" && own))
}

/// What proves to the container's endpoint who asks; a file, as it is renewed, is read every time.
fn token(env: Environment<'_>) -> Result<Option<String>, String> {
    let (file, own) = (
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    );
    let Some(path) = env(file) else {
        return Ok(env(own));
    };
    let read = read_text(path.as_ref());
    let (text, _) = read.map_err(|error| format!("{file}: read {path}: {}", os_text(&error)))?;
    Ok(Some(text.trim_end().to_owned()))
}

/// From the metadata service of an EC2 instance with a role: version 2 with its token, version 1 where that is not known.
pub fn instance(env: Environment<'_>) -> Found {
    let (off, elsewhere) = (
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    );
    if env(off).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(Err(format!("{off} is set")));
    }
    let base = match env(elsewhere) {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None if system::is_ec2() => INSTANCE.to_owned(),
        None => return Ok(Err("this is no EC2 instance".to_owned())),
    };
    let at = |path: &str| {
        let url = Url::parse(&format!("{base}/latest/{path}")).ok();
        let url = url.filter(|url| url.scheme() == "http" && url.host().is_some());
        url.ok_or_else(|| format!("{elsewhere}: expected an http URL"))
    };
    let session = session(&at("api/token")?)?;
    let session = session.as_deref();
    let session = session.map(|token| ("x-aws-ec2-metadata-token", token));
    let roles = at(ROLES)?;
    let answer = ask(Method::GET, &roles, session)?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(Err("this EC2 instance has no role".to_owned()));
    }
    let role = at(&format!("{ROLES}{}", answer.word(&roles)?))?;
    let answer = ask(Method::GET, &role, session)?;
    Credentials::from_json(&answer.whole(&role)?, role.as_str()).map(Ok)
}

/// The token that version 2 of the service wants with every question; none where that version is not known.
fn session(url: &Url) -> Result<Option<String>, String> {
    let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    let answer = ask(Method::PUT, url, Some(lifetime))?;
    match answer.status {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Ok(None),
        _ => answer.word(url).map(Some),
    }
}

struct Answered {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answered {
    /// The body of a success.
    fn whole(self, url: &Url) -> Result<Vec<u8>, String> {
        match self.status.is_success() {
            true => Ok(self.body),
            false => Err(format!("asked {url}: HTTP status {}", self.status)),
        }
    }

    /// The first line of a success, which is one word.
    fn word(self, url: &Url) -> Result<String, String> {
        let body = self.whole(url)?;
        let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_word =
            !line.is_empty() && line.len() < 1024 && line.iter().all(u8::is_ascii_graphic);
        let word = String::from_utf8(line.to_vec()).ok().filter(|_| is_word);
        word.ok_or_else(|| format!("asked {url}: expected one word, got something else"))
    }
}

/// Asks nobody but the address itself.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE));
    Agent::new_with_config(config.build())
}

/// One question, with a second try.
fn ask(method: Method, url: &Url, header: Option<(&str, &str)>) -> Result<Answered, String> {
    let failed = |cause: String| format!("asked {url}: {}", uncapitalised(&cause));
    let mut request = Request::builder().method(method).uri(url.as_str());
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let request = request
        .body(())
        .map_err(|error| failed(error.to_string()))?;
    let agent = agent();
    let once = || -> Result<Answered, ureq::Error> {
        let mut answer = agent.run(request.clone().map(|()| SendBody::none()))?;
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES);
        Ok(Answered {
            body: body.read_to_vec()?,
            status: answer.status(),
        })
    };
    let again = |answer: &Result<Answered, ureq::Error>| match answer {
        Ok(answer) => answer.status.is_server_error(),
        Err(_) => true,
    };
    let mut answer = once();
    if again(&answer) {
        answer = once();
    }
    answer.map_err(|error| match error {
        ureq::Error::Timeout(_) => failed(format!("no answer within {} s", PATIENCE.as_secs())),
        ureq::Error::Io(error) => failed(os_text(&error)),
        other => failed(other.to_string()),
    })
}
