//! AWS Signature Version 4 in the Authorization header ("Authenticating Requests: Using the Authorization Header" in the S3
//! API reference, "Signature Version 4 signing process" in the AWS General Reference).
//!
//! Responsible for what is signed and for the header that says so. What is signed is what is sent: path and query come
//! percent-encoded and go unchanged into the signature. Not responsible for whose keys they are, nor for the request itself.

use ::s3::region::Region;
use ::s3::signing::{HmacSha256, signing_key};
use hmac::Mac;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::order::sort_by_key;
use crate::secret::Secret;

/// Who signs, for which service and when.
pub struct Signature<'a> {
    /// The access key id.
    pub id: &'a str,
    /// Its secret.
    pub secret: &'a Secret,
    /// The session token of temporary keys; an empty one is none.
    pub token: Option<&'a str>,
    /// The region in the scope.
    pub region: &'a str,
    /// The service in the scope, as `s3`.
    pub service: &'static str,
    /// The time of the request, by the server's clock.
    pub time: OffsetDateTime,
}

/// What is signed beside the headers.
pub struct Signed<'a> {
    /// As `GET`.
    pub method: &'a str,
    /// The path, percent-encoded.
    pub path: &'a str,
    /// The query, percent-encoded and in the order of the names.
    pub query: &'a str,
    /// The SHA-256 of the body in hexadecimal digits, or `UNSIGNED-PAYLOAD`.
    pub payload: &'a str,
}

impl Signature<'_> {
    /// Adds the time, the token and the signature over all `headers` to them; `host` has to be there.
    pub fn add_to(&self, headers: &mut HeaderMap, signed: &Signed<'_>) -> Result<(), String> {
        let stamp = format_description!("[year][month][day]T[hour][minute][second]Z");
        let date = self.time.format(stamp).map_err(|error| error.to_string())?;
        put(headers, "x-amz-date", &date)?;
        if let Some(token) = self.token.filter(|token| !token.is_empty()) {
            put(headers, "x-amz-security-token", token)?;
        }
        let (names, lines) = canonical(headers)?;
        let Signed {
            method,
            path,
            query,
            payload,
        } = signed;
        let request = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let hash = hex::encode(Sha256::digest(request));
        let proof = self.proof(&format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}"))?;
        let id = self.id;
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope},SignedHeaders={names},Signature={proof}"
        );
        put(headers, AUTHORIZATION.as_str(), &authorization)
    }

    /// The signature of a text, in hexadecimal digits.
    fn proof(&self, text: &str) -> Result<String, String> {
        let region = Region::Custom {
            region: self.region.to_owned(),
            endpoint: String::new(),
        };
        let key = signing_key(&self.time, self.secret.reveal(), &region, self.service);
        let key = key.map_err(|error| error.to_string())?;
        let mut hmac = HmacSha256::new_from_slice(&key).map_err(|error| error.to_string())?;
        hmac.update(text.as_bytes());
        Ok(hex::encode(hmac.finalize().into_bytes()))
    }
}

/// The names of the headers, and their lines, in the order of the names. Whole lines would sort otherwise: `a-b:` stands
/// before `a:`.
fn canonical(headers: &HeaderMap) -> Result<(String, String), String> {
    let mut pairs: Vec<_> = headers.iter().collect();
    sort_by_key(&mut pairs, |(name, _)| name.as_str().to_owned());
    let (mut names, mut lines) = (Vec::new(), String::new());
    for (name, value) in pairs {
        names.push(name.as_str());
        let value = value.to_str().map_err(|error| error.to_string())?.trim();
        lines.extend([name.as_str(), ":", value, "\n"]);
    }
    Ok((names.join(";"), lines))
}

/// Sets a header. The error names what cannot be sent.
pub fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let name = HeaderName::try_from(name)
        .map_err(|_| format!("{name:?} cannot be the name of a header"))?;
    // The value may be a secret, so the error does not repeat it.
    let value = HeaderValue::try_from(value)
        .map_err(|_| format!("the value of {name} has characters that a header cannot carry"))?;
    headers.insert(name, value);
    Ok(())
}
