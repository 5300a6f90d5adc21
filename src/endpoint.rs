//! Which server is meant.
//!
//! Responsible for telling AWS from other servers by the host's name, and for the region that the name holds. Not
//! responsible for asking any server.

use url::{Host, Url};

use super::settings::Endpoint;

/// The region to sign for where nothing names one; other servers than AWS take it for granted.
const CUSTOM_REGION: &str = "us-east-1";

/// What the keys say about the server.
pub struct Wish<'a> {
    /// `S3_ENDPOINT` and its other names.
    pub url: Option<Url>,
    /// `S3_REGION` and its other names.
    pub region: Option<String>,
    /// `S3_PATH_STYLE`.
    pub path_style: Option<bool>,
    /// `BUCKET`.
    pub bucket: &'a str,
}

impl Wish<'_> {
    /// Whether AWS is meant, which has a default storage class and ACL.
    pub fn is_aws(&self) -> bool {
        self.url.as_ref().is_none_or(|url| aws_host(url).is_some())
    }

    /// What is wrong with the path behind the host: AWS has none, and the bucket is added to it.
    pub fn path_problem(&self) -> Option<&'static str> {
        let path = self.url.as_ref()?.path().trim_end_matches('/');
        let last = path.rsplit('/').next().filter(|last| !last.is_empty())?;
        match (self.is_aws(), last == self.bucket) {
            (_, true) => Some("expected the URL without the bucket, which is added to it"),
            (true, false) => Some("expected a host of AWS without a path"),
            (false, false) => None,
        }
    }

    /// Whether the bucket shall stand in the host's name where there is an address instead.
    pub fn wants_name_before_address(&self) -> bool {
        let host = self.url.as_ref().and_then(Url::host);
        matches!(host, Some(Host::Ipv4(_) | Host::Ipv6(_))) && self.path_style == Some(false)
    }

    /// The server. A host of AWS that is more than `s3.REGION` (FIPS, dual stack, private link) is kept as it is; a region
    /// in its name beats every other, as no signature for another one can be right there.
    pub fn endpoint(self) -> Endpoint {
        let Some(url) = &self.url else {
            return self.aws(self.region.clone(), AWS_DOMAINS[0]);
        };
        let named = aws_host(url);
        if let (Some((host, domain)), None) = (named, url.port()) {
            let own = format!("{}.", self.bucket);
            let service = host.strip_prefix(&own).unwrap_or(host);
            let region = service
                .strip_prefix("s3")
                .and_then(|rest| rest.strip_prefix(['.', '-']))
                .filter(|region| is_region(region));
            if service == "s3" || region.is_some() {
                let region = region.map(str::to_owned).or_else(|| self.region.clone());
                return self.aws(region, domain);
            }
        }
        let in_host = named.and_then(|(host, _)| region_in(host));
        Endpoint::Custom {
            url: url.origin().ascii_serialization() + url.path().trim_end_matches('/'),
            region: in_host
                .or(self.region)
                .unwrap_or_else(|| CUSTOM_REGION.to_owned()),
            path_style: self.path_style.unwrap_or(true),
        }
    }

    /// AWS itself. A bucket whose name is no host label has to stand in the path: the certificate covers one label.
    fn aws(&self, region: Option<String>, domain: &str) -> Endpoint {
        let label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        Endpoint::Aws {
            region,
            path_style: self
                .path_style
                .unwrap_or_else(|| !self.bucket.bytes().all(label)),
            domain: domain.to_owned(),
        }
    }
}

const AWS_DOMAINS: [&str; 2] = ["amazonaws.com", "amazonaws.com.cn"];

/// One name for all spellings of a server that are known to be the same: this machine has three, AWS one in each of its
/// partitions. An alias or another address of the same server is another name, as nothing is asked.
pub fn same_server(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return url.to_owned();
    };
    if let (Some((_, domain)), None) = (aws_host(&url), url.port()) {
        return domain.to_owned();
    }
    if matches!(url.host_str(), Some("localhost" | "[::1]")) {
        let _ = url.set_host(Some("127.0.0.1"));
    }
    url.origin().ascii_serialization() + url.path().trim_end_matches('/')
}

/// The host before `.amazonaws.com`, and the domain.
fn aws_host(url: &Url) -> Option<(&str, &'static str)> {
    let host = url.host_str()?;
    AWS_DOMAINS.iter().find_map(|domain| {
        let host = host.strip_suffix(domain)?.strip_suffix('.')?;
        Some((host, *domain))
    })
}

/// The region in a host like `s3.dualstack.eu-west-1` or `s3-fips.us-gov-west-1`.
fn region_in(host: &str) -> Option<String> {
    let mut labels = host.split('.').rev();
    labels.find(|label| is_region(label)).map(str::to_owned)
}

/// `eu-central-1`, `us-gov-west-1`: at least two words and a number.
fn is_region(label: &str) -> bool {
    let Some((words, number)) = label.rsplit_once('-') else {
        return false;
    };
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
