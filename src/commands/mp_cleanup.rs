//! `s3_mp_cleanup`: aborts unfinished uploads that nothing has been added to for a while.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use super::exit::{self, level};
use super::output::print;
use super::session::Session;
use crate::args::MpCleanup;
use crate::error::Result;
use crate::store::{Kind, ObjectStore, StoreError, Unfinished, Upload};
use crate::terminal::plain;
use crate::upload::forget;

/// Seconds in a day.
const DAY: u64 = 24 * 3600;

/// The program.
pub fn main() -> ExitCode {
    let level = |args: &MpCleanup| level(args.verbose, false);
    exit::run("s3_mp_cleanup", level, run)
}

fn run(args: MpCleanup) -> Result<()> {
    let session = Session::open(Vec::new(), args.config.as_deref())?;
    let store = session.store.as_ref();
    let max_age = Duration::from_secs(DAY * u64::from(args.max_age));
    let (mut told, mut refused) = (false, Vec::new());
    print(&line("A", "key", "initiated"))?;
    for unfinished in store.list_uploads("")? {
        let stale = is_stale(store, &unfinished, max_age, &mut told)?;
        let (mark, upload) = (if stale { "X" } else { " " }, &unfinished.upload);
        print(&line(mark, &upload.key, &unfinished.initiated_text))?;
        if stale && !args.dry {
            // A policy may forbid this one, of another program, and allow those behind it.
            match abort(&session, upload) {
                Err(error) if error.kind == Kind::Denied => refused.push(error),
                done => done?,
            }
        }
    }
    let last = refused.pop();
    refused.iter().for_each(|error| log::error!("{error}"));
    last.map_or(Ok(()), |error| Err(error.into()))
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
fn abort(session: &Session, upload: &Upload) -> Result<(), StoreError> {
    match session.store.abort(upload) {
        Err(error) if error.kind != Kind::NotFound => return Err(error),
        _ => {}
    }
    if upload.key.starts_with(&session.settings.s3_prefix) {
        forget(&session.sidecar(), upload);
    }
    Ok(())
}
