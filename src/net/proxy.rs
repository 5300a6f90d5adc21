//! Which proxy stands between us and the server, by the variables that curl and boto know: `https_proxy` or `http_proxy` by
//! the endpoint's scheme, else `all_proxy`, unless `no_proxy` names the host; in small letters or capitals. The proxy speaks
//! HTTP, or SOCKS 4 or 5.
//!
//! ureq's own reading is not used: it takes `HTTPS_PROXY` for an http endpoint as well, which on a machine with a proxy for the
//! internet would cut off a server next door. It tunnels through an HTTP proxy (CONNECT); [`super::forward`] spares http that.

use std::net::IpAddr;

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode, Uri};
use ureq::{Agent, Body, Proxy};
use url::Url;

use super::forward::forwards;
use crate::config::S3Settings;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};

/// The proxy for this endpoint, `None` to connect directly. `env` is the environment.
pub fn of(settings: &S3Settings, env: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    match &settings.endpoint {
        Endpoint::Custom { url, .. } => to(Some(url), env),
        Endpoint::Aws { .. } => to(None, env),
    }
}

/// The proxy for any URL; without one for some host by https.
pub fn to(endpoint: Option<&Url>, env: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let scheme = endpoint.map_or("https", Url::scheme);
    let Some((name, url)) = variable(scheme, &env) else {
        return Ok(None);
    };
    // The value may hold a password.
    let wrong = || {
        let problem = "expected the URL of a proxy: [http|https|socks4|socks5|socks5h]://[USER:PASSWORD@]HOST:PORT";
        Error::config(&name, "the environment", problem)
    };
    let proxy = Proxy::new(&url).map_err(|_| wrong())?;
    let port = proxy.uri().port_u16();
    let address = proxy.uri().authority().map_or("", |all| all.as_str());
    let has_port = !address.ends_with(proxy.host());
    if proxy.host().is_empty() || (has_port && port.is_none_or(|port| port == 0)) {
        return Err(wrong());
    }
    let mut built = Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port());
    if let Some(user) = proxy.username() {
        built = built.username(user);
    }
    if let Some(password) = proxy.password() {
        built = built.password(password);
    }
    let spared = either("no_proxy", &env).map_or_else(String::new, |(_, list)| list);
    for host in names(&spared, endpoint) {
        // To ureq a name is not a domain.
        built = built.no_proxy(host).no_proxy(&format!(".{host}"));
    }
    built.build().map(Some).map_err(|_| wrong())
}

/// The variable that names the proxy for a scheme, and its value.
fn variable(scheme: &str, env: impl Fn(&str) -> Option<String>) -> Option<(String, String)> {
    let own = if scheme == "http" {
        "http_proxy"
    } else {
        "https_proxy"
    };
    [own, "all_proxy"]
        .iter()
        .find_map(|name| either(name, &env))
}

/// A variable in small letters or capitals, if it has a value.
fn either(name: &str, env: impl Fn(&str) -> Option<String>) -> Option<(String, String)> {
    let both = [name.to_owned(), name.to_uppercase()];
    both.into_iter().find_map(|name| {
        let value = env(&name)?.trim().to_owned();
        Some((name, value)).filter(|(_, value)| !value.is_empty())
    })
}

/// What ureq has to know of a list that commas or blanks separate: names. A port and a network are compared here; where they
/// are the endpoint's, everything is spared, as ureq asks for the endpoint alone.
fn names<'a>(list: &'a str, endpoint: Option<&Url>) -> Vec<&'a str> {
    let host = endpoint.and_then(Url::host_str).unwrap_or_default();
    let port = endpoint.and_then(Url::port_or_known_default).unwrap_or(443);
    let entries = list
        .split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty());
    let entries = entries.filter_map(|entry| match entry.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => {
            (digits.parse() == Ok(port)).then_some(name)
        }
        _ => Some(entry),
    });
    entries
        .map(|entry| if holds(entry, host) { "*" } else { entry })
        .collect()
}

/// Whether an address or a network (`10.0.0.0/8`, `fd00::/8`) has the host in it.
fn holds(network: &str, host: &str) -> bool {
    let address = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let (base, length) = network.split_once('/').unwrap_or((network, "128"));
    let (Some(base), Some(host), Ok(length)) = (address(base), address(host), length.parse())
    else {
        return false;
    };
    let (base, host, width) = match (base, host) {
        (IpAddr::V4(base), IpAddr::V4(host)) => (base.to_bits().into(), host.to_bits().into(), 32),
        (IpAddr::V6(base), IpAddr::V6(host)) => (base.to_bits(), host.to_bits(), 128),
        _ => return false,
    };
    let differs: u128 = base ^ host;
    differs.checked_shr(width - width.min(length)).unwrap_or(0) == 0
}

/// The proxy on the way to this URI: address and variable.
fn proxy_to(agent: &Agent, uri: &Uri) -> Option<String> {
    let proxy = agent.config().proxy()?;
    let (name, port) = (proxy.host(), proxy.port());
    let scheme = uri.scheme_str().unwrap_or_default();
    let (variable, _) = variable(scheme, |name| std::env::var(name).ok())?;
    (!proxy.is_no_proxy(uri)).then(|| format!("the proxy {name}:{port} of {variable}"))
}

/// For the user: who is talked to.
pub fn peer(agent: &Agent, uri: &Uri) -> String {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    match proxy_to(agent, uri) {
        Some(proxy) => format!("{host} (through {proxy})"),
        None => host.to_owned(),
    }
}

/// The proxy that hands requests for this URI on as they are.
pub fn forwarder<'a>(agent: &'a Agent, uri: &Uri) -> Option<&'a Proxy> {
    let proxy = agent.config().proxy();
    proxy.filter(|proxy| forwards(proxy, uri))
}

/// What a proxy says of its own to a request that it should hand on: in HTML, where S3 has XML.
pub fn refused(agent: &Agent, uri: &Uri, answer: &Response<Body>) -> Option<String> {
    let status = answer.status();
    let asks_user = status == StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    let html = answer
        .headers()
        .get(CONTENT_TYPE)?
        .as_bytes()
        .starts_with(b"text/html");
    let own = asks_user || (html && matches!(status.as_u16(), 401 | 403 | 405));
    let proxy = agent.config().proxy().filter(|proxy| forwards(proxy, uri));
    proxy
        .filter(|_| own)
        .map(|_| refusal(&status.to_string(), &peer(agent, uri)))
}

/// What the user is told then; `status` is the proxy's, `host` names it.
pub fn refusal(status: &str, host: &str) -> String {
    let advice = match status.starts_with("407") || status.starts_with("401") {
        true => "; its URL can be http://USER:PASSWORD@HOST:PORT",
        false => "; no_proxy can spare hosts the proxy",
    };
    format!("{host}: the proxy refuses: {status}{advice}")
}

/// The status of a proxy that wants no tunnel and will want none in a minute.
pub fn refused_tunnel(reason: &str) -> Option<String> {
    let (_, code) = reason.split_once("responded ")?;
    let status = StatusCode::from_bytes(code.get(..3)?.as_bytes()).ok()?;
    let lasting = status.is_client_error() && !matches!(status.as_u16(), 408 | 429);
    lasting.then(|| status.to_string())
}
