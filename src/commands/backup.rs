//! `z3 backup`.

use serde_json::{Value, json};

use super::report::{Command, Item, Report};
use super::session::{Session, Sessions};
use super::several;
use crate::args::{self, Choice};
use crate::backup::{self, Event, Request};
use crate::error::Result;
use crate::many::{self, Tally};
use crate::plan::BackupStep;
use crate::progress;
use crate::size;

/// Runs the command: for one dataset as ever, for several with a table of results at the end.
pub fn run(
    sessions: &mut Sessions,
    choice: &Choice,
    options: &args::Backup,
    progress: progress::Mode,
    report: &Report,
) -> Result<()> {
    let rows = sessions.each(choice, report, |session| {
        one(session, options, progress, report)
    })?;
    let Some(rows) = rows else {
        return Ok(());
    };
    if !options.dry_run {
        several::results(report, "SENT", &rows)?;
    }
    many::verdict(rows)
}

fn one(
    session: &Session,
    options: &args::Backup,
    progress: progress::Mode,
    report: &Report,
) -> Result<Tally> {
    let request = Request {
        last: options.snapshot.as_deref(),
        full: options.full,
        resume: !options.no_resume,
        dry: options.dry_run,
    };
    let parseable = options.parseable;
    let key = |step: &BackupStep| session.vault.key(&step.snapshot);
    // The commands, then the announcements, in the original's order.
    let (mut announcements, mut planned) = (String::new(), 0);
    let done = backup::run(&session.run(progress), &request, &mut |event| match event {
        Event::Stored(step, estimate) => report.tell(&Announced::<true> {
            step,
            key: key(step),
            estimate,
            parseable,
        }),
        Event::Planned(backup, step, estimate) => {
            let announced = Announced::<false> {
                step,
                key: key(step),
                estimate,
                parseable,
            };
            announcements += &announced.text();
            planned += 1;
            let line = backup.shell_text(session.program("pput"), step, estimate);
            report.tell(&Command(line))?;
            report.line(&announced)
        }
    })?;
    report.say(&announcements)?;
    let word = match (planned, done.snapshots) {
        (0, 0) => "up to date",
        (0, _) => "done",
        _ => "planned",
    };
    Ok(Tally {
        word,
        snapshots: done.snapshots + planned,
        stored_bytes: done.stored_bytes,
    })
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
