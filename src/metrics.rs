//! A file for the textfile collector of Prometheus' node_exporter: times, not ages, so that an alert stays right though z3 does
//! not run any more.
//!
//! Responsible for the format, and for one file in which several commands write: what another command, or a run for other
//! datasets, has said stays. What is read back is taken for a stranger's. Not responsible for what is measured.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;

use crate::order::gathered;

/// More than thousands of datasets need.
const FILE_BYTES: u64 = 4 << 20;
/// How long another writer is waited for, and how long until it is looked at again.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// A metric: its name, what it is, and the labels that each value has. All of them are gauges.
type Metric = (&'static str, &'static str, &'static [&'static str]);

const METRICS: [Metric; 11] = [
    (
        "z3_backups",
        "Stored backups, by whether they can be restored.",
        &["dataset", "state"],
    ),
    (
        "z3_build_info",
        "The z3 that has written this.",
        &["version"],
    ),
    (
        "z3_chain_length",
        "Backups that are needed to restore the newest.",
        &["dataset"],
    ),
    (
        "z3_last_run_duration_seconds",
        "How long the last run took.",
        &["command", "dataset"],
    ),
    (
        "z3_last_run_sent_bytes",
        "Length of the objects that the last run has stored.",
        &["command", "dataset"],
    ),
    (
        "z3_last_run_success",
        "Whether the last run has done all that it should.",
        &["command", "dataset"],
    ),
    (
        "z3_last_run_timestamp_seconds",
        "When the last run ended.",
        &["command", "dataset"],
    ),
    (
        "z3_newest_backup_timestamp_seconds",
        "When the snapshot of the newest backup was made that can be restored.",
        &["dataset", "prefix"],
    ),
    (
        "z3_newest_local_snapshot_timestamp_seconds",
        "When the newest snapshot in the pool was made.",
        &["dataset", "prefix"],
    ),
    ("z3_stored_bytes", "Length of all objects.", &["dataset"]),
    (
        "z3_unfinished_uploads",
        "Uploads that have not ended.",
        &["dataset"],
    ),
];

/// A metric's name and its labels.
type Series = (&'static str, Vec<String>);

/// Values by their metric and labels, as the file has them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    values: BTreeMap<Series, u64>,
}

impl Metrics {
    /// A value. The labels are those of the metric, in their order; a metric that is not in the table is left out.
    pub fn set(&mut self, name: &str, labels: &[&str], value: u64) {
        let metric = METRICS.iter().find(|(known, ..)| *known == name);
        if let Some((name, _, names)) = metric
            && names.len() == labels.len()
        {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            self.values.insert((name, labels), value);
        }
    }

    /// Writes the file, with what it has had of other values: beside it first, so that nobody ever reads half of it.
    pub fn write(mut self, path: &Path) -> io::Result<()> {
        self.set("z3_build_info", &[env!("CARGO_PKG_VERSION")], 1);
        let _turn = turn(path);
        for (place, value) in read(path) {
            let (name, labels) = &place;
            // Other versions, and the names of snapshots that were meant before, say nothing any more.
            let replaced = *name == "z3_build_info"
                || labels
                    .first()
                    .is_some_and(|dataset| self.says(name, dataset));
            if !replaced {
                self.values.entry(place).or_insert(value);
            }
        }
        replace(path, self.text().as_bytes())
    }

    /// Whether there is a new value of a metric whose second label is what was chosen, not what was measured.
    fn says(&self, name: &str, dataset: &str) -> bool {
        let mut own = self.values.keys().filter(|(known, _)| *known == name);
        name.contains("_newest_")
            && own.any(|(_, labels)| labels.first().is_some_and(|own| own == dataset))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, help, names) in &METRICS {
            let mut own = self
                .values
                .iter()
                .filter(|((known, _), _)| known == name)
                .peekable();
            if own.peek().is_some() {
                let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            }
            for ((_, labels), value) in own {
                let pairs = names.iter().zip(labels);
                let pairs = pairs.map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
                let pairs: Vec<String> = pairs.collect();
                let _ = writeln!(text, "{name}{{{}}} {value}", pairs.join(","));
            }
        }
        text
    }
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Makes other writers of files in this directory wait as long as it lives, so that none loses what another has just said. Who
/// has waited for some seconds waits no longer: a value is not worth a run.
fn turn(path: &Path) -> Option<fs::File> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    let directory = fs::File::open(above.unwrap_or(Path::new("."))).ok()?;
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        match directory.try_lock() {
            Ok(()) => return Some(directory),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// The values of a file that z3 may have written; of anything else there are none.
fn read(path: &Path) -> BTreeMap<Series, u64> {
    let nonblocking = OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nonblocking)
        .open(path);
    let regular = |file: &fs::File| {
        file.metadata()
            .is_ok_and(|meta| meta.is_file() && meta.len() <= FILE_BYTES)
    };
    let mut text = String::new();
    if let Some(file) = file.ok().filter(regular)
        && file.take(FILE_BYTES).read_to_string(&mut text).is_err()
    {
        text.clear();
    }
    gathered(text.lines().filter_map(line))
}

/// A line exactly as we would write it: a metric of the table with its labels and a whole number.
fn line(line: &str) -> Option<(Series, u64)> {
    let (name, mut rest) = line.split_once('{')?;
    let (name, _, names) = METRICS.iter().find(|(known, ..)| *known == name)?;
    let mut labels = Vec::new();
    for (number, label) in names.iter().enumerate() {
        rest = rest.strip_prefix(if number == 0 { "" } else { "," })?;
        rest = rest.strip_prefix(label)?.strip_prefix("=\"")?;
        let (value, after) = unescaped(rest)?;
        labels.push(value);
        rest = after;
    }
    let value = rest.strip_prefix("} ")?;
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let value = value.parse().ok().filter(|_| digits)?;
    Some(((name, labels), value))
}

/// A label up to its quote, and what is behind that.
fn unescaped(text: &str) -> Option<(String, &str)> {
    let (mut value, mut letters) = (String::new(), text.chars());
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(match letters.next()? {
                'n' => '\n',
                same @ ('\\' | '"') => same,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
}

/// Puts a file in the place of another one, whole or not at all. In a directory that others may write to, nobody's link is
/// followed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    // What a killed run has left, which may have had our number.
    let _ = fs::remove_file(&beside);
    let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    // The collector is another user.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
