//! What `tests/env/with` has started, as the suite finds it in its environment.
//!
//! What the servers cannot show, so that no test believes it from them:
//! * Ceph's gateway (16.2) ignores checksums of parts (`x-amz-checksum-*`) and conditions on Complete and Delete, answers the first
//!   Complete with an empty ETag and Complete of an unknown upload with 500, takes parts in any order, wants every uploaded part to
//!   be listed, calls every unfinished upload STANDARD, hands out GLACIER objects without a restore, and drops tags given at create.
//! * SeaweedFS (4.48) does not compare the body with `x-amz-content-sha256`, folds `a//b` to `a/b` and `\` to `/`, loses a key `dir`
//!   beside `dir/x`, refuses keys of 1,024 bytes, lists uploads unsorted, and hands out GLACIER objects, too.
//! * What the others do oddly (`make test-servers`) stands in doc/endpoints.md, as it was seen.
//! * Neither has regions, roles, quotas, throttling, uploads of last week, or a network that breaks: those come from the proxy.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use ureq::Agent;

use super::requests;

/// A server to test against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Ceph's RADOS gateway: strict signatures and payload digests, listings, storage classes.
    Rgw,
    /// SeaweedFS: checksums of parts, conditions on Complete.
    SeaweedFs,
    /// moto: archive classes, conditions on DELETE. Only `make test-moto` and `make test-servers` have it, and the latter
    /// alone has what follows.
    Moto,
    /// Swift's s3api: refuses what it does not know.
    Swift,
    /// Garage: drops what it does not know.
    Garage,
    /// ministack, which tells no key from another.
    Ministack,
    /// The example server of the s3s library.
    S3sFs,
    /// The user's own bucket: `make test-s3`.
    Own,
}

/// Where a server is, and who we are there.
pub struct Access {
    /// `http://127.0.0.1:PORT`.
    pub endpoint: String,
    pub key_id: String,
    pub secret: String,
    pub bucket: String,
    pub region: String,
    /// The observer's way there.
    pub agent: Agent,
    /// What else z3 is told there.
    pub settings: Vec<(&'static str, OsString)>,
}

/// What of the user's environment is for z3, too, where the bucket is the user's.
const PASSED: [&str; 16] = [
    "S3_PATH_STYLE",
    "AWS_CA_BUNDLE",
    "S3_STORAGE_CLASS",
    "S3_ACL",
    "S3_SSE",
    "S3_SSE_KMS_KEY_ID",
    "S3_HEADERS",
    "MAX_PARTS",
    "PART_GROWTH",
    "LIMIT_RATE",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "no_proxy",
];

impl Server {
    pub fn endpoint(self) -> &'static str {
        &self.access().endpoint
    }

    pub fn access(self) -> &'static Access {
        static KNOWN: [OnceLock<Access>; 8] = [const { OnceLock::new() }; 8];
        KNOWN[self as usize].get_or_init(|| match self {
            Self::Rgw => Access::of("RGW"),
            Self::SeaweedFs => Access::of("SEAWEEDFS"),
            Self::Moto => Access::of("MOTO"),
            Self::Swift => Access::of("SWIFT"),
            Self::Garage => Access::of("GARAGE"),
            Self::Ministack => Access::of("MINISTACK"),
            Self::S3sFs => Access::of("S3S_FS"),
            Self::Own => Access::own(),
        })
    }
}

impl Access {
    /// By the variables of `tests/env/with`.
    fn of(name: &str) -> Self {
        let one = |what: &str| {
            let own = env::var(format!("Z3T_{name}_{what}"));
            own.unwrap_or_else(|_| variable(&format!("Z3T_{what}")))
        };
        Self {
            endpoint: variable(&format!("Z3T_{name}")),
            key_id: one("KEY_ID"),
            secret: one("SECRET"),
            bucket: one("BUCKET"),
            region: one("REGION"),
            agent: requests::agent(None),
            settings: Vec::new(),
        }
    }

    /// By z3's own variables; which of them have to be set `tests/env/own` has looked at.
    fn own() -> Self {
        let region = env::var("S3_REGION").unwrap_or_else(|_| "us-east-1".to_owned());
        let aws = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = env::var("S3_ENDPOINT").unwrap_or_else(|_| aws());
        // No configuration file, and no class that is paid for by the month, but for the user's own word.
        let mut settings = vec![
            ("Z3_CONFIG", "/dev/null".into()),
            ("S3_STORAGE_CLASS", "".into()),
        ];
        settings.extend(
            PASSED
                .iter()
                .filter_map(|name| Some((*name, env::var_os(name)?))),
        );
        let url = match endpoint.contains("://") {
            true => endpoint,
            false => format!("https://{endpoint}"),
        };
        Self {
            endpoint: url.trim_end_matches('/').to_owned(),
            key_id: variable("S3_KEY_ID"),
            secret: variable("S3_SECRET"),
            bucket: variable("BUCKET"),
            region,
            agent: requests::agent(env::var_os("AWS_CA_BUNDLE").as_deref().map(Path::new)),
            settings,
        }
    }
}

/// The variables that `tests/env/with` describes.
pub struct Env {
    /// Ceph's gateway by https, with a certificate of [`Env::ca`] for 127.0.0.1 alone.
    pub rgw_tls: String,
    pub key_id: String,
    pub secret: String,
    pub bucket: String,
    pub region: String,
    /// The pool for datasets of the tests.
    pub pool: String,
    /// The pool that frozen objects name.
    pub peer: String,
    /// Where the pools are mounted, below their names.
    pub dir: PathBuf,
}

/// Read once; without it there is nothing to test.
pub static ENV: LazyLock<Env> = LazyLock::new(|| Env {
    rgw_tls: variable("Z3T_RGW_TLS"),
    key_id: variable("Z3T_KEY_ID"),
    secret: variable("Z3T_SECRET"),
    bucket: variable("Z3T_BUCKET"),
    region: variable("Z3T_REGION"),
    pool: variable("Z3T_POOL"),
    peer: variable("Z3T_PEER"),
    dir: variable("Z3T_DIR").into(),
});

impl Env {
    /// The authority behind [`Env::rgw_tls`].
    pub fn ca(&self) -> PathBuf {
        self.dir.join("rgw/ca.pem")
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `make test`, or `tests/env/with cargo test`")
    })
}
