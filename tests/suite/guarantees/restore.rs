//! The restore of a chain of three: what is in the pool after something has broken, and after the next run.

mod moments;

pub use moments::{POINTS, Point};

use super::strike::Victim;
use super::table::Seen;
use crate::support::ended::Ended;
use crate::support::run::Run;
use crate::support::{Gpg, Halt, Proxy, Server, Z3, noise};

/// What a range of a download has at most, in bytes.
const RANGE_BYTES: usize = 64 << 10;

pub const NAMES: [&str; 3] = ["1", "2", "3"];

/// The chain as it is stored; a dataset of the same name comes and goes.
pub struct Scene {
    pub z3: Z3,
    streams: Vec<Vec<u8>>,
    guids: Vec<String>,
    _gpg: Option<Gpg>,
}

impl Scene {
    pub fn new(test: &str, compressor: &str) -> Self {
        let z3 = Z3::new(test);
        let gpg = (compressor == "gpg").then(|| Gpg::new(&z3, "z3_backup"));
        z3.can_halt("zfs");
        z3.can_halt("gpg");
        z3.dataset.create();
        let (mut streams, mut guids, mut base) = (Vec::new(), Vec::new(), None);
        for (name, seed) in NAMES.iter().zip(0..) {
            z3.dataset
                .write(name, &noise(2_500_000, seed))
                .snapshot(name);
            streams.push(z3.dataset.send(base, name));
            guids.push(z3.dataset.guid(name));
            base = Some(name);
        }
        z3.z3(["backup"])
            .env("COMPRESSOR", compressor)
            .run()
            .expect_ok();
        z3.dataset.destroy();
        Self {
            z3,
            streams,
            guids,
            _gpg: gpg,
        }
    }

    /// Two small ranges at a time.
    pub fn restore(&self, proxy: &Proxy) -> Run {
        self.z3
            .z3(["-v", "restore", "3"])
            .env("CONCURRENCY", "2")
            .env("S3_ENDPOINT", proxy.endpoint())
            .env("MIN_PART_SIZE", RANGE_BYTES.to_string())
            .env("MAX_MEMORY", (2 * RANGE_BYTES).to_string())
    }

    /// Lets something break at that moment, and looks at what it comes to.
    pub fn observe(&self, victim: Victim, point: Point) -> Seen {
        let (proxy, halt) = (
            Proxy::to(Server::Rgw.endpoint()),
            Halt::new(&self.z3, "restore"),
        );
        if point.in_increment() {
            self.receive_first();
        }
        let size = |name| {
            self.z3
                .bucket
                .head(&self.z3.snapshot_key(name))
                .unwrap()
                .size_bytes
        };
        let ranges = (size("2") as usize).div_ceil(RANGE_BYTES);
        let run = victim.patience(self.restore(&proxy));
        let run = point.place(run, victim, (&proxy, ranges), &halt);
        let mut running = run.start();
        running.until("the moment", || halt.reached());
        let ended = victim.strike(running, &proxy, &halt, None);
        let then = self.look();
        let end = match ended.status.code() {
            None => "SIGKILL".to_owned(),
            Some(status) => status.to_string(),
        };
        assert_eq!(end == "0", then == NAMES.len(), "{}", ended.stderr);
        let next = self.go_on(proxy, then);
        self.z3.dataset.destroy();
        let after = match then {
            0 => "no dataset".to_owned(),
            some => format!("snapshots {}", NAMES[..some].join(", ")),
        };
        Seen { end, after, next }
    }

    /// The first snapshot, by hand.
    fn receive_first(&self) {
        let receive = format!("zfs recv -u {}@1", self.z3.dataset.name);
        self.z3.piped(&receive, self.streams[0].clone());
    }

    /// How many of the snapshots are in the pool: the first ones, each with its guid and its content, and nothing else.
    pub fn look(&self) -> usize {
        let dataset = &self.z3.dataset;
        dataset.settle();
        let found = dataset.snapshots();
        assert_eq!(found, NAMES[..found.len()]);
        let mut base = None;
        for (at, name) in found.iter().enumerate() {
            assert_eq!(dataset.guid(name), self.guids[at]);
            assert!(
                dataset.send(base, name) == self.streams[at],
                "{name} has other content"
            );
            base = Some(name);
        }
        found.len()
    }

    /// The next run, which all is well with.
    fn go_on(&self, proxy: Proxy, then: usize) -> String {
        let proxy = proxy.anew();
        self.expect_gone_on(&self.restore(&proxy).run(), then);
        match then {
            0 => "receives all of it".to_owned(),
            3 => "nothing to do".to_owned(),
            _ => format!("goes on: receives {}", NAMES[then..].join(", ")),
        }
    }

    /// A run that began when so many snapshots were there has received what was missing, and nothing else.
    pub fn expect_gone_on(&self, ended: &Ended, then: usize) {
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        assert_eq!(self.look(), NAMES.len());
        let received = |name: &&str| {
            let line = format!("received {}@{name}\n", self.z3.dataset.name);
            ended.stderr.contains(&line)
        };
        let received: Vec<&str> = NAMES.into_iter().filter(received).collect();
        assert_eq!(received, NAMES[then..], "{}", ended.stderr);
    }
}
