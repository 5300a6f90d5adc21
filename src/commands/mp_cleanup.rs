//! `s3_mp_cleanup`: aborts unfinished uploads that nothing has been added to for a while.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::exit::{self, level};
use super::report::{Item, Report};
use super::session::Plain;
use crate::args::MpCleanup;
use crate::error::{Error, Result};
use crate::note::forget;
use crate::store::{Kind, ObjectStore, Unfinished, Upload};
use crate::terminal::plain;

/// Seconds in a day.
const DAY: u64 = 24 * 3600;

/// After so many refusals there is no point in going on.
const MOST_REFUSED: usize = 100;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let level = |args: &MpCleanup| level(args.verbose, false);
    exit::run("s3_mp_cleanup", argv, level, run)
}

fn run(args: MpCleanup, report: &Report) -> Result<()> {
    let plain = Plain::open(Vec::new(), args.config.as_deref())?;
    let store = plain.vault.store.as_ref();
    let max_age = Duration::from_secs(DAY * u64::from(args.max_age));
    let (mut told, mut refused) = (false, Vec::new());
    report.say(&line("A", "key", "initiated"))?;
    for unfinished in store.list_uploads("")? {
        let stale = is_stale(store, &unfinished, max_age, &mut told);
        let stale = tolerate(stale, &mut refused)?.unwrap_or(false);
        report.tell(&UploadItem(&unfinished, stale))?;
        let upload = &unfinished.upload;
        if stale && !args.dry && tolerate(abort(&plain, upload), &mut refused)?.is_some() {
            report.tell(&Aborted(upload))?;
        }
    }
    match refused.pop() {
        Some(last) => {
            refused.iter().for_each(|error| log::warn!("{error}"));
            Err(last)
        }
        None => Ok(()),
    }
}

/// What the server has refused about one upload is said at the end: it keeps no other from being aborted. When it cannot be
/// asked, there is no point in going on.
fn tolerate<T>(answer: Result<T>, refused: &mut Vec<Error>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Error::Store(error)) if error.kind != Kind::Unknown && refused.len() < MOST_REFUSED => {
            refused.push(error.into());
            Ok(None)
        }
        Err(error) => Err(error),
    }
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

/// Stale is an upload whose newest part is too old, by the server's clock: one that has been running for days and still
/// gets parts is alive. Its start counts only if it has no part, or if its parts are not to be seen, which is told once;
/// an age that nobody can tell is no reason to abort.
fn is_stale(
    store: &dyn ObjectStore,
    unfinished: &Unfinished,
    max_age: Duration,
    told: &mut bool,
) -> Result<bool> {
    if younger(store.now(), unfinished.initiated, max_age) {
        return Ok(false);
    }
    let parts = match store.list_parts(&unfinished.upload) {
        Ok(parts) => parts,
        Err(error) if error.kind == Kind::NotFound => return Ok(false),
        Err(error) if error.kind == Kind::Denied => {
            if !std::mem::replace(told, true) {
                log::warn!("{error}; ages are counted from the starts");
            }
            Vec::new()
        }
        Err(error) => return Err(error.into()),
    };
    let newest = match parts.is_empty() {
        true => unfinished.initiated,
        false => parts.iter().filter_map(|part| part.modified).max(),
    };
    Ok(!younger(store.now(), newest, max_age))
}

fn younger(now: SystemTime, time: Option<SystemTime>, max_age: Duration) -> bool {
    time.is_none_or(|time| now.duration_since(time).unwrap_or_default() < max_age)
}

/// An upload that was completed or aborted meanwhile is what we wanted.
fn abort(plain: &Plain, upload: &Upload) -> Result<()> {
    match plain.vault.store.abort(upload) {
        Err(error) if error.kind != Kind::NotFound => return Err(error.into()),
        _ => {}
    }
    if plain.vault.has(&upload.key) {
        forget(&plain.vault, upload);
    }
    Ok(())
}
