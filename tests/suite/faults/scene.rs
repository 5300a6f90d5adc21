//! One key, what it held before a fault, and what has to be true of it afterwards.

use crate::support::ended::Ended;
use crate::support::{Act, Proxy, Run, Server, Z3, noise};
use std::time::Duration;

/// What a fault finds under the key: nothing, or an object that it must not harm.
pub const BEFORE: [Option<&[u8]>; 2] = [None, Some(b"the former object")];

/// Three parts of 5 MiB, the last one not full.
const INPUT_BYTES: usize = 11 << 20;

/// A key that z3 writes through a proxy.
pub struct Scene {
    pub z3: Z3,
    pub proxy: Proxy,
    pub key: String,
    /// What the key holds when all went well and nothing was compressed.
    pub whole: Vec<u8>,
}

impl Scene {
    /// `pput` of an input of three parts.
    pub fn of_input(test: &str) -> Self {
        let (z3, proxy) = corner(test);
        let (key, whole) = (z3.key("object"), noise(INPUT_BYTES, 7));
        Self {
            z3,
            proxy,
            key,
            whole,
        }
    }

    /// `z3 backup` of the snapshot `1`, whose stream has three parts.
    pub fn of_snapshot(test: &str) -> Self {
        let (z3, proxy) = corner(test);
        z3.dataset.create().write("noise", &noise(INPUT_BYTES, 8));
        z3.dataset.snapshot("1");
        let (key, whole) = (z3.snapshot_key("1"), z3.dataset.send(None, "1"));
        Self {
            z3,
            proxy,
            key,
            whole,
        }
    }

    pub fn backup(&self) -> Run {
        hasty(self.z3.z3(["backup", "--full", "--no-resume"])).env("COMPRESSOR", "none")
    }

    pub fn pput(&self) -> Run {
        let arguments = ["--chunk-size", "5M", &self.key];
        hasty(self.z3.program("pput", arguments)).stdin(self.whole.clone())
    }

    /// Brings the key, and the network, into the state before the fault.
    pub fn prepare(&self, before: Option<&[u8]>) {
        self.proxy.heal();
        match before {
            Some(bytes) => {
                self.z3
                    .bucket
                    .put(&self.key, bytes, &[("isfull", "true"), ("size", "1")])
            }
            None => self.z3.bucket.delete(&self.key),
        }
    }

    /// The program failed, says why, announces nothing, leaves nobody running; the key is as it was.
    pub fn expect_failed(&self, ended: Ended, cause: &str, before: Option<&[u8]>) {
        let ended = ended.expect_status(1).expect_no_children();
        expect_said(&ended, cause);
        assert_eq!(ended.text(), "", "announced, and then: {}", ended.stderr);
        self.expect_untouched(before);
    }

    /// The key holds what it held, and no part of anything else is stored.
    pub fn expect_untouched(&self, before: Option<&[u8]>) {
        let held = self.held();
        assert!(
            held.as_deref() == before,
            "{:?} bytes stored",
            held.map(|bytes| bytes.len())
        );
        self.z3.expect_no_uploads();
    }

    /// The program succeeded and said so; the key holds the whole object and nothing else is left.
    pub fn expect_done(&self, ended: Ended) -> Ended {
        let ended = ended.expect_ok().expect_no_children();
        assert!(ended.text().contains("uccess"), "{}", ended.text());
        self.expect_whole();
        ended
    }

    pub fn expect_whole(&self) {
        let held = self.held();
        assert!(
            held.as_ref() == Some(&self.whole),
            "{:?} of {} bytes stored",
            held.map(|bytes| bytes.len()),
            self.whole.len()
        );
        self.z3.expect_no_uploads();
    }

    /// What the key holds.
    pub fn held(&self) -> Option<Vec<u8>> {
        self.z3
            .bucket
            .head(&self.key)
            .map(|_| self.z3.bucket.get(&self.key))
    }

    /// Aborts what is expected to be there: one unfinished upload of the key.
    pub fn remove_upload(&self) {
        let uploads = self.z3.bucket.uploads(&self.z3.prefix);
        let [(key, id)] = &uploads[..] else {
            panic!("not one unfinished upload: {uploads:?}");
        };
        let answer = self
            .z3
            .bucket
            .ask("DELETE", key, &[("uploadId", id)], &[], b"");
        answer.expect(204);
    }
}

fn corner(test: &str) -> (Z3, Proxy) {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    (Z3::new(test).through(&proxy), proxy)
}

/// The shortest patience that there is: two workers, and one retry.
pub fn hasty(run: Run) -> Run {
    run.env("CONCURRENCY", "2")
        .env("MAX_RETRIES", "1")
        .env("RETRY_FOR", "0")
        .patience(Duration::from_secs(30))
}

/// A second for a server that falls silent, ten for one that is only slow.
pub fn waiting_for(act: &Act, run: Run) -> Run {
    match act {
        Act::Silence | Act::Deafness | Act::StallBody(_) => run.env("S3_TIMEOUT", "1"),
        _ => run.env("S3_TIMEOUT", "10"),
    }
}

pub fn expect_said(ended: &Ended, words: &str) {
    assert!(
        ended.stderr.contains(words),
        "not '{words}': {}",
        ended.stderr
    );
}
