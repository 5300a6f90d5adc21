//! One snapshot of many small parts, sent through a proxy.

use std::time::Duration;

use crate::support::ended::Ended;
use crate::support::zfs::zfs;
use crate::support::{Gpg, Proxy, Run, Server, Z3, noise};

/// `MIN_PART_SIZE`; the estimate asks for no more.
pub const PART_BYTES: usize = 64 << 10;

/// `CONCURRENCY`.
pub const WORKERS: usize = 4;

pub struct Scene {
    pub z3: Z3,
    pub proxy: Proxy,
    pub key: String,
    compressor: &'static str,
    part_bytes: usize,
    /// What `zfs send` says.
    whole: Vec<u8>,
    _gpg: Option<Gpg>,
}

impl Scene {
    pub fn new(test: &str, compressor: &'static str) -> Self {
        Self::with(Server::Rgw, test, compressor, PART_BYTES, 8 << 20)
    }

    /// Three parts, as small as this server takes them.
    pub fn on_seaweedfs(test: &str) -> Self {
        Self::with(Server::SeaweedFs, test, "none", 5 << 20, 11 << 20)
    }

    fn with(
        server: Server,
        test: &str,
        compressor: &'static str,
        part_bytes: usize,
        data_bytes: usize,
    ) -> Self {
        let proxy = Proxy::to(server.endpoint());
        let z3 = Z3::on(server, test).through(&proxy);
        z3.dataset.create().write("noise", &noise(data_bytes, 5));
        z3.dataset.snapshot("1");
        Self {
            key: z3.snapshot_key("1"),
            whole: z3.dataset.send(None, "1"),
            _gpg: (compressor == "gpg").then(|| Gpg::new(&z3, "z3_backup")),
            z3,
            proxy,
            compressor,
            part_bytes,
        }
    }

    pub fn backup(&self) -> Run {
        self.z3
            .z3(["-v", "backup"])
            .env("COMPRESSOR", self.compressor)
            .env("CONCURRENCY", WORKERS.to_string())
            .env("MIN_PART_SIZE", self.part_bytes.to_string())
            .env("MAX_RETRIES", "1")
            .env("RETRY_FOR", "0")
            .patience(Duration::from_secs(60))
    }

    /// How many parts the bare stream has; noise does not become less by compression.
    pub fn whole_parts(&self) -> usize {
        self.whole.len().div_ceil(self.part_bytes)
    }

    /// How many parts have arrived at the server's door.
    pub fn sent(&self) -> usize {
        self.proxy.count("PUT", "partNumber=")
    }

    /// An outage after so many parts.
    pub fn cut_off(&self, parts: usize) {
        use crate::support::{Act, When};
        self.proxy
            .rule("PUT", "partNumber=", When::After(parts), Act::Refuse);
        self.backup().run().expect_status(1);
        self.proxy.heal();
        self.expect_left(1);
    }

    /// The one unfinished upload.
    pub fn upload(&self) -> (String, String) {
        let uploads = self.z3.bucket.uploads(&self.z3.prefix);
        let [upload] = &uploads[..] else {
            panic!("not one unfinished upload: {uploads:?}");
        };
        upload.clone()
    }

    /// So many unfinished uploads and notes of them are there, and no object. The snapshot is held as long as one is.
    pub fn expect_left(&self, uploads: usize) {
        if uploads > 0 {
            assert!(self.z3.bucket.head(&self.key).is_none());
        }
        assert_eq!(self.z3.bucket.uploads(&self.z3.prefix).len(), uploads);
        assert_eq!(self.z3.notes().len(), uploads);
        let snapshot = format!("{}@1", self.z3.dataset.name);
        let holds = zfs(&["get", "-H", "-p", "-o", "value", "userrefs", &snapshot]);
        assert_eq!(holds, uploads.min(1).to_string());
    }

    /// The next run spares at least so many parts.
    pub fn go_on(&self, spared: usize) {
        self.proxy.heal();
        let before = self.sent();
        let ended = self.backup().run();
        let again = self.sent() - before;
        let most = self.whole_parts() + 1 - spared;
        assert!(again <= most, "{again} parts sent, {spared} were there");
        self.expect_stored(ended);
    }

    /// It is done: the object unpacks to the stream, and nothing else is left. What was said on stderr.
    pub fn expect_stored(&self, ended: Ended) -> String {
        let ended = ended.expect_ok().expect_no_children();
        let stored = self.z3.bucket.get(&self.key);
        let stream = match self.compressor {
            "none" => stored,
            "zstd" => self.z3.piped("zstd -d", stored),
            _ => self.z3.piped("gzip -d", stored),
        };
        assert!(stream == self.whole, "{} bytes", stream.len());
        self.expect_left(0);
        ended.stderr
    }

    /// The key is empty again, and no upload is left.
    pub fn forget(&self) {
        self.proxy.heal();
        self.z3.bucket.delete(&self.key);
        for (key, id) in self.z3.bucket.uploads(&self.z3.prefix) {
            let answer = self
                .z3
                .bucket
                .ask("DELETE", &key, &[("uploadId", &id)], &[], b"");
            answer.expect(204);
        }
    }
}
