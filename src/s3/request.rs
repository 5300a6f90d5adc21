//! One request: where it goes and what it carries.
//!
//! What is signed is what is sent: the path and the query are percent-encoded once, here, and go unchanged into the
//! [`signature`](crate::signature) and onto the wire. Nothing resolves `.` and `..` in a key or collapses `//`; a server that would do so after
//! the signature was checked is not known.

use std::collections::BTreeMap;
use std::time::Duration;

use ::s3::signing::uri_encode;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::header::{HOST, HeaderMap};
use http::{Method, Request};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::credentials::Identity;
use crate::endpoint::Address;
use crate::signature::{Signed, put};

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

    /// Whether it stores an object or begins to: that is when the server is told how to encrypt it.
    pub fn begins_object(&self) -> bool {
        let (put, create) = (
            self.method == Method::PUT && self.query.is_empty(),
            self.query.contains_key("uploads") && self.method == Method::POST,
        );
        self.key.is_some() && (put || create)
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
        let (path, query) = (address.path(self.key), self.canonical_query());
        let mut headers = self.headers_to_sign(address, md5)?;
        let signed = Signed {
            method: self.method.as_str(),
            path: &path,
            query: &query,
            payload: &self.payload(),
        };
        let Identity {
            credentials,
            region,
        } = identity;
        let signature = credentials.signature(region, "s3", time);
        signature.add_to(&mut headers, &signed)?;
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
            .map_err(|error| error.to_string())?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn headers_to_sign(&self, address: &Address, md5: bool) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        put(&mut headers, HOST.as_str(), &address.host)?;
        put(&mut headers, "x-amz-content-sha256", &self.payload())?;
        if md5 && !self.body.is_empty() {
            let digest = BASE64_STANDARD.encode(*md5::compute(self.body));
            put(&mut headers, "content-md5", &digest)?;
        }
        for (name, value) in &self.headers {
            put(&mut headers, name, value)?;
        }
        Ok(headers)
    }

    fn canonical_query(&self) -> String {
        let encode = |text: &str| uri_encode(text, true);
        let pairs = self.query.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}
