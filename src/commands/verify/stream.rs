//! `z3 verify --stream`: is this file a whole stream?

use std::fs::File;
use std::io::{self, Read};

use serde_json::{Value, json};

use crate::commands::report::{Item, Report};
use crate::error::{Error, Result};
use crate::stream::{
    Accept, Check, Checked, Expect, REDACTED, RESUMING, StreamSummary, feature_names,
};
use crate::terminal::plain;

/// The first bit of [`crate::stream::Begin::flags`].
const CLONE: u32 = 1;

/// Checks a file, or standard input for `-`, and tells what it is.
pub fn run(file: &str, report: &Report) -> Result<()> {
    let name = match file {
        "-" => "standard input",
        path => path,
    };
    let found = look(file, name);
    report.tell(&FileSummary(name, &found))?;
    match found {
        Ok(_) => Ok(()),
        Err(error @ Error::Stream(_)) => Err(error.about(name)),
        // A file that cannot be read may be as good as any.
        Err(other) => Err(Error::Unread(other.to_string())),
    }
}

fn look(file: &str, name: &str) -> Result<StreamSummary> {
    let input: Box<dyn Read> = match file {
        "-" => Box::new(io::stdin()),
        path => {
            Box::new(File::open(path).map_err(|error| Error::io(format!("open {path}"), error))?)
        }
    };
    let checked = Checked::new(input, Check::new(Accept::Any, Expect::default()));
    let read = |error| match Error::io("read", error) {
        fault @ Error::Stream(_) => fault,
        other => other.about(name),
    };
    checked.drain().map_err(read)
}

/// What a receiver should know, the worst first.
fn notes(report: &StreamSummary) -> Vec<String> {
    let (begin, lost) = (&report.begin, report.corrupt_fill);
    let lost_blocks = format!(
        "zfs could not read {lost} blocks and sent a filler in their place: that data is lost"
    );
    let (resuming, redacted) = (begin.features & RESUMING, begin.features & REDACTED);
    let resuming_note =
        "a continuation, not stand-alone: only a partly received snapshot can take it";
    let clone_note = "a clone: it builds on a snapshot of another dataset";
    let notes = [
        (lost > 0).then_some(lost_blocks.as_str()),
        (resuming != 0).then_some(resuming_note),
        (redacted != 0).then_some("redacted: blocks were left out on purpose"),
        (begin.flags & CLONE != 0).then_some(clone_note),
    ];
    notes.into_iter().flatten().map(str::to_owned).collect()
}

/// The four words, as `zstream dump` prints them.
fn checksum(report: &StreamSummary) -> String {
    report
        .end_checksum
        .map(|word| format!("{word:x}"))
        .join("/")
}

/// A file, and what was found in it.
struct FileSummary<'a>(&'a str, &'a Result<StreamSummary>);

impl Item for FileSummary<'_> {
    const TYPE: &'static str = "stream";

    /// Of a package no stream's guids, and of what is no whole stream only what is wrong.
    fn fields(&self) -> Value {
        let Self(name, found) = self;
        let whole = found.as_ref().ok();
        let begin = whole.map(|whole| &whole.begin);
        let plain = begin.filter(|_| whole.is_some_and(|whole| whole.package.is_none()));
        let from = plain.map(|begin| begin.fromguid);
        let (verdict, offset, problem) = match found {
            Ok(_) => ("ok", None, None),
            Err(Error::Stream(fault)) => {
                ("damaged", Some(fault.offset), Some(fault.problem.clone()))
            }
            Err(other) => ("unread", None, Some(other.to_string())),
        };
        json!({
            "stream": name,
            "verdict": verdict,
            "problem": problem,
            "offset": offset,
            "toname": begin.map(|begin| &begin.toname),
            "toguid": plain.map(|begin| begin.toguid.to_string()),
            "fromguid": from.filter(|&guid| guid != 0).map(|guid| guid.to_string()),
            "creation": plain.map(|begin| begin.creation_time),
            "full": from.map(|guid| guid == 0),
            "package_streams": whole.and_then(|whole| whole.package),
            "features": begin.map(|begin| feature_names(begin.features)),
            "stream_bytes": whole.map(|whole| whole.stream_bytes),
            "end_checksum": whole.map(checksum),
            "lost_blocks": whole.map(|whole| whole.corrupt_fill),
            "notes": whole.map(notes),
        })
    }

    fn text(&self) -> String {
        let Self(name, found) = self;
        found
            .as_ref()
            .map_or(String::new(), |whole| text(name, whole))
    }
}

fn text(name: &str, report: &StreamSummary) -> String {
    let begin = &report.begin;
    let features = feature_names(begin.features).join(", ");
    let mut rows = vec![("snapshot", plain(&begin.toname))];
    match report.package {
        Some(streams) => rows.push(("package", format!("of {streams} streams"))),
        None => {
            rows.push(("guid", begin.toguid.to_string()));
            rows.push(match begin.fromguid {
                0 => ("type", "full".to_owned()),
                from => ("type", format!("incremental, from guid {from}")),
            });
        }
    }
    if !features.is_empty() {
        rows.push(("features", features));
    }
    rows.push(("length", format!("{} bytes", report.stream_bytes)));
    rows.push(("checksum", checksum(report)));
    rows.extend(notes(report).into_iter().map(|note| ("note", note)));
    let line = |(label, value): (_, String)| format!("{label:10}{}\n", plain(&value));
    let lines: String = rows.into_iter().map(line).collect();
    format!("{}: a whole stream\n{lines}", plain(name))
}
