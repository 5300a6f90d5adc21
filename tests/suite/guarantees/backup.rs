//! The backup of one snapshot, sent in small parts through a proxy: what is in the bucket after something has broken, and
//! after the next run.

mod moments;

pub use moments::{POINTS, Point};

use std::thread;
use std::time::{Duration, Instant};

use super::server::OwnServer;
use super::strike::Victim;
use super::table::Seen;
use crate::support::ended::Ended;
use crate::support::{Bucket as Observer, Halt, Proxy, Run, Server, Z3, noise};
use moments::STORED;

pub struct Scene {
    z3: Z3,
    key: String,
    /// What `zfs send` says.
    whole: Vec<u8>,
    endpoint: String,
    /// The server, where it is one that may be killed.
    own: Option<OwnServer>,
}

/// What lies in the bucket.
struct Bucket {
    /// The object, unpacked.
    stream: Option<Vec<u8>>,
    /// Id of an unfinished upload, and its parts.
    upload: Option<(String, usize)>,
    noted: bool,
    receipt: bool,
    /// What zfs does not let anybody destroy.
    held: String,
}

impl Scene {
    pub fn new() -> Self {
        let z3 = Z3::new("guarantees-backup");
        Self::of(z3, 4_000_000, Server::Rgw.endpoint().to_owned(), None)
    }

    /// On a server that may be killed, whose parts are larger.
    pub fn on_own_server() -> Self {
        let server = OwnServer::start();
        let mut z3 = Z3::new("guarantees-server");
        z3.bucket = Observer::at(&server.endpoint());
        Self::of(z3, 37 << 20, server.endpoint(), Some(server))
    }

    fn of(z3: Z3, data_bytes: usize, endpoint: String, own: Option<OwnServer>) -> Self {
        z3.can_halt("zfs");
        z3.can_halt("pigz");
        z3.dataset.create().write("noise", &noise(data_bytes, 5));
        z3.dataset.snapshot("1");
        Self {
            key: z3.snapshot_key("1"),
            whole: z3.dataset.send(None, "1"),
            z3,
            endpoint,
            own,
        }
    }

    fn backup(&self, victim: Victim, proxy: &Proxy) -> Run {
        let run = victim.patience(self.z3.z3(["-v", "backup"]));
        let run = run
            .env("S3_ENDPOINT", proxy.endpoint())
            .env("MIN_PART_SIZE", victim.part_bytes().to_string());
        match victim {
            Victim::Compressor => run.env("COMPRESSOR", "pigz1").env("GZIP_ENGINE", "pigz"),
            _ => run.env("COMPRESSOR", "none"),
        }
    }

    /// Lets something break at that moment, and looks at what it comes to.
    pub fn observe(&self, victim: Victim, point: Point) -> Seen {
        let (proxy, halt) = (Proxy::to(&self.endpoint), Halt::new(&self.z3, "backup"));
        let run = point.place(self.backup(victim, &proxy), victim, &proxy, &halt);
        let mut running = run.start();
        let stored = point.stored(victim, self.whole.len().div_ceil(victim.part_bytes()));
        running.until("the moment", || {
            halt.reached() && stored.is_none_or(|parts| self.parts() == parts)
        });
        let ended = victim.strike(running, &proxy, &halt, self.own.as_ref());
        if let Some(server) = &self.own {
            server.restart();
            self.expect_readable();
        }
        let then = self.look(victim);
        let end = expect_honest(&ended, &then);
        if matches!(victim, Victim::Send | Victim::Compressor) {
            assert!(then.stream.is_none() && then.upload.is_none() && !then.noted);
        }
        let (next, total) = self.go_on(victim, proxy, &then);
        Seen {
            end,
            after: then.text(total),
            next,
        }
    }

    /// A SeaweedFS that has just been started answers before it finds what it has.
    fn expect_readable(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        for key in self.z3.bucket.keys(&self.z3.prefix) {
            while self.z3.bucket.ask("GET", &key, &[], &[], b"").status != 200 {
                assert!(Instant::now() < end, "{key} cannot be read any more");
                thread::sleep(Duration::from_millis(100));
            }
        }
    }

    fn parts(&self) -> usize {
        let uploads = self.z3.bucket.uploads(&self.z3.prefix);
        let stored = |(key, id): &(String, String)| self.z3.bucket.parts(key, id).len();
        uploads.first().map_or(0, stored)
    }

    /// The object is whole, or it is not there.
    fn look(&self, victim: Victim) -> Bucket {
        let bucket = &self.z3.bucket;
        let stream = bucket.head(&self.key).map(|_| {
            let stored = bucket.get(&self.key);
            match victim {
                Victim::Compressor => self.z3.piped("gzip -d", stored),
                _ => stored,
            }
        });
        assert!(stream.is_none() || stream.as_ref() == Some(&self.whole));
        let mut uploads = bucket.uploads(&self.z3.prefix);
        assert!(uploads.len() <= 1, "{uploads:?}");
        let upload = uploads.pop().map(|(key, id)| {
            let parts = bucket.parts(&key, &id).len();
            (id, parts)
        });
        Bucket {
            stream,
            upload,
            noted: !self.z3.notes().is_empty(),
            receipt: bucket.head(&self.receipt()).is_some(),
            held: self.z3.held(),
        }
    }

    fn receipt(&self) -> String {
        self.z3
            .key(&format!(".z3/receipts/{}@1", self.z3.dataset.name))
    }

    /// The next run, which all is well with; then the object is there, and nothing else that is not told. How many parts the
    /// object has.
    fn go_on(&self, victim: Victim, proxy: Proxy, then: &Bucket) -> (String, usize) {
        let proxy = proxy.anew();
        let ended = self
            .backup(victim, &proxy)
            .run()
            .expect_ok()
            .expect_no_children();
        let sent = proxy.count("PUT", "partNumber=");
        let now = self.look(victim);
        assert!(now.stream.is_some(), "{}", ended.stderr);
        assert!(!now.noted && now.held.is_empty(), "{}", ended.stderr);
        assert!(now.receipt || then.stream.is_some(), "{}", ended.stderr);
        let stored = self.z3.bucket.head(&self.key).unwrap().size_bytes as usize;
        let total = stored.div_ceil(victim.part_bytes());
        let mut text = match (&then.stream, total - sent) {
            (Some(_), all) if all == total => "nothing to do".to_owned(),
            (None, 0) => "sends all of it".to_owned(),
            (None, spared) => format!("goes on: {} not sent again", are(spared, total)),
            (Some(_), _) => panic!("{sent} parts sent, of a stored object"),
        };
        if then.noted && then.stream.is_some() {
            text += ", removes the note";
        }
        if let Some((id, _)) = &now.upload {
            assert!(ended.stderr.contains(id.as_str()), "{}", ended.stderr);
            text += ", names the upload that is left";
        }
        self.forget(now.upload);
        (text, total)
    }

    fn forget(&self, upload: Option<(String, usize)>) {
        self.z3.bucket.delete(&self.key);
        self.z3.bucket.delete(&self.receipt());
        if let Some((id, _)) = upload {
            let query = [("uploadId", id.as_str())];
            let answer = self.z3.bucket.ask("DELETE", &self.key, &query, &[], b"");
            answer.expect(204);
        }
    }
}

impl Bucket {
    fn text(&self, total: usize) -> String {
        let note = |text: String| match self.noted {
            true => text + " and its note",
            false => text + ", without a note",
        };
        match (&self.stream, &self.upload) {
            (None, None) if !self.noted => "nothing".to_owned(),
            (None, None) => "a note of nothing".to_owned(),
            (None, Some((_, parts))) => {
                let parts = parts_of(*parts, total);
                note(format!("no object; the unfinished upload with {parts}"))
            }
            (Some(_), upload) => {
                let mut text = "the whole object".to_owned();
                if !self.receipt {
                    text += ", no receipt";
                }
                if self.noted {
                    text += ", the note";
                }
                assert!(upload.is_none());
                text
            }
        }
    }
}

/// How z3 ended; what it said has to be true.
fn expect_honest(ended: &Ended, then: &Bucket) -> String {
    let announced = ended.text().contains("Successfuly backed up");
    let status = ended.status.code();
    let stored = then.stream.is_some();
    assert!(stored || !announced, "{}", ended.stderr);
    assert!(announced || status != Some(0), "{}", ended.stderr);
    let unknown = ended.stderr.contains("outcome unknown");
    // What is, or may be, to be sent once more is held, and nothing else; after SIGKILL more may be.
    let (held, unfinished) = (!then.held.is_empty(), then.upload.is_some() && then.noted);
    assert!(held || !(unfinished || unknown), "{}", ended.stderr);
    assert!(
        unfinished || unknown || !held || status.is_none(),
        "{}",
        ended.stderr
    );
    match status {
        None => "SIGKILL".to_owned(),
        Some(0) => "0".to_owned(),
        Some(status) if unknown => format!("{status}, \"outcome unknown\""),
        Some(status) => status.to_string(),
    }
}

fn parts_of(count: usize, total: usize) -> String {
    match total - count {
        0 => "all parts".to_owned(),
        1 => "all parts but the last".to_owned(),
        _ if count == 0 => "no part".to_owned(),
        _ => {
            assert_eq!(count, STORED);
            format!("{count} parts")
        }
    }
}

fn are(count: usize, total: usize) -> String {
    parts_of(count, total) + " are"
}
