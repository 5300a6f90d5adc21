//! `z3 doctor`: everything that a backup needs, looked at before it is needed, each thing with what was found and what to do.
//!
//! Responsible for asking and for judging what comes back, one file for each area. What is missing is a failure of its own
//! line, and ends nothing that can be looked at without it. Leaves nothing behind. Not responsible for mending anything.

mod bucket;
mod clauses;
mod configuration;
mod first;
mod former;
mod init;
mod left;
mod machine;
mod places;
mod policy;
mod right;
mod rights;
mod server;
mod snapshots;
mod stored;
#[cfg(test)]
mod tests;
mod zfs;

pub use init::init;
pub use policy::policy;

use crate::config::{Config, Settings, StoreSettings};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::s3::Client;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// As it should be, or of no importance.
    Ok,
    /// Something does not work, or will not one day.
    Warning,
    /// Backups or restores do not work.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Of which kind it is: `bucket`.
    pub area: &'static str,
    /// What was looked at: `lifecycle`.
    pub subject: String,
    /// How well it is.
    pub grade: Grade,
    /// What was found.
    pub found: String,
    /// What can be done about it; empty if there is nothing to be done.
    pub hint: String,
}

/// What was found of something, and what can be done about it.
type Judged = (Grade, String, String);

/// Where diagnoses go, as soon as they are known; a failure to tell ends the examination.
pub struct Chart<'t> {
    tell: &'t mut dyn FnMut(&Diagnosis) -> Result<()>,
    area: &'static str,
    /// How many things were looked at, of which so many may become worse, and so many do not work.
    counts: [usize; 3],
}

impl<'t> Chart<'t> {
    /// An empty one.
    pub fn new(tell: &'t mut dyn FnMut(&Diagnosis) -> Result<()>) -> Self {
        let (area, counts) = ("", [0; 3]);
        Self { tell, area, counts }
    }

    fn note(&mut self, subject: &str, (grade, found, hint): Judged) -> Result<()> {
        if let Some(count) = self.counts.get_mut(grade as usize) {
            *count += 1;
        }
        (self.tell)(&Diagnosis {
            area: self.area,
            subject: subject.to_owned(),
            grade,
            found,
            hint,
        })
    }

    fn ok(&mut self, subject: &str, found: impl Into<String>) -> Result<()> {
        self.note(subject, (Grade::Ok, found.into(), String::new()))
    }

    fn warn(&mut self, subject: &str, found: impl Into<String>, hint: &str) -> Result<()> {
        self.note(subject, (Grade::Warning, found.into(), hint.to_owned()))
    }

    fn fail(&mut self, subject: &str, found: impl Into<String>, hint: &str) -> Result<()> {
        self.note(subject, (Grade::Failure, found.into(), hint.to_owned()))
    }

    /// A failure that has its own words; `hint` is for one without advice.
    fn error(&mut self, subject: &str, error: &Error, hint: &str) -> Result<()> {
        self.fail(subject, error.to_string(), error.advice().unwrap_or(hint))
    }

    /// The words at the end, and whether anything has failed: warnings are no failure.
    pub fn verdict(&self) -> (String, bool) {
        let [well, warnings, failures] = self.counts;
        let some = |count, what| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (warned, failed) = (some(warnings, "warning"), some(failures, "failure"));
        let bad = failures > 0;
        let end = if bad { "" } else { ": nothing is in the way" };
        (format!("{well} ok, {warned}, {failed}{end}"), bad)
    }
}

/// What there is to look at, as far as the settings tell.
#[derive(Default)]
struct Case {
    dataset: Option<Dataset>,
    store: Option<StoreSettings>,
    settings: Option<Settings>,
    /// The bucket, if it answers.
    client: Option<Client>,
}

/// Looks at everything: with the settings of a dataset, by its name, else of the one that the settings name; then of every other
/// that has a section whether they can be read, and whether it has the snapshots that are meant.
pub fn examine(
    config: &Result<Config>,
    dataset: Option<&str>,
    chart: &mut Chart<'_>,
) -> Result<()> {
    let mut case = configuration::examine(config, dataset, chart)?;
    let others = match (config, dataset) {
        (Ok(config), None) => configuration::others(config, &case, chart)?,
        _ => Vec::new(),
    };
    if let Some(store) = &case.store {
        case.client = server::examine(store, chart)?;
    }
    zfs::examine(&case, &others, chart)?;
    machine::examine(&case, config.as_ref().ok(), chart)
}
