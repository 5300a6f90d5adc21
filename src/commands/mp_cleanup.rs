//! `s3_mp_cleanup`: aborts unfinished uploads that nothing has been added to for a while.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::exit::{self, level};
use super::report::{Item, Report};
use super::session::Plain;
use crate::args::MpCleanup;
use crate::cleanup::{self, CleanupEvent, CleanupRequest};
use crate::error::Result;
use crate::store::{Unfinished, Upload};
use crate::terminal::plain;

/// Seconds in a day.
const DAY: u64 = 24 * 3600;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let level = |args: &MpCleanup| level(args.verbose, false);
    exit::run("s3_mp_cleanup", argv, level, run)
}

fn run(args: MpCleanup, report: &Report) -> Result<()> {
    let plain = Plain::open(Vec::new(), args.config.as_deref())?;
    let request = CleanupRequest {
        max_age: Duration::from_secs(DAY * u64::from(args.max_age)),
        dry: args.dry,
    };
    report.say(&line("A", "key", "initiated"))?;
    cleanup::run(&plain.vault, &request, &mut |event| match event {
        CleanupEvent::Seen(unfinished, stale) => report.tell(&UploadItem(unfinished, stale)),
        CleanupEvent::Aborted(upload) => report.tell(&Aborted(upload)),
    })
}

/// An unfinished upload, and whether it is stale.
struct UploadItem<'a>(&'a Unfinished, bool);

impl Item for UploadItem<'_> {
    const TYPE: &'static str = "upload";

    fn fields(&self) -> Value {
        let Self(
            Unfinished {
                upload, initiated, ..
            },
            stale,
        ) = self;
        let since_1970 = initiated.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let seconds = since_1970.map(|time| time.as_secs());
        json!({ "key": upload.key, "upload_id": upload.id, "initiated": seconds, "stale": stale })
    }

    fn text(&self) -> String {
        let Self(unfinished, stale) = self;
        let mark = if *stale { "X" } else { " " };
        line(mark, &unfinished.upload.key, &unfinished.initiated_text)
    }
}

/// One that is gone now, which the table does not say.
struct Aborted<'a>(&'a Upload);

impl Item for Aborted<'_> {
    const TYPE: &'static str = "aborted";

    fn fields(&self) -> Value {
        json!({ "key": self.0.key, "upload_id": self.0.id })
    }
}

/// The original's columns.
fn line(mark: &str, key: &str, initiated: &str) -> String {
    let (key, initiated) = (plain(key), plain(initiated));
    format!("{mark} | {key:30} | {initiated:20}\n")
}
