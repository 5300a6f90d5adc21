//! What became of one dataset, as a line of a log and as metrics.

use std::fmt::Write as _;
use std::time::{Instant, SystemTime};

use crate::catalog::epoch_seconds;
use crate::metrics::Metrics;
use crate::prune::PruneDone;
use crate::terminal::plain;

/// What became of one dataset.
pub struct Ran {
    /// The dataset.
    pub dataset: String,
    /// Which of its snapshots are meant.
    pub prefix: String,
    /// When it was begun.
    pub begun: Instant,
    /// What was done.
    pub work: Option<Work>,
    /// When the newest snapshot was made that is meant: it is in the pool, and stored.
    pub newest: Option<u64>,
    /// What went wrong.
    pub problem: Option<String>,
}

/// What a run has done that went well.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// So many snapshots are stored now that were not before, in so many bytes.
    Sent(usize, u64),
    /// Objects are gone.
    Deleted(PruneDone),
}

impl Ran {
    /// Its line of logfmt.
    pub fn line(&self, command: &str) -> String {
        let (dataset, seconds) = (word(&self.dataset), self.begun.elapsed().as_secs());
        let mut line = format!("{} dataset={dataset}", command);
        let _ = match (&self.problem, self.work) {
            (Some(problem), _) => write!(line, " result=failed problem={}", word(problem)),
            (None, Some(Work::Sent(0, _))) => write!(line, " result=\"up to date\""),
            (None, Some(Work::Sent(snapshots, bytes))) => {
                write!(line, " result=done snapshots={snapshots} sent={bytes}")
            }
            (None, Some(Work::Deleted(PruneDone { objects, bytes, .. }))) => {
                write!(line, " result=done deleted={objects} freed={bytes}")
            }
            (None, None) => write!(line, " result=done"),
        };
        line + &format!(" seconds={seconds}")
    }

    /// What Prometheus is told of it.
    pub fn measure(&self, command: &str, metrics: &mut Metrics) {
        let (run, kind) = ([command, &self.dataset], [&*self.dataset, &self.prefix]);
        let seconds = self.begun.elapsed().as_secs();
        metrics.set(
            "z3_last_run_timestamp_seconds",
            &run,
            epoch_seconds(SystemTime::now()),
        );
        metrics.set("z3_last_run_duration_seconds", &run, seconds);
        metrics.set(
            "z3_last_run_success",
            &run,
            u64::from(self.problem.is_none()),
        );
        match self.work {
            Some(Work::Sent(_, bytes)) => metrics.set("z3_last_run_sent_bytes", &run, bytes),
            Some(Work::Deleted(done)) => {
                metrics.set("z3_stored_bytes", &[&self.dataset], done.left_bytes);
            }
            None => {}
        }
        if let Some(newest) = self.newest {
            metrics.set("z3_newest_backup_timestamp_seconds", &kind, newest);
            metrics.set("z3_newest_local_snapshot_timestamp_seconds", &kind, newest);
        }
    }
}

/// A value of logfmt: in quotes where blanks or quotes are in it.
fn word(text: &str) -> String {
    let text = plain(text);
    match text.is_empty() || text.contains([' ', '"', '=', '\\']) {
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        false => text,
    }
}
