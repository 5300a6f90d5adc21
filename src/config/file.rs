//! The configuration file.
//!
//! Responsible for its syntax, as Python's configparser has it without interpolation: `[section]`, `KEY=VALUE` or
//! `KEY: VALUE`, comments on lines of their own. A value is all that stands behind the first `=` or `:`, literally. Not
//! responsible for what a line is ([`crate::inifile`]) and what values mean.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption};

use super::keys;
use crate::error::{Error, Result};
use crate::inifile::{self, Line};
use crate::name::Dataset;

/// The sections that count for every dataset, the first one first.
pub const GENERAL: [&str; 2] = ["main", "DEFAULT"];

/// The keys that are about snapshots and what becomes of them before they are moved.
const OF_SNAPSHOTS: [&str; 10] = [
    keys::RECURSIVE.row.name,
    keys::EXCLUDE.row.name,
    keys::BACKUP_PROPERTY.row.name,
    keys::ALLOW_EMPTY.row.name,
    keys::SNAPSHOT_GLOB.row.name,
    keys::SNAPSHOT_PREFIX.row.name,
    keys::S3_PREFIX.row.name,
    keys::COMPRESSOR.row.name,
    keys::GZIP_ENGINE.row.name,
    keys::GPG_RECIPIENT.row.name,
];

/// Why there is none to be read. Who is not root meets that of root first.
pub fn unreadable(path: &str, error: io::Error) -> Error {
    let forbidden = error.kind() == io::ErrorKind::PermissionDenied;
    let error = Error::io(format!("read configuration {path}"), error);
    match forbidden {
        true => error
            .hint("it is for its owner, as a rule root; --config or Z3_CONFIG names another one"),
        false => error,
    }
}

/// A configuration file that has been read.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    sections: BTreeMap<String, BTreeMap<String, String>>,
    /// Those that have a section, in the order of the file.
    pub datasets: Vec<Dataset>,
    /// What is likely a slip: unknown keys and sections.
    pub warnings: Vec<String>,
}

impl File {
    /// Reads the text of the file at `path`.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let mut file = Self {
            path: path.to_owned(),
            sections: BTreeMap::new(),
            datasets: Vec::new(),
            warnings: Vec::new(),
        };
        let literal = ParseOption {
            enabled_quote: false,
            enabled_escape: false,
            enabled_indented_mutiline_value: false,
            enabled_preserve_key_leading_whitespace: false,
        };
        let plain = file.plain(text)?;
        let ini = Ini::load_from_str_opt(&plain, literal)
            .map_err(|error| file.wrong(error.line, &error.msg))?;
        for (section, properties) in &ini {
            // rust-ini always has a nameless section; what stands above the first header was refused already.
            let Some(section) = section.map(normal_section) else {
                continue;
            };
            file.note_section(&section);
            for (key, value) in properties {
                file.take(&section, key, value)?;
            }
        }
        Ok(file)
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of a key of a section; the name of the key in capitals.
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.sections.get(section)?.get(key).map(String::as_str)
    }

    /// The text as rust-ini reads it right. Left to itself it joins a line that ends in a backslash with the next one,
    /// unless that line ends in CR LF, takes an unclosed `[section` and a line without `=` together with what follows, does
    /// not see the end of a name behind a backslash, and refuses an indented comment. No message repeats a line: it may
    /// hold a secret.
    fn plain(&self, text: &str) -> Result<String> {
        let mut plain = String::new();
        let mut below_section = false;
        for (number, line) in inifile::numbered(text) {
            let wrong = |problem| Err(self.wrong(number, problem));
            match Line::read(&line) {
                Line::Nothing => {}
                Line::Wrong(problem) => return wrong(problem),
                Line::Section(name) if name.contains('\\') => {
                    return wrong("expected a section's name without a backslash");
                }
                Line::Section(name) => {
                    below_section = true;
                    plain.push_str(&format!("[{name}]"));
                }
                Line::Pair(key, _) if key.contains('\\') => {
                    return wrong("expected a key without a backslash");
                }
                Line::Pair(..) if !below_section => {
                    return wrong("expected [main] before the first key");
                }
                Line::Pair(..) => plain.push_str(line.trim()),
            }
            plain.push_str("\r\n");
        }
        Ok(plain)
    }

    /// Whether any `[fs:DATASET]` has a key that concerns who only moves bytes, as `pput` and `z3_get` do.
    pub fn sections_differ(&self) -> bool {
        let mut sections = self.sections.iter();
        sections.any(|(name, values)| {
            let moves = |key: &String| !OF_SNAPSHOTS.contains(&key.as_str());
            name.starts_with("fs:") && values.keys().any(moves)
        })
    }

    fn note_section(&mut self, section: &str) {
        let dataset = section.strip_prefix("fs:").map(Dataset::parse);
        match dataset {
            Some(Ok(dataset)) if self.datasets.contains(&dataset) => {}
            Some(Ok(dataset)) => self.datasets.push(dataset),
            _ if is_general(section) => {}
            _ => self.warnings.push(format!(
                "{}: section [{section}] is ignored, expected [main] or [fs:DATASET]",
                self.path.display()
            )),
        }
    }

    fn take(&mut self, section: &str, key: &str, value: &str) -> Result<()> {
        let key = key.to_ascii_uppercase();
        let mut known = keys::ALL.iter().flat_map(|row| row.file_names());
        if !known.any(|name| name == key) {
            self.warnings.push(format!(
                "{}: key {key} in [{section}] is unknown and ignored",
                self.path.display()
            ));
        }
        if is_quoted(value) {
            self.warnings.push(format!(
                "{}: the quotes around {key} in [{section}] are part of its value, expected none",
                self.path.display()
            ));
        }
        if key == keys::FILESYSTEM.row.name && !is_general(section) {
            return Err(self.refuse(section, &key, "expected in [main] only"));
        }
        let values = self.sections.entry(section.to_owned()).or_default();
        match values.insert(key.clone(), value.to_owned()) {
            None => Ok(()),
            Some(_) => Err(self.refuse(section, &key, "expected once, got it twice")),
        }
    }

    /// An error about a key of a section.
    fn refuse(&self, section: &str, key: &str, problem: &str) -> Error {
        Error::config(key, self.origin(section), problem)
    }

    /// How errors name a section.
    pub fn origin(&self, section: &str) -> String {
        format!("[{section}] of {}", self.path.display())
    }

    fn wrong(&self, line: usize, problem: &str) -> Error {
        let origin = self.path.display().to_string();
        Error::config(format!("line {line}"), origin, problem)
    }
}

/// Shells want quotes, this file takes them literally.
fn is_quoted(value: &str) -> bool {
    let within = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    let within = within('"').or_else(|| within('\''));
    // A secret may well have some.
    within.is_some_and(|within| !within.contains(['"', '\'']))
}

/// `[DEFAULT]` is configparser's own: what it has counts where no other section says anything.
fn is_general(section: &str) -> bool {
    GENERAL.contains(&section)
}

/// The section of a dataset.
pub fn section_of(dataset: &Dataset) -> String {
    format!("fs:{dataset}")
}

/// `fs: tank/spam` is meant as `fs:tank/spam`; letters keep their case, as those of datasets count.
fn normal_section(name: &str) -> String {
    match name.trim().split_once(':') {
        Some((kind, dataset)) => format!("{}:{}", kind.trim(), dataset.trim()),
        None => name.trim().to_owned(),
    }
}
