//! What the user can do about a refusal, as a line of its own. What fits into a word or two stands behind the server's own
//! words ([`super::failure`]).

use super::Client;
use super::failure::Failure;
use super::request::Call;
use crate::config::SSE;

impl Client {
    /// What the user can do about it.
    pub(super) fn hint(&self, call: &Call<'_>, failure: &Failure) -> Option<String> {
        if failure.code == "AccessDenied" && call.begins_object() && !self.asks_for_encryption() {
            return Some(
                "if the bucket's policy wants all that is stored to be encrypted by the server: set S3_SSE=AES256, or aws:kms"
                    .to_owned(),
            );
        }
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
        let meant = endpoint.meant_by(failure.elsewhere.as_deref()?, bucket)?;
        Some(format!(
            "if that is the right server: set S3_ENDPOINT={meant}"
        ))
    }

    fn asks_for_encryption(&self) -> bool {
        self.settings.put_header(SSE).is_some()
    }
}
