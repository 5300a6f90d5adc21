//! How the findings of `z3 verify` are told: each as soon as it is known, and their sum.

use serde_json::{Value, json};

use crate::args::Level;
use crate::catalog::FactSource;
use crate::commands::report::{Item, Report};
use crate::commands::session::Session;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::size::humanize;
use crate::stream;
use crate::terminal::plain;
use crate::verify::Finding;

/// What has been told so far.
pub struct VerifyTold<'a> {
    report: &'a Report,
    settings: &'a Settings,
    dataset: &'a str,
    level: Level,
    ok: usize,
    damaged: usize,
    unread: usize,
}

/// What is about to be looked at, and how.
struct Opening<'a>(&'a Settings, &'a str, Level);

impl Item for Opening<'_> {
    const TYPE: &'static str = "verify";

    fn fields(&self) -> Value {
        let Self(settings, dataset, level) = self;
        let chosen = &settings.snapshots;
        let chosen = |field| (chosen.field() == field).then(|| chosen.text());
        let (level, proves, not) = level.meaning();
        json!({
            "dataset": dataset,
            "bucket": settings.store.s3.bucket,
            "s3_prefix": settings.store.s3_prefix,
            "snapshot_prefix": chosen("snapshot_prefix"),
            "snapshot_glob": chosen("snapshot_glob"),
            "level": level,
            "proves": proves,
            "does_not_prove": not,
        })
    }

    fn text(&self) -> String {
        let Self(settings, dataset, level) = self;
        let (bucket, prefix) = (&settings.store.s3.bucket, &settings.store.s3_prefix);
        let (level, proves, not) = level.meaning();
        format!(
            "verify {dataset} on {bucket}/{prefix}, level {level}\nproves: {proves}\ndoes not prove: {not}\n"
        )
    }
}

/// The verdict about one backup.
struct BackupVerdict<'a>(&'a str, &'a Finding<'a>);

impl BackupVerdict<'_> {
    fn word(&self) -> &'static str {
        match &self.1.outcome {
            Ok(_) => "ok",
            Err(fault) if fault.damaged => "damaged",
            Err(_) => "unread",
        }
    }
}

impl Item for BackupVerdict<'_> {
    const TYPE: &'static str = "verdict";

    fn fields(&self) -> Value {
        let Self(dataset, finding) = self;
        let (stored, fault) = (finding.stored, finding.outcome.as_ref().err());
        let read = finding.outcome.as_ref().ok().and_then(Option::as_ref);
        json!({
            "dataset": dataset,
            "name": stored.name,
            "key": stored.key,
            "verdict": self.word(),
            "problem": fault.map(|fault| &fault.problem),
            "offset": fault.and_then(|fault| fault.offset),
            "full": stored.label.full,
            "receipt": finding.receipt,
            "facts": stored.source.word(),
            "stored_bytes": stored.head.size_bytes,
            "stream_bytes": read.map(|read| read.stream_bytes),
            "guid": read.map(|read| read.begin.toguid.to_string()),
            "lost_blocks": read.map(|read| read.corrupt_fill),
        })
    }

    /// `verdict  name  details`, or the key and what is wrong with it.
    fn text(&self) -> String {
        let (verdict, stored) = (self.word(), self.1.stored);
        let details = match &self.1.outcome {
            Ok(report) => details(self.1, report.as_ref()),
            // Most errors name the key already.
            Err(fault) if fault.problem.contains(&stored.key) => fault.problem.clone(),
            Err(fault) => format!("{}: {}", stored.key, fault.problem),
        };
        let text = format!("{verdict:8} {}  {details}", stored.name);
        format!("{}\n", plain(&text.replace(['\n', '\t'], " ")))
    }
}

impl VerifyTold<'_> {
    fn all(&self) -> usize {
        self.ok + self.damaged + self.unread
    }
}

/// How many backups got which verdict.
impl Item for VerifyTold<'_> {
    const TYPE: &'static str = "summary";

    fn fields(&self) -> Value {
        let (dataset, ok) = (self.dataset, self.ok);
        json!({ "dataset": dataset, "ok": ok, "damaged": self.damaged, "unread": self.unread })
    }

    fn text(&self) -> String {
        let (all, ok, damaged, unread) = (self.all(), self.ok, self.damaged, self.unread);
        format!("{all} backups: {ok} ok, {damaged} damaged, {unread} unread\n")
    }
}

impl<'a> VerifyTold<'a> {
    /// Nothing yet.
    pub fn new(session: &'a Session, level: Level) -> Self {
        Self {
            report: &session.report,
            settings: &session.settings,
            dataset: session.settings.dataset.as_str(),
            level,
            ok: 0,
            damaged: 0,
            unread: 0,
        }
    }

    /// Tells what is about to be looked at, and how.
    pub fn begin(&self) -> Result<()> {
        self.report
            .tell(&Opening(self.settings, self.dataset, self.level))
    }

    /// Tells one finding.
    pub fn add(&mut self, finding: &Finding<'_>) -> Result<()> {
        match &finding.outcome {
            Ok(_) => self.ok += 1,
            Err(fault) if fault.damaged => self.damaged += 1,
            Err(_) => self.unread += 1,
        }
        self.report.tell(&BackupVerdict(self.dataset, finding))
    }

    /// Tells the sum, and returns it; damage, and what was not looked at, is an error.
    pub fn end(self) -> Result<usize> {
        self.report.tell(&self)?;
        let all = self.all();
        match (self.damaged, self.unread) {
            (0, 0) => Ok(all),
            (0, unread) => Err(Error::Unread(format!(
                "{unread} of {all} backups could not be looked at"
            ))),
            (damaged, _) => Err(Error::refused(format!(
                "{damaged} of {all} backups are damaged"
            ))),
        }
    }
}

fn details(finding: &Finding<'_>, report: Option<&stream::StreamSummary>) -> String {
    let stored = finding.stored;
    let kind = if stored.label.full {
        "full"
    } else {
        "incremental"
    };
    let stored_size = humanize(stored.head.size_bytes);
    let receipt = match (stored.source, finding.receipt) {
        (FactSource::Metadata, true) => String::new(),
        (FactSource::Metadata, false) => ", no receipt".to_owned(),
        (source, _) => format!(
            ", without metadata: what it is was taken from its {}",
            source.word()
        ),
    };
    let Some(report) = report else {
        return format!("{kind}, {stored_size} stored{receipt}");
    };
    let stream_size = humanize(report.stream_bytes);
    let guid = report.begin.toguid;
    let mut text = format!("{kind}, {stream_size} as {stored_size}, guid {guid}{receipt}");
    let lost = report.corrupt_fill;
    if lost > 0 {
        text += &format!("; {lost} blocks were lost before it was sent");
    }
    text
}
