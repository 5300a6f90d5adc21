//! What is told of the snapshots of a backup.

use serde_json::{Value, json};

use crate::backup::BackupEvent;
use crate::commands::report::{Command, Item};
use crate::commands::session::Session;
use crate::error::Result;
use crate::plan::BackupStep;
use crate::size;
use crate::upload::Uploaded;

/// What has been told so far.
pub struct BackupTold<'a> {
    session: &'a Session,
    parseable: bool,
    /// Of a dry run: the commands come first, then the announcements, in the original's order.
    announcements: String,
    planned: usize,
}

impl<'a> BackupTold<'a> {
    /// Nothing yet.
    pub fn new(session: &'a Session, parseable: bool) -> Self {
        Self {
            session,
            parseable,
            announcements: String::new(),
            planned: 0,
        }
    }

    /// Tells what has happened.
    pub fn tell(&mut self, event: BackupEvent<'_>) -> Result<()> {
        let (session, report) = (self.session, self.session.report);
        match event {
            BackupEvent::Begun => session.begins(),
            BackupEvent::Stored(step, estimate, stored) => {
                report.tell(&StoredItem(self.announced(step, estimate), stored))
            }
            BackupEvent::Planned(backup, step, estimate) => {
                let announced = self.announced(step, estimate);
                self.announcements += &announced.text();
                self.planned += 1;
                let line = backup.shell_text(session.program("pput"), step, estimate);
                report.tell(&Command(line))?;
                report.line(&Planned(announced))
            }
        }
    }

    fn announced<'s>(&self, step: &'s BackupStep, estimate: u64) -> Announced<'s> {
        Announced {
            step,
            key: self.session.vault.key(&step.snapshot),
            estimate,
            parseable: self.parseable,
        }
    }

    /// Tells what is left to be told: how many snapshots a dry run would have stored.
    pub fn end(self) -> Result<usize> {
        self.session.report.say(&self.announcements)?;
        Ok(self.planned)
    }
}

/// What is told of a snapshot that is stored, and of one that would be.
struct Announced<'a> {
    step: &'a BackupStep,
    key: String,
    estimate: u64,
    parseable: bool,
}

impl Announced<'_> {
    fn fields(&self) -> Value {
        let (snapshot, local) = (&self.step.snapshot, &self.step.local);
        let base = self.step.base.as_ref();
        json!({
            "dataset": snapshot.dataset().as_str(),
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
