//! Where requests go: host and path of the bucket and its keys.

use ::s3::signing::uri_encode;
use url::{Position, Url};

use crate::config::{Endpoint, S3Settings};
use crate::error::{Error, Result};

/// The bucket's address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub scheme: String,
    /// Host and port, the latter only if it is not the scheme's own.
    pub host: String,
    /// What stands before the key, without a slash at the end.
    pub base: String,
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
        let parsed = Url::parse(&url).ok();
        let Some(parsed) = parsed.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            let problem = format!("'{url}' is no http:// or https:// address");
            return Err(Error::config("S3_ENDPOINT", "the settings", problem));
        };
        let host = &parsed[Position::BeforeHost..Position::AfterPort];
        let base = parsed.path().trim_end_matches('/');
        let bucket = uri_encode(bucket, true);
        let (host, base) = match path_style {
            true => (host.to_owned(), format!("{base}/{bucket}")),
            false => (format!("{bucket}.{host}"), base.to_owned()),
        };
        let scheme = parsed.scheme().to_owned();
        Ok(Self { scheme, host, base })
    }

    /// For the user: scheme, host and port.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    /// The encoded path of a key, or of the bucket itself.
    pub fn path(&self, key: Option<&str>) -> String {
        match key {
            Some(key) => format!("{}/{}", self.base, uri_encode(key, false)),
            None if self.base.is_empty() => "/".to_owned(),
            None => self.base.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::tests::settings;

    fn shown(bucket: &str, endpoint: Endpoint) -> String {
        let mut settings = settings("");
        settings.bucket = bucket.to_owned();
        settings.endpoint = endpoint;
        let address = Address::of(&settings, "eu-west-3").unwrap();
        format!(
            "{} {} {}",
            address.origin(),
            address.path(None),
            address.path(Some("a@b"))
        )
    }

    fn aws(path_style: bool) -> Endpoint {
        Endpoint::Aws {
            region: None,
            path_style,
            domain: "amazonaws.com".to_owned(),
        }
    }

    fn custom(url: &str, path_style: bool) -> Endpoint {
        Endpoint::Custom {
            url: url.to_owned(),
            region: "x".to_owned(),
            path_style,
        }
    }

    #[test]
    fn hosts_and_paths_of_all_styles() {
        for (bucket, endpoint, expected) in [
            (
                "bk",
                aws(false),
                "https://bk.s3.eu-west-3.amazonaws.com / /a%40b",
            ),
            (
                "bk",
                aws(true),
                "https://s3.eu-west-3.amazonaws.com /bk /bk/a%40b",
            ),
            (
                "b.k",
                aws(false),
                "https://s3.eu-west-3.amazonaws.com /b.k /b.k/a%40b",
            ),
            (
                "bk",
                custom("http://H:9000/", true),
                "http://h:9000 /bk /bk/a%40b",
            ),
            (
                "bk",
                custom("https://h:443", false),
                "https://bk.h / /a%40b",
            ),
            (
                "bk",
                custom("http://h/s3/", true),
                "http://h /s3/bk /s3/bk/a%40b",
            ),
            (
                "bk",
                custom("http://[::1]:80", true),
                "http://[::1] /bk /bk/a%40b",
            ),
        ] {
            assert_eq!(shown(bucket, endpoint), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "h:9000", "ftp://h", "http://"] {
            let mut settings = settings("");
            settings.endpoint = custom(url, true);
            let error = Address::of(&settings, "r").unwrap_err().to_string();
            assert!(error.starts_with("S3_ENDPOINT in the settings"), "{error}");
        }
    }
}
