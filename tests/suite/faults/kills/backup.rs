//! Backups of two snapshots in many small parts, killed again and again.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{Course, Dice, wanted, was_killed};
use crate::support::ended::Ended;
use crate::support::{Proxy, Run, Server, Z3, noise};

const PART_BYTES: usize = 64 << 10;

const COMPRESSORS: [&str; 3] = ["none", "pigz1", "gzip6"];

/// A snapshot: its name, and what `zfs send` says.
type Sent = (&'static str, Vec<u8>);

/// A full and an increment, and what lies in the bucket.
struct Scene {
    z3: Z3,
    sent: [Sent; 2],
}

/// From the first run of a backup to the end of the last one.
#[derive(Default)]
struct Round {
    /// What was stored when a run had been killed: the receipt may be missing.
    early: BTreeSet<&'static str>,
    /// Uploads that a killed run has created and not yet written down.
    strays: BTreeSet<String>,
}

#[derive(Default)]
struct Tally {
    kills: u64,
    rounds: usize,
    resumed: usize,
    parts: usize,
    parts_sent_again: usize,
    strays: usize,
    without_receipt: usize,
}

#[test]
fn a_killed_backup_is_gone_on_with() {
    let scene = Scene::new();
    let (mut dice, mut tally, start) = (Dice::new(), Tally::default(), Instant::now());
    let kills = wanted(6);
    let courses = COMPRESSORS.map(|compressor| (compressor, scene.course(compressor)));
    for (compressor, course) in courses.iter().cycle() {
        scene.round(compressor, course, &mut dice, &mut tally);
        if tally.rounds % 20 == 0 || tally.kills >= kills {
            println!("{} s: {}", start.elapsed().as_secs(), tally.text());
        }
        if tally.kills >= kills {
            break;
        }
    }
}

impl Scene {
    fn new() -> Self {
        let z3 = Z3::new("kills-backup");
        z3.dataset.create().write("noise", &noise(2_500_000, 1));
        z3.dataset.snapshot("1");
        z3.dataset
            .write("later", &noise(1_000_000, 2))
            .snapshot("2");
        let sent = [
            ("1", z3.dataset.send(None, "1")),
            ("2", z3.dataset.send(Some("1"), "2")),
        ];
        Self { z3, sent }
    }

    fn backup(&self, compressor: &str, proxy: &Proxy) -> Run {
        self.z3
            .z3(["-v", "backup"])
            .env("S3_ENDPOINT", proxy.endpoint())
            .env("COMPRESSOR", compressor)
            .env("CONCURRENCY", "4")
            .env("MIN_PART_SIZE", PART_BYTES.to_string())
    }

    fn course(&self, compressor: &str) -> Course {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let course = Course::of(self.backup(compressor, &proxy), &proxy);
        self.forget();
        course
    }

    /// One or more runs that are killed, and one that is not.
    fn round(&self, compressor: &str, course: &Course, dice: &mut Dice, tally: &mut Tally) {
        let (proxy, mut round) = (Proxy::to(Server::Rgw.endpoint()), Round::default());
        let last = loop {
            let ended = course.kill(self.backup(compressor, &proxy), &proxy, dice);
            if !was_killed(&ended) {
                break ended;
            }
            tally.kills += 1;
            self.expect_honest(&ended, &mut round);
            if dice.share() < 0.7 {
                break self.backup(compressor, &proxy).run().expect_no_children();
            }
        };
        let last = last.expect_ok();
        self.expect_complete(&round, tally);
        tally.rounds += 1;
        tally.resumed += usize::from(last.stderr.contains("were stored by an earlier run"));
        let parts = self.parts();
        tally.parts += parts;
        tally.parts_sent_again += proxy.count("PUT", "partNumber=") - parts;
        self.forget();
    }

    /// What a snapshot has become: its stream, as gzip itself unpacks it; `None` if there is no object.
    fn stored(&self, name: &str) -> Option<Vec<u8>> {
        let key = self.z3.snapshot_key(name);
        let compressor = self.z3.bucket.head(&key)?.metadata.remove("compressor");
        let bytes = self.z3.bucket.get(&key);
        Some(match compressor {
            Some(_) => self.z3.piped("gzip -d", bytes),
            None => bytes,
        })
    }

    /// Names of what is stored; all of it is whole.
    fn whole(&self) -> BTreeSet<&'static str> {
        let mut names = BTreeSet::new();
        for (name, stream) in &self.sent {
            if let Some(stored) = self.stored(name) {
                assert!(stored == *stream, "{name}: {} bytes", stored.len());
                names.insert(*name);
            }
        }
        names
    }

    /// After a kill: whatever is stored is whole, an increment has its base, and nothing was announced that is not stored.
    fn expect_honest(&self, ended: &Ended, round: &mut Round) {
        let whole = self.whole();
        assert!(whole.contains("1") || whole.is_empty(), "{whole:?}");
        assert!(ended.text().lines().count() <= whole.len());
        round.early.extend(whole);
        let notes = self.z3.notes();
        let noted = |id: &String| notes.iter().any(|note| note.ends_with(id));
        let uploads = self.z3.bucket.uploads(&self.z3.prefix).into_iter();
        let strays = uploads.map(|(_, id)| id).filter(|id| !noted(id));
        round.strays.extend(strays);
    }

    /// After the last run: both objects, their receipts, and nothing else, but for what a kill has taken from the next run.
    fn expect_complete(&self, round: &Round, tally: &mut Tally) {
        assert_eq!(self.whole().len(), self.sent.len());
        // And z3 itself finds nothing to complain of.
        self.z3.says(["verify", "--level", "data"]);
        assert_eq!(self.z3.notes(), [""; 0]);
        assert_eq!(self.z3.held(), "");
        for (_, id) in self.z3.bucket.uploads(&self.z3.prefix) {
            assert!(round.strays.contains(&id), "{id}");
            tally.strays += 1;
        }
        for (name, _) in &self.sent {
            if self.z3.bucket.head(&self.receipt(name)).is_none() {
                assert!(round.early.contains(name), "{name} has no receipt");
                tally.without_receipt += 1;
            }
        }
    }

    fn receipt(&self, name: &str) -> String {
        self.z3
            .key(&format!(".z3/receipts/{}@{name}", self.z3.dataset.name))
    }

    /// Of both objects.
    fn parts(&self) -> usize {
        let bytes = |name| {
            self.z3
                .bucket
                .head(&self.z3.snapshot_key(name))
                .unwrap()
                .size_bytes
        };
        let parts = |(name, _): &Sent| (bytes(name) as usize).div_ceil(PART_BYTES);
        self.sent.iter().map(parts).sum()
    }

    fn forget(&self) {
        for (name, _) in &self.sent {
            self.z3.bucket.delete(&self.z3.snapshot_key(name));
            self.z3.bucket.delete(&self.receipt(name));
        }
        for (key, id) in self.z3.bucket.uploads(&self.z3.prefix) {
            let query = [("uploadId", id.as_str())];
            self.z3
                .bucket
                .ask("DELETE", &key, &query, &[], b"")
                .expect(204);
        }
    }
}

impl Tally {
    fn text(&self) -> String {
        format!(
            "{} kills of backups; {} rounds, all of them whole in the end; {} went on with an earlier run's parts; {} parts, {} of \
             them sent more than once; {} uploads left that were not yet written down; {} objects without receipt",
            self.kills,
            self.rounds,
            self.resumed,
            self.parts,
            self.parts_sent_again,
            self.strays,
            self.without_receipt
        )
    }
}
