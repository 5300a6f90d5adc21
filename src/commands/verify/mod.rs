//! `z3 verify`: tells what is good, what is damaged and what could not be looked at.

mod show;
mod stream;

use super::report::Report;
use super::session::{Session, Sessions};
use super::several;
use crate::args::{self, Level};
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use crate::verify::{self, VerifyEvent, VerifyRequest};
use show::VerifyTold;

/// `z3 verify --stream FILE`.
pub fn stream(file: &str, snapshots: &[String], report: &Report) -> Result<()> {
    if !snapshots.is_empty() {
        return Err(Error::Usage(
            "--stream checks one file and takes no snapshots".to_owned(),
        ));
    }
    stream::run(file, report)
}

/// Runs the command: the verdicts of each dataset, and a table at the end if there are several.
pub fn run(sessions: &mut Sessions, options: &args::VerifyArgs) -> Result<()> {
    let rows = sessions.each(|session| one(session, options));
    let Some(rows) = rows.map_err(unread)? else {
        return Ok(());
    };
    several::results(&sessions.report, "STORED", &rows)?;
    many::worst(rows)
}

fn one(session: &Session, options: &args::VerifyArgs) -> Result<Tally> {
    let request = VerifyRequest {
        level: options.level.unwrap_or(Level::Data),
        scratch: options.scratch.as_deref(),
        snapshots: &options.snapshots(),
        subset: options.subset,
    };
    let mut told = VerifyTold::new(session, request.level);
    let looked_at = verify::run(&session.run(), &request, &mut |event| match event {
        VerifyEvent::Begun => told.begin(),
        VerifyEvent::Found(finding) => told.add(finding),
    })?;
    let Some(stored_bytes) = looked_at else {
        return Ok(Tally::nothing("empty"));
    };
    Ok(Tally {
        word: "ok",
        snapshots: told.end()?,
        stored_bytes,
    })
}

/// A bucket that cannot be listed is not damaged.
fn unread(error: Error) -> Error {
    match error {
        Error::Store(error) => Error::Unread(error.to_string()),
        other => other,
    }
}
