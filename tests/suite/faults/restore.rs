//! A restore that cannot be finished leaves what was there, and never half a snapshot.

use super::scene::{expect_said, hasty, waiting_for};
use crate::support::ended::Ended;
use crate::support::{Act, Bucket, Message, Proxy, Run, Server, When, Z3, noise};

/// A dataset with three snapshots, stored as a full and two increments; the dataset itself is gone.
pub struct Chain {
    pub z3: Z3,
    pub proxy: Proxy,
}

impl Chain {
    pub fn new(test: &str, compressor: &str) -> Self {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = Z3::new(test).through(&proxy);
        z3.dataset.create();
        for (number, bytes) in [(1, 11 << 20), (2, 3 << 20), (3, 1000)] {
            z3.dataset
                .write(&format!("file{number}"), &noise(bytes, number));
            z3.dataset.snapshot(&number.to_string());
        }
        let backup = z3.z3(["backup"]).env("COMPRESSOR", compressor);
        backup.run().expect_ok();
        z3.dataset.destroy();
        Self { z3, proxy }
    }

    /// Ranges of 1 MiB, two at a time.
    pub fn restore(&self) -> Run {
        hasty(self.z3.z3(["restore", "3"]))
            .env("MAX_MEMORY", "2M")
            .env("MIN_PART_SIZE", "1M")
    }

    /// The restore failed for this reason, and the pool has these snapshots and no others.
    fn expect_failed(&self, ended: Ended, cause: &str, snapshots: &[&str]) {
        let ended = ended.expect_status(1).expect_no_children();
        expect_said(&ended, cause);
        assert_eq!(ended.text(), "");
        self.expect_snapshots(snapshots);
    }

    /// These snapshots are there, and the dataset only if there is one.
    pub fn expect_snapshots(&self, snapshots: &[&str]) {
        self.z3.dataset.settle();
        assert_eq!(self.z3.dataset.snapshots(), snapshots);
    }

    /// All is well again, and so is the next restore.
    fn expect_recovery(&self) {
        self.proxy.heal();
        self.restore().run().expect_ok().expect_no_children();
        self.expect_snapshots(&["1", "2", "3"]);
    }
}

#[test]
fn a_download_that_fails_leaves_no_snapshot() {
    let chain = Chain::new("restore-download", "pigz1");
    let key = chain.z3.snapshot_key("1");
    let replace = move |_: &mut Message| {
        Bucket::of(Server::Rgw).put(&key, &noise(11 << 20, 99), &[]);
    };
    let rows = [
        (Act::CutBody(100_000), "closed the connection"),
        (Act::error(500, "InternalError"), "InternalError"),
        (Act::Silence, "fell silent"),
        (Act::edit(replace), "PreconditionFailed"),
    ];
    for (act, cause) in rows {
        chain.proxy.heal();
        let run = waiting_for(&act, chain.restore());
        chain
            .proxy
            // The first of a download is the second one: its beginning was looked at before.
            .rule("GET", "%401", When::First(1), Act::edit(|_| ()))
            .far("%401")
            .rule("GET", "%401", When::First(4), Act::edit(|_| ()))
            .rule("GET", "%401", When::Always, act);
        chain.expect_failed(run.run(), cause, &[]);
    }
}

#[test]
fn a_damaged_object_in_the_middle_of_the_chain_is_never_received() {
    // Of an END record in the streams of zfs-fuse, where it is the only one; of the damaged one in OpenZFS's.
    let (sum, early) = ("record does not match", "gzip data ends early");
    // The checksum of the gzip member may be the first to be reached.
    let either = "does not ";
    let rows = [
        ("pigz1", [either, early, early]),
        ("none", [sum, "the stream ends", "the stream ends"]),
    ];
    for (compressor, causes) in rows {
        let chain = Chain::new("restore-damage", compressor);
        let (bucket, key) = (&chain.z3.bucket, chain.z3.snapshot_key("2"));
        let (mut bytes, head) = (bucket.get(&key), bucket.head(&key).unwrap());
        let metadata: Vec<(&str, &str)> = head
            .metadata
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let whole = bytes.clone();
        bytes[1_500_000] ^= 1;
        let damage = [
            bytes,
            whole[..whole.len() - 1].to_vec(),
            whole[..1_500_000].to_vec(),
        ];
        for (bytes, cause) in damage.iter().zip(causes) {
            bucket.put(&key, bytes, &metadata);
            let ended = chain.restore().run();
            expect_said(&ended, &key);
            chain.expect_failed(ended, cause, &["1"]);
        }
        bucket.put(&key, &whole, &metadata);
        chain.expect_recovery();
    }
}

#[test]
fn a_zfs_recv_that_dies_is_a_failure_even_after_the_last_byte() {
    let chain = Chain::new("restore-recv", "pigz1");
    // Dead in the middle of the first snapshot, and after it.
    chain.z3.replace(
        "zfs",
        "[ $1 = recv ] || exec zfs \"$@\"\nhead -c 5000000 >/dev/null\necho no space >&2\nexit 1",
    );
    chain.expect_failed(chain.restore().run(), "exit 1: no space", &[]);
    chain.z3.restore_program("zfs");
    let ended = chain.restore().env("SHIM_zfs", "recv end=1 say=late").run();
    chain.expect_failed(ended, "exit 1: late", &["1"]);
    let ended = chain.restore().env("SHIM_zfs", "recv end=KILL").run();
    chain.expect_failed(ended, "killed by signal 9 (SIGKILL)", &["1", "2"]);
    chain.expect_recovery();
}

/// zfs takes a moment to notice that whoever fed it is gone, and shows half a dataset meanwhile.
#[test]
fn a_restore_at_once_after_a_kill_begins_anew() {
    let mut chain = Chain::new("at-once", "none");
    chain
        .proxy
        .rule("GET", "%401", When::After(6), Act::Deafness);
    let mut running = chain.restore().start();
    let dataset = chain.z3.dataset.clone();
    running.until("half a dataset", || dataset.exists());
    running.signal("KILL");
    running.wait();
    chain.proxy = chain.proxy.anew();
    let ended = chain.restore().run().expect_ok();
    assert_eq!(ended.stderr, "");
    chain.expect_snapshots(&["1", "2", "3"]);
}
