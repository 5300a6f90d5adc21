//! What `tests/env/with` has started, as the suite finds it in its environment.
//!
//! What the servers cannot show, so that no test believes it from them:
//! * Ceph's gateway (16.2) ignores checksums of parts (`x-amz-checksum-*`) and conditions on Complete and Delete, answers the first
//!   Complete with an empty ETag and Complete of an unknown upload with 500, takes parts in any order, wants every uploaded part to
//!   be listed, calls every unfinished upload STANDARD, hands out GLACIER objects without a restore, and drops tags given at create.
//! * SeaweedFS (4.48) does not compare the body with `x-amz-content-sha256`, folds `a//b` to `a/b` and `\` to `/`, loses a key `dir`
//!   beside `dir/x`, refuses keys of 1,024 bytes, lists uploads unsorted, and hands out GLACIER objects, too.
//! * Neither has regions, roles, quotas, throttling, uploads of last week, or a network that breaks: those come from the proxy.

use std::env;
use std::path::PathBuf;
use std::sync::LazyLock;

/// A server to test against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Ceph's RADOS gateway: strict signatures and payload digests, listings, storage classes.
    Rgw,
    /// SeaweedFS: checksums of parts, conditions on Complete.
    SeaweedFs,
    /// moto: archive classes, conditions on DELETE. Only `make test-moto` has it.
    Moto,
}

impl Server {
    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Rgw => &ENV.rgw,
            Self::SeaweedFs => &ENV.seaweedfs,
            Self::Moto => &MOTO,
        }
    }
}

/// The variables that `tests/env/with` describes.
pub struct Env {
    rgw: String,
    /// The same gateway by https, with a certificate of [`Env::ca`] for 127.0.0.1 alone.
    pub rgw_tls: String,
    seaweedfs: String,
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
    rgw: variable("Z3T_RGW"),
    rgw_tls: variable("Z3T_RGW_TLS"),
    seaweedfs: variable("Z3T_SEAWEEDFS"),
    key_id: variable("Z3T_KEY_ID"),
    secret: variable("Z3T_SECRET"),
    bucket: variable("Z3T_BUCKET"),
    region: variable("Z3T_REGION"),
    pool: variable("Z3T_POOL"),
    peer: variable("Z3T_PEER"),
    dir: variable("Z3T_DIR").into(),
});

static MOTO: LazyLock<String> = LazyLock::new(|| variable("Z3T_MOTO"));

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
