//! `z3 backup`.

use super::output::{print, table};
use super::session::{Session, Sessions};
use crate::args;
use crate::backup::{self, Done, Event, Request};
use crate::error::{Error, Result};
use crate::many::{self, Outcome, Row};
use crate::name::Dataset;
use crate::plan::BackupStep;
use crate::progress;
use crate::size;
use crate::terminal::plain;

/// What there is to choose from.
const EITHER: &str = "expected it, names behind the command, or --all";

/// Runs the command: for one dataset as ever, for several with a table of results at the end.
pub fn run(
    sessions: &mut Sessions,
    options: &args::Backup,
    progress: progress::Mode,
) -> Result<()> {
    let datasets = match options.all || !options.datasets.is_empty() {
        true => chosen(sessions, options)?,
        false => return one(&sessions.named()?, options, progress).map(drop),
    };
    if let [dataset] = &datasets[..] {
        return one(&sessions.of(dataset)?, options, progress).map(drop);
    }
    let rows = many::each(datasets, |dataset| {
        let done = sessions.of(dataset);
        let done = done.and_then(|session| one(&session, options, progress));
        done.inspect_err(|error| tell(dataset, error))
    });
    if !options.dry_run {
        print(&results(&rows))?;
    }
    many::verdict(rows)
}

/// A failure, when it happens.
fn tell(dataset: &Dataset, error: &Error) {
    log::error!("{dataset}: {error}");
    error
        .advice()
        .into_iter()
        .for_each(|advice| log::error!("{advice}"));
}

/// Those that are named, each of them once, or all.
fn chosen(sessions: &mut Sessions, options: &args::Backup) -> Result<Vec<Dataset>> {
    let usage = |problem: &str| Err(Error::Usage(format!("{problem}, {EITHER}")));
    let mut datasets = Vec::new();
    match (options.all, &options.datasets[..]) {
        _ if sessions.is_named_by_flag() => return usage("--dataset names one dataset"),
        (true, [_, ..]) => return usage("--all takes no datasets"),
        (true, []) => datasets = sessions.datasets()?,
        (false, names) => {
            for name in names {
                let dataset = Dataset::parse(name)?;
                if !datasets.contains(&dataset) {
                    datasets.push(dataset);
                }
            }
        }
    }
    match datasets.is_empty() {
        false => Ok(datasets),
        true => Err(Error::refused("no dataset has a section")
            .hint("write [fs:DATASET] into the configuration file, one for each dataset")),
    }
}

fn results(rows: &[Row<Done>]) -> String {
    let header = ["DATASET", "RESULT", "SNAPSHOTS", "SENT", "TIME"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        let seconds = row.time.as_secs();
        let time = format!(
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
        let (snapshots, sent) = match &row.outcome {
            Outcome::Done(done) => (
                done.snapshots.to_string(),
                size::humanize(done.stored_bytes),
            ),
            _ => Default::default(),
        };
        [row.dataset.to_string(), result(row), snapshots, sent, time]
    });
    table(std::iter::once(header).chain(cells).collect())
}

fn result(row: &Row<Done>) -> String {
    match &row.outcome {
        Outcome::Done(done) if done.snapshots == 0 => "up to date".to_owned(),
        Outcome::Done(_) => "done".to_owned(),
        Outcome::Failed(error) => format!("failed: {}", plain(&error.to_string())),
        Outcome::Busy(_) => "busy".to_owned(),
        Outcome::NotTried => "not tried".to_owned(),
    }
}

fn one(session: &Session, options: &args::Backup, progress: progress::Mode) -> Result<Done> {
    let request = Request {
        last: options.snapshot.as_deref(),
        full: options.full,
        resume: !options.no_resume,
        dry: options.dry_run,
    };
    let parseable = options.parseable;
    // The commands, then the announcements, in the original's order.
    let mut announcements = String::new();
    let done = backup::run(&session.run(progress), &request, &mut |event| match event {
        Event::Stored(step, estimate) => print(&announcement(step, estimate, parseable)),
        Event::Planned(backup, step, estimate) => {
            announcements += &announcement(step, estimate, parseable);
            let line = backup.shell_text(session.program("pput"), step, estimate);
            print(&format!("{line}\n"))
        }
    })?;
    print(&announcements)?;
    Ok(done)
}

/// The original's spelling, which scripts wait for.
fn announcement(step: &BackupStep, estimate: u64, parseable: bool) -> String {
    let (snapshot, size) = (&step.snapshot, size::humanize(estimate));
    match parseable {
        true => format!("{snapshot}\0{estimate}\n"),
        false => format!("Successfuly backed up {snapshot}: {size}.\n"),
    }
}
