//! `z3 backup`.

mod told;

use std::time::Instant;

use super::monitor::Work;
use super::session::{Session, Sessions};
use super::several;
use crate::ahead::Ahead;
use crate::args;
use crate::backup::{self, BackupDone, BackupRequest, UpToDate};
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use told::BackupTold;

/// Runs the command: for one dataset as ever, for several with a table of results at the end.
pub fn run(sessions: &mut Sessions, options: &args::BackupArgs) -> Result<()> {
    let plain = !options.full && options.snapshot.is_none();
    let ahead = |all: &[&Session]| Ahead::of(all.iter().filter(|_| plain).map(|one| one.place()));
    let rows = sessions.each_of(ahead, |session, ahead| {
        let up_to_date = ahead.up_to_date(&session.settings.dataset);
        one(session, options, up_to_date)
    })?;
    let Some(rows) = rows else {
        return Ok(());
    };
    if !options.dry_run {
        several::results(&sessions.report, "SENT", &rows)?;
    }
    many::verdict(rows)
}

/// A dataset that nobody has asked for by its name may vanish behind the listing, as clones and containers do.
fn unless_gone(session: &Session, error: Error) -> Result<BackupDone> {
    if many::concerns_bucket(&error) || !session.has_vanished() {
        return Err(error);
    }
    let dataset = &session.settings.dataset;
    log::info!("{dataset} has vanished since it was listed");
    Ok(BackupDone {
        nothing: Some("gone"),
        ..BackupDone::default()
    })
}

fn one(
    session: &Session,
    options: &args::BackupArgs,
    up_to_date: Option<UpToDate>,
) -> Result<Tally> {
    let request = BackupRequest {
        last: options.snapshot.as_deref(),
        full: options.full,
        resume: !options.no_resume,
        dry: options.dry_run,
        up_to_date,
    };
    let (begun, mut told) = (Instant::now(), BackupTold::new(session, options.parseable));
    let done = backup::run(&session.run(), &request, &mut |event| told.tell(event));
    let done = done.or_else(|error| unless_gone(session, error));
    if !options.dry_run {
        let known = done.as_ref().ok();
        let work = known.map(|done| Work::Sent(done.snapshots, done.stored_bytes));
        let newest = known.and_then(|done| done.newest);
        session.ran(begun, work, newest, done.as_ref().err());
    }
    let done = done?;
    let planned = told.end()?;
    let idle = done.nothing.unwrap_or("up to date");
    Ok(Tally::of_run(
        planned,
        done.snapshots,
        done.stored_bytes,
        idle,
    ))
}
