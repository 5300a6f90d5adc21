//! What the user can do about a refusal, as a line of its own. What fits into a word or two stands behind the server's own
//! words ([`super::failure`]).

use super::failure::{Failure, Stage};
use super::{Client, Quirk};
use crate::net::Mishap;

impl Client {
    /// What the user can do about it.
    pub(super) fn hint(&self, failure: &Failure) -> Option<String> {
        if failure.code == "EntityTooLarge" {
            return Some(
                "raise the limit for request bodies of the server, or of the proxy before it (nginx: \
                 client_max_body_size): parts have 5 MiB or more; pput's --chunk-size sets their size"
                    .to_owned(),
            );
        }
        if failure.code == "NoSuchUpload" {
            return Some(
                "somebody has aborted the upload: s3_mp_cleanup, another program, or a lifecycle rule of the bucket \
                 that gives uploads less time than this one takes; the next run begins anew"
                    .to_owned(),
            );
        }
        let (endpoint, bucket) = (&self.settings.endpoint, &self.settings.bucket);
        // Servers that speak TLS hang up on who does not, or answer 400 in words of their own.
        let hangs_up = failure.stage == Stage::Lost(Mishap::Broken) && !self.has(Quirk::Answered);
        let foreign = failure.stage == Stage::Answered(400) && failure.code.is_empty();
        if endpoint.is_plain_http() && (hangs_up || foreign) {
            return Some("S3_ENDPOINT says http://: is it https:// there?".to_owned());
        }
        let meant = endpoint.meant_by(failure.elsewhere.as_deref()?, bucket)?;
        Some(format!(
            "if that is the right server: set S3_ENDPOINT={meant}"
        ))
    }
}
