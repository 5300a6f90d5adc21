//! `z3 backup`.

use serde_json::{Value, json};

use super::report::{Command, Item, Report};
use super::session::Session;
use crate::args;
use crate::backup::{self, Event, Request};
use crate::error::Result;
use crate::plan::BackupStep;
use crate::progress;
use crate::size;

/// Runs the command.
pub fn run(
    session: &Session,
    options: &args::Backup,
    progress: progress::Mode,
    report: &Report,
) -> Result<()> {
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
    backup::run(
        &session.run(progress)?,
        &request,
        &mut |event| match event {
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
        },
    )?;
    report.say(&announcements)
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
