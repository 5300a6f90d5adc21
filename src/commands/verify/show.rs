//! How the findings of `z3 verify` are shown: a line for each as soon as it is known, or one JSON document at the end.

use serde_json::{Map, Value, json};

use crate::args::Level;
use crate::catalog::Source;
use crate::commands::output::{print, print_json};
use crate::commands::session::Session;
use crate::error::{Error, Result};
use crate::size::humanize;
use crate::stream::Report;
use crate::terminal::plain;
use crate::verify::Finding;

/// What has been shown so far.
pub struct Shown {
    /// The JSON document to be, if one is wanted.
    document: Option<Map<String, Value>>,
    findings: Vec<Value>,
    looked_at: usize,
    damaged: usize,
    unread: usize,
}

/// What a level proves, and what it does not.
fn meaning(level: Level) -> (&'static str, &'static str, &'static str) {
    match level {
        Level::List => (
            "list",
            "the objects are there, with the lengths and ETags that their receipts tell, and their metadata makes whole chains",
            "that their bytes are good (--level data)",
        ),
        Level::Data => (
            "data",
            "every byte can be read and decompressed and is a whole send stream of the right snapshot on the right base",
            "that zfs receive takes it (--level receive)",
        ),
        Level::Receive => (
            "receive",
            "every byte is good and zfs receive makes the right snapshots of it",
            "that the files were good when they were sent",
        ),
    }
}

impl Shown {
    /// Tells what is about to be looked at, and how.
    pub fn begin(session: &Session, level: Level, json: bool) -> Result<Self> {
        let settings = &session.settings;
        let (dataset, selection) = (&settings.dataset, &settings.snapshots);
        let (bucket, s3_prefix) = (&settings.store.s3.bucket, &settings.store.s3_prefix);
        let (level, proves, not) = meaning(level);
        let document = [
            ("dataset", dataset.as_str()),
            ("bucket", bucket),
            ("s3_prefix", s3_prefix),
            (selection.field(), &selection.text()),
            ("level", level),
            ("proves", proves),
            ("does_not_prove", not),
        ];
        let document = document.map(|(name, text)| (name.to_owned(), json!(text)));
        if !json {
            print(&format!(
                "verify {dataset} on {bucket}/{s3_prefix}, level {level}\nproves: {proves}\ndoes not prove: {not}\n"
            ))?;
        }
        Ok(Self {
            document: json.then(|| document.into_iter().collect()),
            findings: Vec::new(),
            looked_at: 0,
            damaged: 0,
            unread: 0,
        })
    }

    /// Shows one finding.
    pub fn add(&mut self, finding: &Finding<'_>) -> Result<()> {
        self.looked_at += 1;
        let verdict = match &finding.outcome {
            Ok(_) => "ok",
            Err(fault) if fault.damaged => {
                self.damaged += 1;
                "damaged"
            }
            Err(_) => {
                self.unread += 1;
                "unread"
            }
        };
        if self.document.is_some() {
            self.findings.push(value(finding, verdict));
            return Ok(());
        }
        print(&line(finding, verdict))
    }

    /// Shows the sum; damage, and what was not looked at, is an error.
    pub fn end(self) -> Result<()> {
        let (all, damaged, unread) = (self.looked_at, self.damaged, self.unread);
        let ok = all - damaged - unread;
        match self.document {
            Some(mut document) => {
                let summary = json!({ "ok": ok, "damaged": damaged, "unread": unread });
                document.insert("backups".to_owned(), json!(self.findings));
                document.insert("summary".to_owned(), summary);
                print_json(&Value::Object(document))?;
            }
            None => print(&format!(
                "{all} backups: {ok} ok, {damaged} damaged, {unread} unread\n"
            ))?,
        }
        match (damaged, unread) {
            (0, 0) => Ok(()),
            (0, _) => Err(Error::Unread(format!(
                "{unread} of {all} backups could not be looked at"
            ))),
            _ => Err(Error::refused(format!(
                "{damaged} of {all} backups are damaged"
            ))),
        }
    }
}

/// `verdict  name  details`, or the key and what is wrong with it.
fn line(finding: &Finding<'_>, verdict: &str) -> String {
    let stored = finding.stored;
    let details = match &finding.outcome {
        Ok(report) => details(finding, report.as_ref()),
        // Most errors name the key already.
        Err(fault) if fault.problem.contains(&stored.key) => fault.problem.clone(),
        Err(fault) => format!("{}: {}", stored.key, fault.problem),
    };
    let text = format!("{verdict:8} {}  {details}", stored.name);
    format!("{}\n", plain(&text.replace(['\n', '\t'], " ")))
}

fn details(finding: &Finding<'_>, report: Option<&Report>) -> String {
    let stored = finding.stored;
    let kind = if stored.label.full {
        "full"
    } else {
        "incremental"
    };
    let stored_size = humanize(stored.head.size_bytes);
    let receipt = match (stored.source, finding.receipt) {
        (Source::Metadata, true) => String::new(),
        (Source::Metadata, false) => ", no receipt".to_owned(),
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

fn value(finding: &Finding<'_>, verdict: &str) -> Value {
    let stored = finding.stored;
    let fault = finding.outcome.as_ref().err();
    let report = finding.outcome.as_ref().ok().and_then(Option::as_ref);
    let mut value = json!({
        "name": stored.name,
        "key": stored.key,
        "verdict": verdict,
        "problem": fault.map(|fault| &fault.problem),
        "offset": fault.and_then(|fault| fault.offset),
        "full": stored.label.full,
        "receipt": finding.receipt,
        "stored_bytes": stored.head.size_bytes,
        "stream_bytes": report.map(|report| report.stream_bytes),
        "guid": report.map(|report| report.begin.toguid.to_string()),
        "lost_blocks": report.map(|report| report.corrupt_fill),
    });
    if let (Some(value), true) = (value.as_object_mut(), stored.source != Source::Metadata) {
        value.insert("facts".to_owned(), json!(stored.source.word()));
    }
    value
}
