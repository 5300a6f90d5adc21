//! `z3 backup`.

use serde_json::{Value, json};

use super::report::{Command, Item, Report};
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

const HEADER: [&str; 5] = ["DATASET", "RESULT", "SNAPSHOTS", "SENT", "TIME"];

/// What there is to choose from.
const EITHER: &str = "expected it, names behind the command, or --all";

/// Runs the command: for one dataset as ever, for several with a table of results at the end.
pub fn run(
    sessions: &mut Sessions,
    options: &args::Backup,
    progress: progress::Mode,
    report: &Report,
) -> Result<()> {
    let datasets = match options.all || !options.datasets.is_empty() {
        true => chosen(sessions, options.all, &options.datasets)?,
        false => return one(&sessions.named()?, options, progress, report).map(drop),
    };
    if let [dataset] = &datasets[..] {
        return one(&sessions.of(dataset)?, options, progress, report).map(drop);
    }
    let rows = many::each(datasets, |dataset| {
        let done = sessions.of(dataset);
        let done = done.and_then(|session| one(&session, options, progress, report));
        done.inspect_err(|error| tell(dataset, error))
    });
    if !options.dry_run {
        report.table("", HEADER, &rows, cells)?;
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
pub fn chosen(sessions: &mut Sessions, all: bool, names: &[String]) -> Result<Vec<Dataset>> {
    let usage = |problem: &str| Err(Error::Usage(format!("{problem}, {EITHER}")));
    let mut datasets = Vec::new();
    match (all, names) {
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

fn cells(row: &Row<Done>) -> [String; 5] {
    let seconds = row.time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let time = format!("{hours}:{minutes:02}:{:02}", seconds % 60);
    let (snapshots, sent) = match &row.outcome {
        Outcome::Done(done) => (
            done.snapshots.to_string(),
            size::humanize(done.stored_bytes),
        ),
        _ => Default::default(),
    };
    let result = match &row.outcome {
        Outcome::Failed(error) => format!("failed: {}", plain(&error.to_string())),
        _ => word(row).to_owned(),
    };
    [row.dataset.to_string(), result, snapshots, sent, time]
}

fn word(row: &Row<Done>) -> &'static str {
    match &row.outcome {
        Outcome::Done(done) if done.snapshots == 0 => "up to date",
        Outcome::Done(_) => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Busy(_) => "busy",
        Outcome::NotTried => "not tried",
    }
}

impl Item for Row<Done> {
    const TYPE: &'static str = "result";

    fn fields(&self) -> Value {
        let (done, problem) = match &self.outcome {
            Outcome::Done(done) => (Some(done), None),
            Outcome::Failed(error) | Outcome::Busy(error) => (None, Some(error.to_string())),
            Outcome::NotTried => (None, None),
        };
        json!({
            "dataset": self.dataset.as_str(),
            "result": word(self),
            "problem": problem,
            "snapshots": done.map(|done| done.snapshots),
            "stored_bytes": done.map(|done| done.stored_bytes),
            "seconds": self.time.as_secs(),
        })
    }
}

fn one(
    session: &Session,
    options: &args::Backup,
    progress: progress::Mode,
    report: &Report,
) -> Result<Done> {
    let request = Request {
        last: options.snapshot.as_deref(),
        full: options.full,
        resume: !options.no_resume,
        dry: options.dry_run,
    };
    let parseable = options.parseable;
    let key = |step: &BackupStep| session.vault.key(&step.snapshot);
    // The commands, then the announcements, in the original's order.
    let mut announcements = String::new();
    let done = backup::run(&session.run(progress), &request, &mut |event| match event {
        Event::Stored(step, estimate) => report.tell(&Announced::<true> {
            step,
            key: key(step),
            estimate,
            parseable,
        }),
        Event::Planned(backup, step, estimate) => {
            let planned = Announced::<false> {
                step,
                key: key(step),
                estimate,
                parseable,
            };
            announcements += &planned.text();
            let line = backup.shell_text(session.program("pput"), step, estimate);
            report.tell(&Command(line))?;
            report.line(&planned)
        }
    })?;
    report.say(&announcements)?;
    Ok(done)
}

/// A snapshot that is stored, or one that `--dry-run` would have stored.
struct Announced<'a, const STORED: bool> {
    step: &'a BackupStep,
    key: String,
    estimate: u64,
    parseable: bool,
}

impl<const STORED: bool> Item for Announced<'_, STORED> {
    const TYPE: &'static str = if STORED { "backup" } else { "planned" };

    fn fields(&self) -> Value {
        let (snapshot, local) = (&self.step.snapshot, &self.step.local);
        let base = self.step.base.as_ref();
        json!({
            "dataset": snapshot.dataset(),
            "name": local.name,
            "guid": local.guid.to_string(),
            "parent": base.map(|(base, _)| base.to_string()),
            "parent_guid": base.map(|(_, guid)| guid.to_string()),
            "creation": local.creation,
            "key": self.key,
            "estimated_bytes": self.estimate,
        })
    }

    /// The original's spelling, which scripts wait for.
    fn text(&self) -> String {
        let (snapshot, estimate) = (&self.step.snapshot, self.estimate);
        match self.parseable {
            true => format!("{snapshot}\0{estimate}\n"),
            false => format!(
                "Successfuly backed up {snapshot}: {}.\n",
                size::humanize(estimate)
            ),
        }
    }
}
