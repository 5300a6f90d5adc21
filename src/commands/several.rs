//! A command for several datasets: what is told of each.
//!
//! Responsible for telling a failure when it happens, and for the table of results. Not responsible for which datasets there are
//! ([`super::choice`]), for going on after one that failed ([`crate::many`]), nor for what a command does with one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::output::table;
use super::report::{Item, Report};
use super::session::{Session, Sessions};
use crate::error::{Error, Result};
use crate::many::{self, DatasetRow, Outcome, Tally};
use crate::name::Dataset;
use crate::order::gathered;
use crate::size;
use crate::terminal::plain;

/// What stands above the tables of several datasets: an empty line, but above the first.
#[derive(Default)]
pub struct Gap(bool);

impl Gap {
    /// What stands above the next one.
    pub fn next(&mut self) -> &'static str {
        match std::mem::replace(&mut self.0, true) {
            true => "\n",
            false => "",
        }
    }
}

impl Sessions {
    /// Does the work for the dataset that is named, or for each of those that are chosen. A single one is told of as ever: its
    /// error is the command's. Of several, what became of each is told when it is known, and the caller has the rest.
    pub fn each(
        &mut self,
        mut work: impl FnMut(&Session) -> Result<Tally>,
    ) -> Result<Option<Vec<DatasetRow<Tally>>>> {
        self.each_of(|_| (), |session, ()| work(session))
    }

    /// The same, where all of several are to be known before the first has its turn.
    pub fn each_of<A>(
        &mut self,
        known: impl FnOnce(&[&Session]) -> A,
        mut work: impl FnMut(&Session, &mut A) -> Result<Tally>,
    ) -> Result<Option<Vec<DatasetRow<Tally>>>> {
        let datasets = self.chosen()?;
        if let [dataset] = &datasets[..] {
            let session = match self.choice.is_made() {
                true => self.of(dataset)?,
                false => self.named()?,
            };
            return work(&session, &mut known(&[])).map(|_| None);
        }
        let mut sessions = self.opened(&datasets);
        let in_order = datasets.iter().filter_map(|dataset| sessions.get(dataset));
        let mut all = known(&Vec::from_iter(in_order.flatten()));
        let buckets = buckets(&sessions);
        let (report, mut untold) = (self.report, None);
        let rows = many::each(
            datasets,
            |dataset| buckets.get(dataset).cloned(),
            |dataset| {
                let session = sessions.remove(dataset).unwrap_or_else(|| self.of(dataset));
                work(&session?, &mut all)
            },
            |row| {
                if let Err(error) = told(&report, row) {
                    untold.get_or_insert(error);
                }
            },
        );
        untold.map_or(Ok(Some(rows)), Err)
    }

    /// What there is to know of each before the first has its turn. What is wrong with one is its own error.
    pub fn opened(&mut self, datasets: &[Dataset]) -> BTreeMap<Dataset, Result<Session>> {
        let of = |dataset: &Dataset| (dataset.clone(), self.of(dataset));
        gathered(datasets.iter().map(of))
    }

    /// An error, if several datasets were chosen for a command that takes one.
    pub fn only(&mut self, command: &str) -> Result<Session> {
        match self.choice.is_made() || self.choice.exclude {
            false => self.named(),
            true => Err(Error::Usage(format!(
                "{command} is for one dataset: --all, --recursive and --exclude are not for it"
            ))),
        }
    }
}

/// Server and bucket of each.
pub fn buckets(sessions: &BTreeMap<Dataset, Result<Session>>) -> BTreeMap<Dataset, String> {
    let of = |(dataset, session): (&Dataset, &Result<Session>)| {
        let s3 = &session.as_ref().ok()?.settings.store.s3;
        let bucket = format!("{}/{}", s3.endpoint.server(), s3.bucket);
        Some((dataset.clone(), bucket))
    };
    gathered(sessions.iter().filter_map(of))
}

/// A failure goes to stderr when it happens, and programs get every result.
pub fn told(report: &Report, row: &DatasetRow<Tally>) -> Result<()> {
    if let Outcome::Failed(error) | Outcome::Busy(error) = &row.outcome {
        log::error!("{}: {error}", row.dataset);
        let advice = error.advice().into_iter();
        advice.for_each(|advice| log::error!("{advice}"));
    }
    report.line(row)
}

/// What became of each, for people. `bytes` heads the column that says how much it was.
pub fn results(report: &Report, bytes: &str, rows: &[DatasetRow<Tally>]) -> Result<()> {
    let header = ["DATASET", "RESULT", "SNAPSHOTS", bytes, "TIME"];
    let cells = rows.iter().map(|row| Vec::from(cells(row)));
    report.say(&table(&header, cells.collect()))
}

fn cells(row: &DatasetRow<Tally>) -> [String; 5] {
    let seconds = row.time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let time = format!("{hours}:{minutes:02}:{:02}", seconds % 60);
    let (snapshots, bytes) = match &row.outcome {
        Outcome::Done(tally) => (
            tally.snapshots.to_string(),
            size::humanize(tally.stored_bytes),
        ),
        _ => Default::default(),
    };
    let result = match &row.outcome {
        Outcome::Failed(error) => format!("failed: {}", plain(&error.to_string())),
        _ => word(row).to_owned(),
    };
    [row.dataset.to_string(), result, snapshots, bytes, time]
}

fn word(row: &DatasetRow<Tally>) -> &'static str {
    match &row.outcome {
        Outcome::Done(tally) => tally.word,
        Outcome::Failed(_) => "failed",
        Outcome::Busy(_) => "busy",
        Outcome::NotTried => "not tried",
    }
}

impl Item for DatasetRow<Tally> {
    const TYPE: &'static str = "result";

    fn fields(&self) -> Value {
        let (tally, error) = match &self.outcome {
            Outcome::Done(tally) => (Some(tally), None),
            Outcome::Failed(error) | Outcome::Busy(error) => (None, Some(error)),
            Outcome::NotTried => (None, None),
        };
        json!({
            "dataset": self.dataset.as_str(),
            "result": word(self),
            "problem": error.map(|error| error.to_string()),
            "snapshots": tally.map(|tally| tally.snapshots),
            "stored_bytes": tally.map(|tally| tally.stored_bytes),
            "seconds": self.time.as_secs(),
        })
    }
}
