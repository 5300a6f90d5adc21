//! `z3 backup`.

use std::time::Instant;

use serde_json::{Value, json};

use super::monitor::Work;
use super::report::{Command, Item};
use super::session::{Session, Sessions};
use super::several;
use crate::args;
use crate::backup::{self, Ahead, BackupDone, BackupEvent, BackupRequest, UpToDate};
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use crate::plan::BackupStep;
use crate::size;
use crate::upload::Uploaded;

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
    let key = |step: &BackupStep| session.vault.key(&step.snapshot);
    let (report, parseable) = (session.report, options.parseable);
    // The commands, then the announcements, in the original's order.
    let (mut announcements, mut planned) = (String::new(), 0);
    let begun = Instant::now();
    let done = backup::run(&session.run(), &request, &mut |event| match event {
        BackupEvent::Begun => session.begins(),
        BackupEvent::Stored(step, estimate, outcome) => {
            let announced = Announced::of(step, key(step), estimate, parseable);
            report.tell(&StoredItem(announced, outcome))
        }
        BackupEvent::Planned(backup, step, estimate) => {
            let announced = Announced::of(step, key(step), estimate, parseable);
            announcements += &announced.text();
            planned += 1;
            let line = backup.shell_text(session.program("pput"), step, estimate);
            report.tell(&Command(line))?;
            report.line(&Planned(announced))
        }
    });
    let done = done.or_else(|error| unless_gone(session, error));
    if !options.dry_run {
        let known = done.as_ref().ok();
        let work = known.map(|done| Work::Sent(done.snapshots, done.stored_bytes));
        let newest = known.and_then(|done| done.newest);
        session.ran(begun, work, newest, done.as_ref().err());
    }
    let done = done?;
    report.say(&announcements)?;
    let word = match (planned, done.snapshots) {
        (0, 0) => done.nothing.unwrap_or("up to date"),
        (0, _) => "done",
        _ => "planned",
    };
    Ok(Tally {
        word,
        snapshots: done.snapshots + planned,
        stored_bytes: done.stored_bytes,
    })
}

/// What is told of a snapshot that is stored, and of one that would be.
struct Announced<'a> {
    step: &'a BackupStep,
    key: String,
    estimate: u64,
    parseable: bool,
}

impl<'a> Announced<'a> {
    fn of(step: &'a BackupStep, key: String, estimate: u64, parseable: bool) -> Self {
        Self {
            step,
            key,
            estimate,
            parseable,
        }
    }

    fn fields(&self) -> Value {
        let (snapshot, local) = (&self.step.snapshot, &self.step.local);
        let base = self.step.base.as_ref();
        json!({
            "dataset": snapshot.dataset(),
            "name": local.name,
            "guid": local.guid.to_string(),
            "parent": base.map(|base| base.parent.to_string()),
            "parent_guid": base.map(|base| base.guid.to_string()),
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

/// A snapshot that is stored.
struct StoredItem<'a>(Announced<'a>, &'a Uploaded);

impl Item for StoredItem<'_> {
    const TYPE: &'static str = "backup";

    fn fields(&self) -> Value {
        let mut fields = self.0.fields();
        let Self(_, stored) = self;
        let known = json!({
            "stored_bytes": stored.size_bytes,
            "etag": stored.etag,
            "z3id": stored.z3id,
        });
        if let (Value::Object(fields), Value::Object(known)) = (&mut fields, known) {
            fields.extend(known);
        }
        fields
    }

    fn text(&self) -> String {
        self.0.text()
    }
}

/// One that `--dry-run` would have stored.
struct Planned<'a>(Announced<'a>);

impl Item for Planned<'_> {
    const TYPE: &'static str = "planned";

    fn fields(&self) -> Value {
        self.0.fields()
    }
}
