//! What the user can do about a refusal, as a line of its own. What fits into a word or two stands behind the server's own
//! words ([`super::failure`]).

use super::failure::{Failure, Stage};
use super::request::Call;
use super::{Client, Quirk};
use crate::config::SSE;
use crate::net::Mishap;

impl Client {
    /// What the user can do about it.
    pub(super) fn hint(&self, call: &Call<'_>, failure: &Failure) -> Option<String> {
        let words = match failure.code.as_str() {
            "AccessDenied" if call.begins_object() && self.settings.put_header(SSE).is_none() => {
                "if the bucket's policy wants all that is stored to be encrypted by the server: set S3_SSE=AES256, or aws:kms"
            }
            "EntityTooLarge" => {
                "raise the limit for request bodies of the server, or of the proxy before it (nginx: \
                 client_max_body_size): parts have 5 MiB or more; pput's --chunk-size sets their size"
            }
            "NoSuchUpload" => {
                "somebody has aborted the upload: s3_mp_cleanup, another program, or a lifecycle rule of the bucket \
                 that gives uploads less time than this one takes; the next run begins anew"
            }
            _ if self.may_want_tls(failure) => "S3_ENDPOINT says http://: is it https:// there?",
            _ => return self.elsewhere(failure),
        };
        Some(words.to_owned())
    }

    /// Servers that speak TLS hang up on who does not, or answer 400 in words of their own.
    fn may_want_tls(&self, failure: &Failure) -> bool {
        let hangs_up = failure.stage == Stage::Lost(Mishap::Broken) && !self.has(Quirk::Answered);
        let foreign = failure.stage == Stage::Answered(400) && failure.code.is_empty();
        self.settings.endpoint.is_plain_http() && (hangs_up || foreign)
    }

    /// The server that was named instead, if one was.
    fn elsewhere(&self, failure: &Failure) -> Option<String> {
        let (endpoint, bucket) = (&self.settings.endpoint, &self.settings.bucket);
        let meant = endpoint.meant_by(failure.elsewhere.as_deref()?, bucket)?;
        Some(format!(
            "if that is the right server: set S3_ENDPOINT={meant}"
        ))
    }
}
