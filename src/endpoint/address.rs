//! Where requests go: host and path of the bucket and its keys.

use ::s3::signing::uri_encode;
use url::{Position, Url};

use super::Endpoint;

/// The bucket's address.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port, the latter only if it is not the scheme's own.
    pub host: String,
    /// What stands before the key, without a slash at the end.
    base: String,
}

impl Endpoint {
    /// The bucket's address in a region, whose name [`super::may_be_region`].
    pub fn address(&self, bucket: &str, region: &str) -> Address {
        let (scheme, host, base, path_style) = match self {
            Self::Aws {
                path_style, domain, ..
            } => ("https", format!("s3.{region}.{domain}"), "", *path_style),
            Self::Custom {
                url, path_style, ..
            } => {
                let host = url[Position::BeforeHost..Position::AfterPort].to_owned();
                let base = url.path().trim_end_matches('/');
                (url.scheme(), host, base, *path_style)
            }
        };
        let bucket = uri_encode(bucket, true);
        let (host, base) = match path_style {
            true => (host, format!("{base}/{bucket}")),
            false => (format!("{bucket}.{host}"), base.to_owned()),
        };
        Address {
            scheme: scheme.to_owned(),
            host,
            base,
        }
    }

    /// The value of `S3_ENDPOINT` that a redirect means, which names a URL or a host; `None` if that is this one, or can be none.
    pub fn meant_by(&self, named: &str, bucket: &str) -> Option<String> {
        let own = self.address(bucket, self.region()).origin();
        let (scheme, _) = own.split_once("://")?;
        let url = match named.contains("://") {
            true => Url::parse(named).ok()?,
            false if named.starts_with('/') => return None,
            false => Url::parse(&format!("{scheme}://{named}")).ok()?,
        };
        // With the bucket's name in it, a host is not what the key wants.
        let bucket = format!("{bucket}.");
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let host = host.strip_prefix(&bucket).unwrap_or(host);
        let meant = format!("{}://{host}", url.scheme());
        let differs = meant != own.replacen(&bucket, "", 1);
        let usable = matches!(url.scheme(), "http" | "https") && !host.is_empty();
        (differs && usable).then_some(meant)
    }
}

impl Address {
    /// That of a host which is the bucket's.
    #[cfg(test)]
    pub fn bare(scheme: &str, host: &str) -> Self {
        Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            base: String::new(),
        }
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

    fn aws(path_style: bool) -> Endpoint {
        Endpoint::Aws {
            region: None,
            path_style,
            domain: "amazonaws.com",
        }
    }

    fn custom(url: &str, path_style: bool) -> Endpoint {
        Endpoint::Custom {
            url: Url::parse(url).unwrap(),
            region: "x".to_owned(),
            path_style,
        }
    }

    #[test]
    fn hosts_and_paths_of_all_styles() {
        for (endpoint, origin, paths) in [
            (aws(false), "https://bk.s3.r-1.amazonaws.com", "/ /a%40b"),
            (aws(true), "https://s3.r-1.amazonaws.com", "/bk /bk/a%40b"),
            (
                custom("http://H:9000/", true),
                "http://h:9000",
                "/bk /bk/a%40b",
            ),
            (custom("https://h:443", false), "https://bk.h", "/ /a%40b"),
            (
                custom("http://h/s3/", true),
                "http://h",
                "/s3/bk /s3/bk/a%40b",
            ),
            (
                custom("http://[::1]:80", true),
                "http://[::1]",
                "/bk /bk/a%40b",
            ),
        ] {
            let address = endpoint.address("bk", "r-1");
            assert_eq!(address.origin(), origin);
            let shown = format!("{} {}", address.path(None), address.path(Some("a@b")));
            assert_eq!(shown, paths);
        }
    }
}
