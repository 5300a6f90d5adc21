//! DELETE of one object, and what its answer tells.
//!
//! One request for each object, never DeleteObjects: a batch has no order and partial errors, and several servers take one
//! whose digest is wrong, so that a flipped bit would delete another key.

use http::Method;

use super::client::Client;
use super::request::Call;
use super::{answer::text_of, refuses, transport};
use crate::store::StoreError;

impl Client {
    /// Deletes the object with this ETag; a server that knows no condition goes without. Whether the bucket keeps what was
    /// there as a former version.
    pub(super) fn delete_same(&self, key: &str, etag: &str) -> Result<bool, StoreError> {
        let condition = Some(etag).filter(|etag| !etag.is_empty());
        match self.delete_one(key, condition) {
            Err(error) if condition.is_some() && refuses(&error, &["if-match", "conditional"]) => {
                self.delete_one(key, None)
            }
            answered => answered,
        }
    }

    /// Deletes what is there, or the object with this ETag; what is not there is as good as deleted.
    pub(super) fn delete_one(&self, key: &str, etag: Option<&str>) -> Result<bool, StoreError> {
        let call = Call::on_key("delete", Method::DELETE, key).header_if("if-match", etag);
        let deleted = self.send(&call, |reply| {
            let marker = text_of(reply.headers(), "x-amz-delete-marker");
            transport::read_all(reply)?;
            Ok(marker.is_some_and(|word| word.eq_ignore_ascii_case("true")))
        });
        match deleted {
            // Some servers answer 404 where S3 says 204.
            Err(error) if error.code == "NoSuchKey" => Ok(false),
            answered => answered,
        }
    }
}
