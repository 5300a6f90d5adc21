//! `z3 check`: what monitoring understands, within the time that it grants ([`within`]).

mod told;
mod within;

use std::time::Duration;

use super::monitor::write_metrics;
use super::report::Report;
use super::session::{Session, Sessions};
use super::several;
use crate::args::{CheckArgs, Subcommand, Z3};
use crate::check;
use crate::error::{Error, Result};
use crate::many::{self, DatasetRow, Outcome};
use crate::metrics::Metrics;
use crate::name::Dataset;
use crate::plan::Limits;
use told::CheckRow;
pub use told::misused;
use within::Rows;

/// Runs the command.
pub fn run(args: Z3, within: Duration, report: &Report) -> Result<()> {
    let theirs = *report;
    let work = move |rows: &Rows| match &args.command {
        Subcommand::Check(options) => look(&args, options, theirs, rows),
        _ => Ok(()),
    };
    let rows = within::gather(within, report, work)?;
    report.say(&told::text(&rows))?;
    told::verdict(&rows)
}

/// Looks at all datasets that are asked for, one after the other.
fn look(args: &Z3, options: &CheckArgs, report: Report, rows: &Rows) -> Result<()> {
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
        let failed = |error: &Error| rows.put(CheckRow::failed(Some(dataset), error));
        let row = row.inspect_err(failed)?;
        row.measure(&mut metrics);
        rows.put(row);
        Ok(())
    };
    let done = many::each(datasets, bucket, work, |_| {});
    write_metrics(&settings, metrics);
    let untried = |row: &&DatasetRow<()>| matches!(row.outcome, Outcome::NotTried);
    for row in done.iter().filter(untried) {
        let error = Error::refused("not looked at");
        rows.put(CheckRow::failed(Some(&row.dataset), &error));
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
    let seen = check::run(&session.run(), &limits, options.pool)?;
    Ok(CheckRow::of(&session.settings, seen, limits))
}
