//! Signed requests by a client that shares neither signer nor retries with z3: SigV4 as AWS describes it, each request sent once.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, http};

use super::env::Access;

/// An answer: status, headers in lower case, body.
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// How the connection ended before the answer did.
#[derive(Debug, PartialEq, Eq)]
pub enum Broken {
    /// Before the end of the head.
    NoAnswer,
    /// In the midst of the body.
    Cut,
}

/// What is asked for.
pub struct Request<'a> {
    pub method: &'a str,
    /// Encoded, and without the query.
    pub url: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl Answer {
    /// The same, if it has this status; else the test fails with what the server said.
    pub fn expect(self, status: u16) -> Self {
        let told = || String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}", told());
        self
    }

    pub fn xml(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// One request, signed and sent. What fails otherwise than by the end of its connection fails the test.
pub fn ask(access: &Access, request: &Request) -> Result<Answer, Broken> {
    let told = |error| panic!("{} {}: {error}", request.method, request.url);
    let ended = |error| match error {
        ureq::Error::Io(error) if is_end(error.kind()) => (),
        error => told(error),
    };
    let answer = send(access, request).map_err(|error| {
        ended(error);
        Broken::NoAnswer
    })?;
    let (head, mut body) = answer.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    let body = body.with_config().limit(u64::MAX).read_to_vec();
    Ok(Answer {
        status: head.status.as_u16(),
        headers,
        body: body.map_err(|error| {
            ended(error);
            Broken::Cut
        })?,
    })
}

fn is_end(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}

/// What asks: by a connection for each request, so that none depends on what another one left behind; each read and write may take
/// a minute. Its certificates are those of this file, if there is one.
pub fn agent(authority: Option<&Path>) -> Agent {
    let minute = Some(Duration::from_secs(60));
    let roots = authority.map_or(RootCerts::WebPki, |path| {
        let pem = std::fs::read(path).unwrap();
        let item = |item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        };
        RootCerts::from(parse_pem(&pem).filter_map(item))
    });
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .max_idle_connections(0)
        .timeout_per_read(minute)
        .timeout_per_write(minute)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false);
    config.build().new_agent()
}

fn send(access: &Access, request: &Request) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let query = query(request.query);
    let mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{}{mark}{query}", request.url);
    let mut built = http::Request::builder().method(request.method).uri(url);
    for (name, value) in signed(access, request, &query) {
        built = built.header(name, value);
    }
    match request.method {
        "PUT" | "POST" => access.agent.run(built.body(request.body).unwrap()),
        _ => access.agent.run(built.body(()).unwrap()),
    }
}

/// The headers of a request, and their signature.
fn signed(access: &Access, request: &Request, query: &str) -> BTreeMap<String, String> {
    let url: http::Uri = request.url.parse().unwrap();
    let (date, digest) = (stamp(), hex::encode(Sha256::digest(request.body)));
    let own = [
        ("host", url.authority().unwrap().as_str()),
        ("x-amz-content-sha256", &digest),
        ("x-amz-date", &date),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let theirs = request.headers.iter().cloned();
    let mut headers: BTreeMap<String, String> = theirs.chain(own).collect();
    let (names, lines) = folded(&headers);
    let canonical = [request.method, url.path(), query, &lines, &names, &digest].join("\n");
    let signature = signature(access, &date, &names, &canonical);
    headers.insert("authorization".to_owned(), signature);
    headers
}

/// The names of headers, and their lines, as they are signed.
fn folded(headers: &BTreeMap<String, String>) -> (String, String) {
    let blanks = |value: &str| value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let headers: BTreeMap<String, String> = headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), blanks(value)))
        .collect();
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"));
    (names.join(";"), lines.collect())
}

fn signature(access: &Access, date: &str, names: &str, canonical: &str) -> String {
    let scope = [&date[..8], &access.region, "s3", "aws4_request"];
    let digest = hex::encode(Sha256::digest(canonical));
    let text = ["AWS4-HMAC-SHA256", date, &scope.join("/"), &digest].join("\n");
    let secret = format!("AWS4{}", access.secret).into_bytes();
    let key = scope.iter().fold(secret, |key, part| mac(&key, part));
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={names},Signature={}",
        access.key_id,
        scope.join("/"),
        hex::encode(mac(&key, &text))
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn stamp() -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    OffsetDateTime::now_utc().format(form).unwrap()
}

/// In the order of its names, as it is signed.
fn query(pairs: &[(&str, &str)]) -> String {
    let mut pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name, ""), encode(value, "")))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// Percent-encoding as the signature wants it: everything but unreserved letters and those in `kept`.
pub fn encode(text: &str, kept: &str) -> String {
    let keep = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte)
    };
    text.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
