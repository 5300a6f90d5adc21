//! What is known of a bucket and its server, for who looks at both before they are needed (`z3 doctor`).
//!
//! Responsible for asking what a bucket is set up to do, and for who signs. Not responsible for what that means.

use http::{HeaderMap, Method};
use time::OffsetDateTime;

use super::answer::text_of;
use super::failure::Failure;
use super::request::Call;
use super::{Client, transport};
use crate::store::StoreError;

impl Client {
    /// Looks whether anything that begins like this can be listed.
    pub fn look(&self, prefix: &str) -> Result<(), StoreError> {
        self.objects_page(prefix, 1, None).map(drop)
    }

    /// What the bucket says of its `lifecycle`, `versioning`, ..., as `read` understands it.
    pub fn about<T>(
        &self,
        what: &'static str,
        read: fn(&[u8]) -> Option<T>,
    ) -> Result<T, StoreError> {
        let call = Call::on_bucket(format!("ask for the {what} of"), &self.settings.bucket)
            .query(what, "");
        self.send(&call, |reply| {
            let body = transport::read_all(reply)?;
            read(&body).ok_or_else(|| Failure::garbled("the answer cannot be understood"))
        })
    }

    /// Headers of an object's HEAD, if they are there.
    pub fn headers_of<const N: usize>(
        &self,
        key: &str,
        names: [&str; N],
    ) -> Result<[Option<String>; N], StoreError> {
        let call = Call::on_key("look at", Method::HEAD, key);
        let take = |headers: &HeaderMap| names.map(|name| text_of(headers, name));
        self.send(&call, |reply| Ok(take(reply.headers())))
    }

    /// Removes one version of an object, or a marker; the version of a marker that this leaves, if it leaves one.
    pub fn erase(&self, key: &str, version: Option<&str>) -> Result<Option<String>, StoreError> {
        let mut call = Call::on_key("delete", Method::DELETE, key);
        if let Some(version) = version {
            call = call.query("versionId", version);
        }
        self.send(&call, |reply| {
            let marker = text_of(reply.headers(), "x-amz-version-id").filter(|_| version.is_none());
            transport::read_all(reply)?;
            Ok(marker.filter(|id| id != "null"))
        })
    }

    /// Where the keys were found that sign, their id, and when they end.
    pub fn signer(&self) -> (String, String, Option<OffsetDateTime>) {
        let signed = self.access.held().credentials;
        (signed.origin, signed.id, signed.expires)
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> String {
        self.access.held().region
    }
}
