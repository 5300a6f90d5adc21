//! One test's own corner of the world: a directory, a prefix in the bucket, a dataset, and the settings that name them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::env::{Access, ENV, Server};
use super::proxy::Proxy;
use super::run::Run;
use super::s3::Bucket;
use super::zfs::Dataset;

/// The corner of one test; its dataset is destroyed with it.
pub struct Z3 {
    /// `FILESYSTEM`; not yet created.
    pub dataset: Dataset,
    /// `S3_PREFIX`, with its slash.
    pub prefix: String,
    /// The bucket as the server itself shows it.
    pub bucket: Bucket,
    access: &'static Access,
    endpoint: String,
    /// Whether there is a pool for the dataset.
    pool: bool,
    files: tempfile::TempDir,
}

impl Z3 {
    /// Against Ceph's gateway.
    pub fn new(test: &str) -> Self {
        Self::on(Server::Rgw, test)
    }

    /// Against another server.
    pub fn on(server: Server, test: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let unique = format!(
            "{test}-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::SeqCst)
        );
        let files = tempfile::tempdir().unwrap();
        for folder in ["bin", "home", "tmp"] {
            fs::create_dir(files.path().join(folder)).unwrap();
        }
        let pool = server != Server::Own;
        let above = if pool { &ENV.pool } else { "tank" };
        Self {
            dataset: Dataset::named(format!("{above}/{unique}")),
            prefix: format!("{unique}/"),
            bucket: Bucket::of(server),
            access: server.access(),
            endpoint: server.endpoint().to_owned(),
            pool,
            files,
        }
    }

    /// The same corner, reached through a proxy.
    pub fn through(mut self, proxy: &Proxy) -> Self {
        self.endpoint = proxy.endpoint();
        self
    }

    /// A file in the test's directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The test's directory, with `home` and `tmp` in it.
    pub fn dir(&self) -> &Path {
        self.files.path()
    }

    /// One of the five programs with these arguments, and the settings of this corner.
    pub fn program<S: Into<std::ffi::OsString>>(
        &self,
        name: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run {
        // Like cron's, with the test's own programs before it: no sbin, which our programs add themselves.
        let path = format!("{}:/usr/bin:/bin", self.dir().join("bin").display());
        let settings = self.access.settings.iter();
        settings
            .fold(Run::program(name), |run, (name, value)| {
                run.env(name, value)
            })
            .env("PATH", path)
            .env("HOME", self.dir().join("home"))
            .env("TMPDIR", self.dir().join("tmp"))
            .env("BUCKET", &self.bucket.name)
            .env("S3_KEY_ID", &self.access.key_id)
            .env("S3_SECRET", &self.access.secret)
            .env("S3_ENDPOINT", &self.endpoint)
            .env("S3_REGION", &self.access.region)
            .env("S3_PREFIX", &self.prefix)
            .env("FILESYSTEM", &self.dataset.name)
            .env("SNAPSHOT_PREFIX", "")
            .args(arguments)
    }

    /// `z3` with these arguments.
    pub fn z3<S: Into<std::ffi::OsString>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.program("z3", arguments)
    }

    /// The key of a name below this corner's prefix.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The key of a snapshot of this corner's dataset.
    pub fn snapshot_key(&self, snapshot: &str) -> String {
        self.key(&format!("{}@{snapshot}", self.dataset.name))
    }

    /// Keys below this corner's prefix, without it, and without z3's own small objects.
    pub fn keys(&self) -> Vec<String> {
        let all = self.all_keys().into_iter();
        all.filter(|key| !key.starts_with(".z3/")).collect()
    }

    /// The notes of unfinished uploads.
    pub fn notes(&self) -> Vec<String> {
        let all = self.all_keys().into_iter();
        all.filter(|key| key.starts_with(".z3/uploads/")).collect()
    }

    fn all_keys(&self) -> Vec<String> {
        let keys = self.bucket.keys(&self.prefix);
        keys.iter()
            .map(|key| key[self.prefix.len()..].to_owned())
            .collect()
    }

    /// Fails if an upload below this corner's prefix is unfinished.
    pub fn expect_no_uploads(&self) {
        assert_eq!(self.bucket.uploads(&self.prefix), []);
    }
}

impl Drop for Z3 {
    fn drop(&mut self) {
        if self.pool && !std::thread::panicking() {
            self.dataset.destroy();
        }
    }
}
