//! Nights, one after the other: a snapshot, `z3 backup`, on Sundays `z3 prune`, all by a clock that is set.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};
use time::{Month, OffsetDateTime, Weekday};

use super::bucket::Bucket;
use super::page::Setup;
use super::state::{Counts, Object};
use super::stream::stream;
use crate::support::{Ended, Z3, programs};

/// 2024-01-01, 00:00 UTC: a Monday, and the first day of a leap year.
const BEGIN: i64 = 1_704_067_200;
const DAY: i64 = 24 * 3600;
const HOUR: i64 = 3600;
const DATASET: &str = "tank/data";
/// So many snapshots stay in the pool.
const LOCAL: i64 = 30;
/// Every so many nights all that is stored is read.
const LOOKS: i64 = 60;
/// The second year, in which it has settled.
const SETTLED: i64 = 366;

/// The nights of one set-up.
pub struct Nights<'a> {
    setup: &'a Setup,
    z3: Z3,
    bucket: Bucket,
    config: PathBuf,
    months: Vec<Value>,
    deleted: usize,
    year: Year,
}

/// Sums over the second year.
#[derive(Default)]
struct Year {
    before: Counts,
    kib_nights: usize,
    stored_kib: usize,
    fulls: usize,
}

fn day(night: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(BEGIN + night * DAY).unwrap()
}

fn name(night: i64) -> String {
    format!("daily-{}", day(night).date())
}

/// Never 0, which is that of no snapshot.
fn guid(night: i64) -> u64 {
    1_000_003 * (night + 2) as u64
}

impl<'a> Nights<'a> {
    pub fn new(setup: &'a Setup) -> Self {
        let z3 = Z3::new(setup.name);
        z3.replace(
            "zfs",
            include_str!("zfs.sh").trim_start_matches("#!/bin/sh\n"),
        );
        fs::create_dir(z3.dir().join("pool")).unwrap();
        let config = z3.file("z3.conf", format!("[main]\n{}", setup.config));
        fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
        let bucket = Bucket::new();
        Self {
            setup,
            z3,
            bucket,
            config,
            months: Vec::new(),
            deleted: 0,
            year: Year::default(),
        }
    }

    /// Lives through so many nights; what it was like, month by month, and what the second year cost.
    pub fn live(mut self, nights: i64) -> Value {
        for night in 0..nights {
            self.night(night);
            if night % LOOKS == LOOKS - 1 || night == nights - 1 {
                self.look(night);
            }
            if night == SETTLED - 1 {
                self.year = Year {
                    before: self.bucket.counts(),
                    ..Year::default()
                };
            }
            if day(night).month() != day(night + 1).month() || night == nights - 1 {
                let month = self.month(night);
                println!("{} {month}", self.setup.name);
                self.months.push(month);
                self.deleted = 0;
            }
        }
        json!({ "months": self.months, "year": self.year() })
    }

    fn night(&mut self, night: i64) {
        self.snapshot(night);
        let now = BEGIN + night * DAY + 2 * HOUR;
        self.bucket.set_clock(now);
        let before = self.bucket.backups().len();
        self.z3(now, &["backup"]).expect_ok();
        let backups = self.bucket.backups();
        assert_eq!(backups.len(), before + 1, "night {night}");
        let new = &backups[&name(night)];
        self.year.stored_kib += kib(new);
        self.year.fulls += usize::from(new.is_full());
        if day(night).weekday() == Weekday::Sunday {
            self.z3(now, &["prune"]).expect_ok();
            for gone in self.bucket.take_deleted() {
                let age = (now - gone.stored) / DAY;
                assert!(
                    age > self.setup.paid_days,
                    "night {night}: one went after {age} days"
                );
                self.deleted += 1;
            }
        }
        self.year.kib_nights += self.bucket.backups().values().map(kib).sum::<usize>();
    }

    /// Tonight's snapshot, and what is left of the earlier ones.
    fn snapshot(&self, night: i64) {
        let pool = self.z3.dir().join("pool");
        let mut list = format!("{DATASET}\tguid\t1\n");
        for one in (night - LOCAL + 1).max(0)..=night {
            let (full, creation) = (format!("{DATASET}@{}", name(one)), created(one));
            for (property, value) in [
                ("guid", guid(one)),
                ("createtxg", one as u64 + 10),
                ("creation", creation),
                ("referenced", 1 << 20),
                ("userrefs", 0),
            ] {
                list += &format!("{full}\t{property}\t{value}\n");
            }
        }
        fs::write(pool.join("list"), list).unwrap();
        fs::write(pool.join("full"), self.stream(night, true)).unwrap();
        fs::write(pool.join("inc"), self.stream(night, false)).unwrap();
    }

    /// The stream of a night's snapshot; an increment is one on that of the night before.
    fn stream(&self, night: i64, full: bool) -> Vec<u8> {
        let from = if full { 0 } else { guid(night - 1) };
        let kib = if full {
            self.setup.full_kib
        } else {
            self.setup.night_kib
        };
        let snapshot = format!("{DATASET}@{}", name(night));
        stream(&snapshot, guid(night), from, created(night), kib)
    }

    fn z3(&self, now: i64, command: &[&str]) -> Ended {
        let now = OffsetDateTime::from_unix_timestamp(now).unwrap();
        let clock = format!(
            "@{} {}",
            now.date(),
            now.time().to_string().replace(".0", "")
        );
        let program = programs().join("z3").into_os_string();
        let config = self.config.clone().into_os_string();
        let run = self
            .z3
            .program("faketime", ["--exclude-monotonic", "-f", &clock]);
        let run = run
            .args([program, "--config".into(), config])
            .args(command.iter().copied());
        let run = run
            .env("S3_ENDPOINT", &self.bucket.endpoint)
            .env("TZ", "UTC");
        let run = run.env("COMPRESSOR", "none").env("S3_PREFIX", "z3-backup/");
        run.env_remove("FILESYSTEM")
            .env_remove("SNAPSHOT_PREFIX")
            .run()
    }

    /// Everything that is listed can be restored: the program says so, and every byte is one that zfs has sent, on a base that
    /// is there.
    fn look(&self, night: i64) {
        let level = if self.setup.frozen { "list" } else { "data" };
        self.z3(
            BEGIN + night * DAY + 2 * HOUR,
            &["verify", "--level", level],
        )
        .expect_ok();
        let backups = self.bucket.backups();
        for one in 0..=night {
            let Some(object) = backups.get(&name(one)) else {
                continue;
            };
            assert!(
                object.body == self.stream(one, object.is_full()),
                "{} has other bytes",
                name(one)
            );
            let has_base = object.is_full() || backups.contains_key(&name(one - 1));
            assert!(has_base, "the base of {} is gone", name(one));
        }
        assert!(backups.contains_key(&name(night)));
    }

    fn month(&self, night: i64) -> Value {
        let backups = self.bucket.backups();
        let (mut depth, mut deepest) = (0, 0);
        for one in 0..=night {
            match backups.get(&name(one)) {
                None => continue,
                Some(object) if object.is_full() => depth = 1,
                Some(_) => depth += 1,
            }
            deepest = deepest.max(depth);
        }
        json!({
            "month": day(night).date().to_string()[..7],
            "objects": backups.len(),
            "fulls": backups.values().filter(|one| one.is_full()).count(),
            "deepest": deepest,
            "deleted": self.deleted,
            "kib": backups.values().map(kib).sum::<usize>(),
        })
    }

    fn year(&self) -> Value {
        let (now, before) = (self.bucket.counts(), self.year.before);
        json!({
            "stored_kib": self.year.stored_kib,
            "fulls": self.year.fulls,
            "kib_nights": self.year.kib_nights,
            "writes": now.writes - before.writes,
            "reads": now.reads - before.reads,
            "deletes": now.deletes - before.deletes,
        })
    }
}

fn created(night: i64) -> u64 {
    (BEGIN + night * DAY + HOUR) as u64
}

fn kib(object: &Object) -> usize {
    object.body.len() / 1024
}

/// The night of the last day of a year of this calendar.
pub fn whole() -> i64 {
    let last = OffsetDateTime::from_unix_timestamp(BEGIN).unwrap();
    let last = last
        .replace_year(2025)
        .unwrap()
        .replace_month(Month::December)
        .unwrap();
    (last.unix_timestamp() - BEGIN) / DAY + 31
}
