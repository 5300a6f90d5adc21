//! One request: where it goes, what it carries, and its signature (AWS Signature Version 4, "Authenticating Requests:
//! Using the Authorization Header" in the S3 API reference).
//!
//! What is signed is what is sent: the path and the query are percent-encoded once, here, and go unchanged into the
//! signature and onto the wire. Nothing resolves `.` and `..` in a key or collapses `//`; a server that would do so after
//! the signature was checked is not known.

use ::s3::{Region, signing};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::Mac;
use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;
use url::Url;

use super::access::Identity;
use crate::config::{Endpoint, S3Settings};
use crate::error::{Error, Result};

/// What is asked of the server; signed anew for every try.
pub(super) struct Call<'a> {
    /// For the user: what is attempted, and on what.
    pub act: String,
    pub object: &'a str,
    pub method: Method,
    /// The key, or `None` for the bucket itself.
    pub key: Option<&'a str>,
    pub query: Vec<(&'static str, String)>,
    pub headers: Vec<(String, String)>,
    pub body: &'a [u8],
    digest: [u8; 32],
    /// Not to be repeated, and given this much time without a byte.
    pub once: Option<std::time::Duration>,
}

impl<'a> Call<'a> {
    /// A request for an object.
    pub fn on_key(act: impl Into<String>, method: Method, key: &'a str) -> Self {
        Self {
            act: act.into(),
            object: key,
            method,
            key: Some(key),
            query: Vec::new(),
            headers: Vec::new(),
            body: &[],
            digest: Sha256::digest([]).into(),
            once: None,
        }
    }

    /// A request for the bucket.
    pub fn on_bucket(act: impl Into<String>, bucket: &'a str) -> Self {
        Self {
            key: None,
            ..Self::on_key(act, Method::GET, bucket)
        }
    }

    /// With a parameter of the query.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a header, which will be signed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a body, which is hashed here and never again.
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self.digest = Sha256::digest(body).into();
        self
    }

    /// The body's SHA-256 as `x-amz-checksum-sha256` carries it.
    pub fn sha256_base64(&self) -> String {
        BASE64_STANDARD.encode(self.digest)
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
            put(
                &mut headers,
                "content-md5",
                &BASE64_STANDARD.encode(*md5::compute(self.body)),
            )?;
        }
        let (path, query) = (address.path(self.key), self.canonical_query());
        let canonical = format!(
            "{}\n{path}\n{query}\n{}\n\n{}\n{}",
            self.method,
            signing::canonical_header_string(&headers).map_err(text)?,
            signing::signed_header_string(&headers),
            hex::encode(self.digest)
        );
        let authorization = authorize(&canonical, &headers, identity, time).map_err(text)?;
        put(&mut headers, AUTHORIZATION.as_str(), &authorization)?;
        if !self.body.is_empty() {
            // Not signed, as a proxy may answer it itself. It lets a server refuse before a large body is under way,
            // whose answer would else be lost in a connection that it closes.
            put(&mut headers, "expect", "100-continue")?;
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!(
                "{}://{}{path}{mark}{query}",
                address.scheme, address.host
            ))
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
        put(
            &mut headers,
            "x-amz-date",
            &time.format(stamp).map_err(text)?,
        )?;
        put(
            &mut headers,
            "x-amz-content-sha256",
            &hex::encode(self.digest),
        )?;
        let credentials = &identity.credentials;
        let token = credentials
            .session_token
            .as_ref()
            .or(credentials.security_token.as_ref());
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
        let mut pairs: Vec<_> = pairs
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        pairs.sort();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    }
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
    let secret = credentials.secret_key.as_deref().unwrap_or_default();
    let key = signing::signing_key(&time, secret, &region, "s3")?;
    let mut hmac = signing::HmacSha256::new_from_slice(&key)?;
    hmac.update(signing::string_to_sign(&time, &region, canonical)?.as_bytes());
    signing::authorization_header(
        credentials.access_key.as_deref().unwrap_or_default(),
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

/// Where requests go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    scheme: String,
    /// Host and port, the latter only if it is not the scheme's own.
    host: String,
    /// What stands before the key, without a slash at the end.
    base: String,
}

impl Address {
    /// The bucket's address in a region.
    pub fn of(settings: &S3Settings, region: &str) -> Result<Self> {
        let bucket = &settings.bucket;
        let (url, path_style) = match &settings.endpoint {
            // A wildcard certificate covers one label only, so the name of a bucket with dots goes into the path.
            Endpoint::Aws {
                path_style, domain, ..
            } => (
                format!("https://s3.{region}.{domain}"),
                *path_style || bucket.contains('.'),
            ),
            Endpoint::Custom {
                url, path_style, ..
            } => (url.clone(), *path_style),
        };
        let parsed = Url::parse(&url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some((host, parsed)) = parsed.and_then(|url| Some((url.host_str()?.to_owned(), url)))
        else {
            return Err(Error::Config {
                key: "S3_ENDPOINT".to_owned(),
                origin: "the settings".to_owned(),
                problem: format!("'{url}' is no http:// or https:// address"),
            });
        };
        let port = parsed
            .port()
            .map_or(String::new(), |port| format!(":{port}"));
        let base = parsed.path().trim_end_matches('/');
        let bucket = signing::uri_encode(bucket, true);
        Ok(Self {
            scheme: parsed.scheme().to_owned(),
            host: if path_style {
                format!("{host}{port}")
            } else {
                format!("{bucket}.{host}{port}")
            },
            base: if path_style {
                format!("{base}/{bucket}")
            } else {
                base.to_owned()
            },
        })
    }

    /// For the user: scheme, host and port.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    fn path(&self, key: Option<&str>) -> String {
        match key {
            Some(key) => format!("{}/{}", self.base, signing::uri_encode(key, false)),
            None if self.base.is_empty() => "/".to_owned(),
            None => self.base.clone(),
        }
    }
}
