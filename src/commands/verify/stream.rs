//! `z3 verify --stream`: is this file a whole stream?

use std::fs::File;
use std::io::{self, Read};

use serde_json::{Value, json};

use crate::commands::output::{print, print_json};
use crate::error::{Error, Result};
use crate::stream::{Accept, Check, Checked, Expect, REDACTED, RESUMING, Report, feature_names};
use crate::terminal::plain;

/// The first bit of [`crate::stream::Begin::flags`].
const CLONE: u32 = 1;

/// Checks a file, or standard input for `-`, and tells what it is.
pub fn run(file: &str, json: bool) -> Result<()> {
    let name = match file {
        "-" => "standard input",
        path => path,
    };
    match look(file, name) {
        Ok(report) if json => print_json(&good(name, &report)),
        Ok(report) => print(&text(name, &report)),
        Err(error) => {
            if json {
                print_json(&bad(name, &error))?;
            }
            Err(match error {
                Error::Stream(_) => error.about(name),
                // A file that cannot be read may be as good as any.
                other => Error::Unread(other.to_string()),
            })
        }
    }
}

fn look(file: &str, name: &str) -> Result<Report> {
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
fn notes(report: &Report) -> Vec<String> {
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
fn checksum(report: &Report) -> String {
    report
        .end_checksum
        .map(|word| format!("{word:x}"))
        .join("/")
}

fn text(name: &str, report: &Report) -> String {
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

fn good(name: &str, report: &Report) -> Value {
    let begin = &report.begin;
    let plain = |value: Value| report.package.is_none().then_some(value);
    json!({
        "stream": name,
        "verdict": "ok",
        "toname": begin.toname,
        "toguid": plain(json!(begin.toguid.to_string())),
        "fromguid": plain(json!((begin.fromguid != 0).then(|| begin.fromguid.to_string()))),
        "full": plain(json!(begin.fromguid == 0)),
        "package_streams": report.package,
        "features": feature_names(begin.features),
        "stream_bytes": report.stream_bytes,
        "end_checksum": checksum(report),
        "lost_blocks": report.corrupt_fill,
        "notes": notes(report),
    })
}

fn bad(name: &str, error: &Error) -> Value {
    let (verdict, offset, problem) = match error {
        Error::Stream(fault) => ("damaged", Some(fault.offset), fault.problem.clone()),
        other => ("unread", None, other.to_string()),
    };
    json!({ "stream": name, "verdict": verdict, "offset": offset, "problem": problem })
}
