//! `z3 check`: what monitoring understands, within the time that it grants.
//!
//! The work is done on a thread of its own, as no name server, helper or disk that hangs may keep the answer back. What is
//! known by then is told.

mod told;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::monitor::write_metrics;
use super::report::Report;
use super::session::{Session, Sessions};
use super::several;
use crate::args::{CheckArgs, Subcommand, Z3};
use crate::check;
use crate::error::{Error, Result};
use crate::many::{self, Outcome};
use crate::metrics::Metrics;
use crate::name::Dataset;
use crate::plan::Limits;
use crate::signals;
use told::CheckRow;
pub use told::misused;

/// A row, or the end of them.
type Told = Option<CheckRow>;

/// Runs the command.
pub fn run(args: Z3, within: Duration, report: &Report) -> Result<()> {
    let until = Instant::now() + within;
    let (report, (tell, rows)) = (*report, mpsc::channel());
    let work = move || {
        if let Subcommand::Check(options) = &args.command
            && let Err(error) = look(&args, options, report, &tell)
        {
            let _ = tell.send(Some(CheckRow::failed(None, &error)));
        }
        let _ = tell.send(None);
    };
    let thread = thread::Builder::new().name("check".into()).spawn(work);
    let mut rows = match thread {
        Ok(_) => gather(&rows, until, &report)?,
        Err(error) => vec![CheckRow::failed(None, &Error::io("start a thread", error))],
    };
    if Instant::now() >= until {
        signals::kill_children();
        let late = Error::refused(format!("no answer within {} s", within.as_secs()));
        rows.push(told(&report, CheckRow::failed(None, &late))?);
    }
    report.say(&told::text(&rows))?;
    told::verdict(&rows)
}

/// Looks at all datasets that are asked for, one after the other.
fn look(args: &Z3, options: &CheckArgs, report: Report, tell: &Sender<Told>) -> Result<()> {
    let sessions = Sessions::read(args, report)?;
    // Half of the time, so that what is wrong with a server is known before the end of it.
    let mut sessions = sessions.hurried(options.timeout / 2);
    let datasets = sessions.chosen()?;
    let mut metrics = Metrics::default();
    let settings = sessions.monitor_settings()?;
    let mut opened = sessions.opened(&datasets);
    let buckets = several::buckets(&opened);
    let bucket = |dataset: &Dataset| buckets.get(dataset).cloned();
    let work = |dataset: &Dataset| {
        let session = opened.remove(dataset);
        let row = one(session.unwrap_or_else(|| sessions.of(dataset)), options);
        if let Ok(row) = &row {
            row.measure(&mut metrics);
        }
        let failed = |error: &Error| CheckRow::failed(Some(dataset), error);
        // When the time is over, nobody listens any more.
        row.map(|row| drop(tell.send(Some(row))))
            .inspect_err(|error| drop(tell.send(Some(failed(error)))))
    };
    let rows = many::each(datasets, bucket, work, |_| {});
    write_metrics(&settings, metrics);
    let untried = rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::NotTried));
    for row in untried {
        let error = Error::refused("not looked at");
        let _ = tell.send(Some(CheckRow::failed(Some(&row.dataset), &error)));
    }
    Ok(())
}

fn one(session: Result<Session>, options: &CheckArgs) -> Result<CheckRow> {
    let session = session?;
    let wanted = session.settings.check;
    let limits = Limits {
        max_age: wanted.max_age,
        warn_age: wanted.warn_age,
        chain: wanted.chain,
        count: options.max_count,
        only_age: options.only.is_some(),
        may_be_empty: session.settings.allow_empty,
    };
    let run = session.run();
    let seen = check::run(&run, &limits, options.pool)?;
    Ok(CheckRow::of(&session.settings, seen, limits))
}

/// Takes rows until there are no more, or the time is over.
fn gather(rows: &Receiver<Told>, until: Instant, report: &Report) -> Result<Vec<CheckRow>> {
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
