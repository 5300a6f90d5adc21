//! The words of `z3 check`: what monitoring shows, what it draws, and the same for programs.
//!
//! The guidelines of the monitoring plugins have one first line, `SERVICE STATE - text | values`; what is below it is for who
//! looks closer. Values are `'label'=VALUE;WARNING;CRITICAL;LEAST`, and no `|` stands anywhere else.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::report::Item;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::metrics::Metrics;
use crate::name::Dataset;
use crate::plan::{CheckFinding, CheckState, Limits, Seen, worst};
use crate::terminal::plain;

/// As much of one text as is shown: monitoring keeps a few KiB in all.
const LETTERS: usize = 400;

/// What became of one dataset, or of all that was not about one.
pub struct CheckRow {
    dataset: Option<String>,
    prefix: String,
    seen: Option<(Seen, Limits)>,
    findings: Vec<CheckFinding>,
}

impl CheckRow {
    /// What was seen of a dataset.
    pub fn of(settings: &Settings, seen: Seen, limits: Limits) -> Self {
        Self {
            dataset: Some(settings.dataset.to_string()),
            prefix: settings.snapshots.text(),
            findings: seen.judge(&limits),
            seen: Some((seen, limits)),
        }
    }

    /// Why nothing was seen.
    pub fn failed(dataset: Option<&Dataset>, error: &Error) -> Self {
        let text = match error.advice() {
            Some(advice) => format!("{error} ({advice})"),
            None => error.to_string(),
        };
        Self {
            dataset: dataset.map(ToString::to_string),
            prefix: String::new(),
            seen: None,
            findings: vec![CheckFinding {
                state: CheckState::Unknown,
                text,
            }],
        }
    }

    /// What Prometheus is told of it.
    pub fn measure(&self, metrics: &mut Metrics) {
        let (Some(dataset), Some((seen, _))) = (&self.dataset, &self.seen) else {
            return;
        };
        let kind = [dataset.as_str(), &self.prefix];
        if let Some(seconds) = seen.newest_or_never() {
            metrics.set("z3_newest_backup_timestamp_seconds", &kind, seconds);
        }
        if let Some(Ok(Some(newest))) = &seen.pool {
            metrics.set(
                "z3_newest_local_snapshot_timestamp_seconds",
                &kind,
                newest.creation,
            );
        }
        for (state, count) in [("healthy", seen.healthy), ("broken", seen.broken)] {
            metrics.set("z3_backups", &[dataset, state], count as u64);
        }
        metrics.set("z3_stored_bytes", &[dataset], seen.stored_bytes);
        metrics.set("z3_chain_length", &[dataset], seen.chain as u64);
        if let Some((all, _)) = seen.uploads {
            metrics.set("z3_unfinished_uploads", &[dataset], all as u64);
        }
    }

    fn state(&self) -> CheckState {
        worst(&self.findings)
    }

    /// `tank/a: newest 5h old (@monday), a chain of 90 backups, more than 60`.
    fn words(&self) -> String {
        let texts = self.findings.iter().map(|one| shown(&one.text));
        let all = texts.collect::<Vec<_>>().join(", ");
        match &self.dataset {
            Some(dataset) => format!("{}: {all}", shown(dataset)),
            None => all,
        }
    }

    /// Its values. What nobody knows is `U`.
    fn values(&self) -> Vec<String> {
        let (Some(dataset), Some((seen, limits))) = (&self.dataset, &self.seen) else {
            return Vec::new();
        };
        let seconds = |limit: Option<Duration>| limit.map(|limit| limit.as_secs().to_string());
        let age = seen.age().map_or("U".to_owned(), |age| format!("{age}s"));
        let (warning, critical) = (seconds(limits.warn_age), limits.max_age.as_secs());
        let warning = warning.unwrap_or_default();
        let most = limits.count.map_or(String::new(), |most| most.to_string());
        let (count, bytes) = (seen.healthy + seen.broken, seen.stored_bytes);
        vec![
            format!("{}={age};{warning};{critical};0", label(dataset, "")),
            format!("{}={count};{most};;0", label(dataset, " backups")),
            format!("{}={bytes}B;;;0", label(dataset, " stored")),
        ]
    }
}

/// Foreign text as it may stand in a line for monitoring, which takes a `|` for the beginning of the values.
fn shown(text: &str) -> String {
    let text = plain(text).replace('|', "?");
    text.chars().take(LETTERS).collect()
}

/// A label in quotes, in which a quote is doubled and no `=` may stand.
fn label(dataset: &str, what: &str) -> String {
    let name = shown(dataset).replace('\'', "''").replace('=', "_");
    format!("'{name}{what}'")
}

/// The whole answer.
pub fn text(rows: &[CheckRow]) -> String {
    let state = state(rows);
    let values: Vec<String> = rows.iter().flat_map(CheckRow::values).collect();
    let mut text = format!("Z3 {} - {}", state.word(), headline(rows));
    if !values.is_empty() {
        text += &format!(" | {}", values.join(" "));
    }
    text.push('\n');
    if rows.len() > 1 {
        let line = |row: &CheckRow| format!("{} {}\n", row.state().word(), row.words());
        text.extend(rows.iter().map(line));
    }
    text
}

/// The worst of all, and how many are well.
fn headline(rows: &[CheckRow]) -> String {
    let of_datasets = || rows.iter().filter(|row| row.dataset.is_some());
    let well = of_datasets()
        .filter(|row| row.state() == CheckState::Ok)
        .count();
    let age = |row: &CheckRow| row.seen.as_ref().and_then(|(seen, _)| seen.age());
    // Of several that are as bad, the first; of those that are well, the one with the oldest backup.
    let worst = rows.iter().rev().max_by_key(|row| match row.state() {
        CheckState::Ok => (CheckState::Ok, age(row)),
        state => (state, None),
    });
    let words = worst.map_or(String::new(), CheckRow::words);
    match of_datasets().count() {
        0 | 1 if rows.len() < 2 => words,
        all => format!("{words}, {well} of {all} ok"),
    }
}

fn state(rows: &[CheckRow]) -> CheckState {
    rows.iter().map(CheckRow::state).max().unwrap_or_default()
}

/// The end that the worst of them makes.
pub fn verdict(rows: &[CheckRow]) -> Result<()> {
    match state(rows) {
        CheckState::Ok => Ok(()),
        state => Err(Error::Checked {
            kind: word(state),
            exit_status: state.exit_status(),
            text: headline(rows),
        }),
    }
}

/// A wrong command line, which is no alarm: `z3 check: what is wrong` with the usage below it.
pub fn misused(text: &str) -> String {
    let mut lines = text.trim_end().lines();
    let first = lines.next().unwrap_or_default();
    let rest: String = lines
        .map(|line| format!("{}\n", line.replace('|', "?")))
        .collect();
    format!("Z3 UNKNOWN - {}\n{rest}", shown(first))
}

/// The state's word for programs.
fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Ok => "ok",
        CheckState::Unknown => "unknown",
        CheckState::Warning => "warning",
        CheckState::Critical => "critical",
    }
}

impl Item for CheckRow {
    const TYPE: &'static str = "check";

    fn fields(&self) -> Value {
        let (seen, limits) = self
            .seen
            .as_ref()
            .map_or((None, None), |(seen, limits)| (Some(seen), Some(limits)));
        let newest = seen.and_then(|seen| seen.newest.as_ref());
        let uploads = seen.and_then(|seen| seen.uploads);
        let findings: Vec<&str> = self.findings.iter().map(|one| one.text.as_str()).collect();
        json!({
            "dataset": self.dataset,
            "state": word(self.state()),
            "findings": findings,
            "name": newest.map(|(name, _)| name),
            "creation": newest.map(|(_, made)| made.seconds),
            "exact": newest.map(|(_, made)| made.exact),
            "age_seconds": seen.and_then(Seen::age),
            "max_age_seconds": limits.map(|limits| limits.max_age.as_secs()),
            "healthy": seen.map(|seen| seen.healthy),
            "broken": seen.map(|seen| seen.broken),
            "chain": seen.map(|seen| seen.chain),
            "stored_bytes": seen.map(|seen| seen.stored_bytes),
            "unfinished_uploads": uploads.map(|(all, _)| all),
            "stale_uploads": uploads.map(|(_, stale)| stale),
        })
    }
}

#[cfg(test)]
mod tests;
