//! Which server is meant, and where the bucket is there.
//!
//! Responsible for all that is known of hosts' names: which are AWS's, the region in them, the address of a bucket. Not
//! responsible for asking any server.

mod address;

pub use address::Address;
use url::{Host, Url};

/// The region to sign for where nothing names one; other servers than AWS take it for granted.
const CUSTOM_REGION: &str = "us-east-1";

/// A region becomes part of a host's name.
const REGION_LETTERS: usize = 63;

/// Where the bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// AWS itself; without a region it is learned from the first answer (`x-amz-bucket-region`).
    Aws {
        /// `eu-central-1`, if known.
        region: Option<String>,
        /// Path-style addresses instead of `BUCKET.s3.REGION.amazonaws.com`.
        path_style: bool,
        /// The domain: `amazonaws.com` or `amazonaws.com.cn`.
        domain: &'static str,
    },
    /// Any other S3 server.
    Custom {
        /// Scheme, host and port, and a path: `http://127.0.0.1:9000`, `https://h/storage/v1/s3`.
        url: Url,
        /// The region to sign for; `us-east-1` unless set.
        region: String,
        /// Path-style addresses (the default here).
        path_style: bool,
    },
}

impl Endpoint {
    /// The region to sign for, until an answer names another.
    pub fn region(&self) -> &str {
        match self {
            // us-east-1 answers for every bucket, if only with the name of the right region.
            Self::Aws { region, .. } => region.as_deref().unwrap_or("us-east-1"),
            Self::Custom { region, .. } => region,
        }
    }

    /// The server's URL as people write it; nothing for AWS.
    pub fn url_text(&self) -> Option<String> {
        match self {
            Self::Aws { .. } => None,
            Self::Custom { url, .. } => Some(written(url)),
        }
    }

    /// Whether anybody on the way can read and change what is sent.
    pub fn is_plain_http(&self) -> bool {
        matches!(self, Self::Custom { url, .. } if url.scheme() == "http")
    }

    /// One name for all spellings of a server that are known to be the same: this machine has three, AWS one in each of its
    /// partitions. An alias or another address of the same server is another name, as nothing is asked.
    pub fn server(&self) -> String {
        let url = match self {
            Self::Aws { domain, .. } => return (*domain).to_owned(),
            Self::Custom { url, .. } => url,
        };
        if let (Some((_, domain)), None) = (aws_host(url), url.port()) {
            return domain.to_owned();
        }
        let mut url = url.clone();
        if matches!(url.host_str(), Some("localhost" | "[::1]")) {
            let _ = url.set_host(Some("127.0.0.1"));
        }
        written(&url)
    }
}

/// Whether a word can be a region's name: one from an answer is taken only then.
pub fn may_be_region(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= REGION_LETTERS
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A host, `HOST:PORT` or a URL, which may have a path of plain letters. The value is not repeated: a URL may hold a password.
pub fn parse(text: &str) -> Result<Url, String> {
    let problem = || "expected a host, HOST:PORT or an http(s) URL".to_owned();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    // Names in other letters would need their tables; a host in percent signs is such a name, too.
    if !text.is_ascii() || text.contains('%') {
        return Err(problem());
    }
    let url = match text.contains("://") {
        true => Url::parse(text),
        false => Url::parse(&format!("https://{text}")),
    };
    let url = url.map_err(|_| problem())?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path().bytes().all(plain)
        && !url.path().contains("//")
        && url.query().is_none()
        && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if bare && url.host().is_some() => Ok(url),
        _ => Err(problem()),
    }
}

/// What the keys say about the server.
pub struct EndpointKeys<'a> {
    /// `S3_ENDPOINT` and its other names.
    pub url: Option<Url>,
    /// `S3_REGION` and its other names.
    pub region: Option<String>,
    /// `S3_PATH_STYLE`.
    pub path_style: Option<bool>,
    /// `BUCKET`.
    pub bucket: &'a str,
}

impl EndpointKeys<'_> {
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
        let mut bare = url.clone();
        bare.set_path(url.path().trim_end_matches('/'));
        Endpoint::Custom {
            url: bare,
            region: in_host
                .or(self.region)
                .unwrap_or_else(|| CUSTOM_REGION.to_owned()),
            path_style: self.path_style.unwrap_or(true),
        }
    }

    /// AWS itself. A bucket whose name is no host label has to stand in the path: the certificate covers one label.
    fn aws(&self, region: Option<String>, domain: &'static str) -> Endpoint {
        let label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_label = self.bucket.bytes().all(label);
        Endpoint::Aws {
            region,
            path_style: self.path_style.unwrap_or(!is_label) || self.bucket.contains('.'),
            domain,
        }
    }
}

const AWS_DOMAINS: [&str; 2] = ["amazonaws.com", "amazonaws.com.cn"];

/// A URL without the slash at its end.
fn written(url: &Url) -> String {
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
