//! One request: where it goes, what it carries, and its signature (AWS Signature Version 4, "Authenticating Requests:
//! Using the Authorization Header" in the S3 API reference).
//!
//! What is signed is what is sent: the path and the query are percent-encoded once, here, and go unchanged into the
//! signature and onto the wire. Nothing resolves `.` and `..` in a key or collapses `//`; a server that would do so after
//! the signature was checked is not known.

use std::collections::BTreeMap;
use std::time::Duration;

use ::s3::{Region, signing};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::Mac;
use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::credentials::Identity;
use crate::endpoint::Address;
use crate::order::sort_by_key;

/// What is asked of the server; signed anew for every try.
pub(super) struct Call<'a> {
    /// For the user: what is attempted, and on what.
    pub act: String,
    pub object: &'a str,
    pub method: Method,
    /// The key, or `None` for the bucket itself.
    pub key: Option<&'a str>,
    /// Sorted by name, as the signature has it; our names need no encoding.
    pub query: BTreeMap<&'static str, String>,
    pub headers: Vec<(String, String)>,
    pub body: &'a [u8],
    /// The SHA-256 of the body; `None` leaves it out of the signature.
    pub digest: Option<[u8; 32]>,
    /// Not to be repeated, and given this much time without a byte.
    pub once: Option<Duration>,
    /// How long its answer may take to arrive once it has begun, if it is another than a document's.
    pub within: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A request for an object.
    pub fn on_key(act: impl Into<String>, method: Method, key: &'a str) -> Self {
        Self {
            act: act.into(),
            object: key,
            method,
            key: Some(key),
            query: BTreeMap::new(),
            headers: Vec::new(),
            body: &[],
            digest: Some(Sha256::digest([]).into()),
            once: None,
            within: None,
        }
    }

    /// A request for the bucket.
    pub fn on_bucket(act: impl Into<String>, bucket: &'a str) -> Self {
        Self {
            key: None,
            ..Self::on_key(act, Method::GET, bucket)
        }
    }

    /// Whether it is one of many of its kind; what begins and ends an upload never waits for those.
    pub fn takes_turns(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::PUT)
    }

    /// With a parameter of the query.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.insert(name, value.into());
        self
    }

    /// With a header, which will be signed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a header, if there is a value for it.
    pub fn header_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// With a body, which is hashed here and never again.
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self.digest = Some(Sha256::digest(body).into());
        self
    }

    /// With a body that the signature does not cover.
    pub fn unsigned_body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self.digest = None;
        self
    }

    /// `x-amz-content-sha256`, and the last line of the canonical request.
    fn payload(&self) -> String {
        self.digest
            .map_or_else(|| "UNSIGNED-PAYLOAD".to_owned(), hex::encode)
    }

    /// The request for one try; `md5` adds a Content-MD5. An error names what cannot be sent.
    pub fn sign(
        &self,
        address: &Address,
        identity: &Identity,
        time: OffsetDateTime,
        md5: bool,
    ) -> Result<Request<()>, String> {
        let mut headers = self.headers_to_sign(address, identity, time)?;
        if md5 && !self.body.is_empty() {
            let digest = BASE64_STANDARD.encode(*md5::compute(self.body));
            put(&mut headers, "content-md5", &digest)?;
        }
        let (path, query) = (address.path(self.key), self.canonical_query());
        let canonical = format!(
            "{}\n{path}\n{query}\n{}\n\n{}\n{}",
            self.method,
            canonical_headers(&headers)?,
            signing::signed_header_string(&headers),
            self.payload()
        );
        let authorization = authorize(&canonical, &headers, identity, time).map_err(text)?;
        put(&mut headers, AUTHORIZATION.as_str(), &authorization)?;
        if self.method == Method::PUT && !self.body.is_empty() {
            // Not signed, as a proxy may answer it itself. It lets a server refuse before a large body is under way,
            // whose answer would else be lost in a connection that it closes. Not for Complete: Ceph 16 falls silent
            // when it refuses the signature of one.
            put(&mut headers, "expect", "100-continue")?;
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("{}{path}{mark}{query}", address.origin()))
            .body(())
            .map_err(text)?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn headers_to_sign(
        &self,
        address: &Address,
        identity: &Identity,
        time: OffsetDateTime,
    ) -> Result<HeaderMap, String> {
        let stamp = format_description!("[year][month][day]T[hour][minute][second]Z");
        let mut headers = HeaderMap::new();
        put(&mut headers, HOST.as_str(), &address.host)?;
        let date = time.format(stamp).map_err(text)?;
        put(&mut headers, "x-amz-date", &date)?;
        put(&mut headers, "x-amz-content-sha256", &self.payload())?;
        let token = identity.credentials.token.as_ref();
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            put(&mut headers, "x-amz-security-token", token)?;
        }
        for (name, value) in &self.headers {
            put(&mut headers, name, value)?;
        }
        Ok(headers)
    }

    fn canonical_query(&self) -> String {
        let encode = |text: &str| signing::uri_encode(text, true);
        let pairs = self.query.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// The lines that are signed, in the order of the names. Whole lines would sort otherwise: `a-b:` stands before `a:`.
fn canonical_headers(headers: &HeaderMap) -> Result<String, String> {
    let mut pairs: Vec<_> = headers.iter().collect();
    sort_by_key(&mut pairs, |(name, _)| name.as_str().to_owned());
    let mut lines = Vec::new();
    for (name, value) in pairs {
        lines.push(format!("{name}:{}", value.to_str().map_err(text)?.trim()));
    }
    Ok(lines.join("\n"))
}

fn authorize(
    canonical: &str,
    headers: &HeaderMap,
    identity: &Identity,
    time: OffsetDateTime,
) -> Result<String, ::s3::error::S3Error> {
    let region = Region::Custom {
        region: identity.region.clone(),
        endpoint: String::new(),
    };
    let credentials = &identity.credentials;
    let key = signing::signing_key(&time, credentials.secret.reveal(), &region, "s3")?;
    let mut hmac = signing::HmacSha256::new_from_slice(&key)?;
    hmac.update(signing::string_to_sign(&time, &region, canonical)?.as_bytes());
    signing::authorization_header(
        &credentials.id,
        &time,
        &region,
        &signing::signed_header_string(headers),
        &hex::encode(hmac.finalize().into_bytes()),
    )
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let name = HeaderName::try_from(name)
        .map_err(|_| format!("{name:?} cannot be the name of a header"))?;
    // The value may be a secret, so the error does not repeat it.
    let value = HeaderValue::try_from(value)
        .map_err(|_| format!("the value of {name} has characters that a header cannot carry"))?;
    headers.insert(name, value);
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
