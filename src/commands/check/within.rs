//! The time that monitoring grants: the work is done on a thread of its own, as no name server, helper or disk that hangs may
//! keep the answer back. What is known by then is told.
//!
//! Responsible for the rows that come in time, and for the one that says why there are no more. Not responsible for what is
//! looked at.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::super::report::Report;
use super::told::CheckRow;
use crate::error::{Error, Result};
use crate::signals;

/// A row, or the end of them.
type Told = Option<CheckRow>;

/// Where the work puts what it has found.
pub struct Rows(Sender<Told>);

impl Rows {
    /// One more. When the time is over, nobody listens any more.
    pub fn put(&self, row: CheckRow) {
        let _ = self.0.send(Some(row));
    }
}

/// All rows that are known in time. Programs are told of each when it is.
pub fn gather(
    within: Duration,
    report: &Report,
    work: impl FnOnce(&Rows) -> Result<()> + Send + 'static,
) -> Result<Vec<CheckRow>> {
    let until = Instant::now() + within;
    let (tell, rows) = mpsc::channel();
    let to_the_end = move || {
        let found = Rows(tell);
        if let Err(error) = work(&found) {
            found.put(CheckRow::failed(None, &error));
        }
        let _ = found.0.send(None);
    };
    let thread = thread::Builder::new()
        .name("check".into())
        .spawn(to_the_end);
    let mut rows = match thread {
        Ok(_) => listen(&rows, until, report)?,
        Err(error) => vec![CheckRow::failed(None, &Error::io("start a thread", error))],
    };
    if Instant::now() >= until {
        signals::kill_children();
        let late = Error::refused(format!("no answer within {} s", within.as_secs()));
        rows.push(told(report, CheckRow::failed(None, &late))?);
    }
    Ok(rows)
}

/// Takes rows until there are no more, or the time is over.
fn listen(rows: &Receiver<Told>, until: Instant, report: &Report) -> Result<Vec<CheckRow>> {
    let mut known = Vec::new();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match rows.recv_timeout(left) {
            Ok(Some(row)) => known.push(told(report, row)?),
            Ok(None) | Err(RecvTimeoutError::Timeout) => return Ok(known),
            Err(RecvTimeoutError::Disconnected) => {
                let defect = Error::refused("internal error");
                known.push(told(report, CheckRow::failed(None, &defect))?);
                return Ok(known);
            }
        }
    }
}

fn told(report: &Report, row: CheckRow) -> Result<CheckRow> {
    report.line(&row)?;
    Ok(row)
}
