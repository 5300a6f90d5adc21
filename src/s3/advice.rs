//! What the user can do about a refusal, as a line of its own. What fits into a word or two stands behind the server's own
//! words ([`super::failure`]).

use url::{Position, Url};

use super::Client;
use super::failure::Failure;

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
        let meant = self.endpoint_meant(failure.elsewhere.as_deref()?)?;
        Some(format!(
            "if that is the right server: set S3_ENDPOINT={meant}"
        ))
    }

    /// The endpoint that a redirect names: a URL, or a host. `None` if it is our own, or can be none.
    fn endpoint_meant(&self, named: &str) -> Option<String> {
        let own = self.origin();
        let (scheme, _) = own.split_once("://")?;
        let url = match named.contains("://") {
            true => Url::parse(named).ok()?,
            false if named.starts_with('/') => return None,
            false => Url::parse(&format!("{scheme}://{named}")).ok()?,
        };
        // With the bucket's name in it, a host is not what S3_ENDPOINT wants.
        let bucket = format!("{}.", self.settings.bucket);
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let host = host.strip_prefix(&bucket).unwrap_or(host);
        let meant = format!("{}://{host}", url.scheme());
        let differs = meant != own.replacen(&bucket, "", 1);
        let usable = matches!(url.scheme(), "http" | "https") && !host.is_empty();
        (differs && usable).then_some(meant)
    }
}
