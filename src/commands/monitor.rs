//! Who is told what became of a run beside those who started it: Prometheus, a dead man's switch, a log.
//!
//! None of them ever changes how the run ends: what cannot be told is a warning.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Instant, SystemTime};

use rustix::fs::OFlags;
use time::OffsetDateTime;
use time::macros::format_description;

use super::session::Session;
use crate::backup::Done;
use crate::catalog::epoch_seconds;
use crate::config::MonitorSettings;
use crate::error::{Error, Result, os_text};
use crate::metrics::Metrics;
use crate::net::Ping;
use crate::terminal::plain;
use crate::upload::random_id;

/// What became of one dataset.
pub struct Ran {
    /// The dataset.
    pub dataset: String,
    /// Which of its snapshots are meant.
    pub prefix: String,
    /// When it was begun.
    pub begun: Instant,
    /// How many snapshots are stored, and how many bytes that were.
    pub sent: Option<(usize, u64)>,
    /// When the newest snapshot was made that is meant: it is in the pool, and stored.
    pub newest: Option<u64>,
    /// What went wrong.
    pub problem: Option<String>,
}

/// Those who are told of one run.
pub struct Monitor {
    command: &'static str,
    settings: MonitorSettings,
    ping: Option<Ping>,
    started: Cell<bool>,
    lines: RefCell<String>,
    metrics: RefCell<Metrics>,
}

impl Monitor {
    /// For a command that is about to begin.
    pub fn new(command: &'static str, settings: MonitorSettings) -> Self {
        let ping = settings.ping_url.as_ref().and_then(|url| {
            let ping = run_id().and_then(|run| Ping::new(url, settings.ca_bundle.as_deref(), run));
            ping.inspect_err(|error| log::warn!("PING_URL is told nothing: {error}"))
                .ok()
        });
        Self {
            command,
            settings,
            ping,
            started: Cell::new(false),
            lines: RefCell::default(),
            metrics: RefCell::default(),
        }
    }

    /// The work begins: no other run stands in its way. Only the first time counts.
    pub fn start(&self) {
        if !self.started.replace(true)
            && let Some(ping) = &self.ping
        {
            ping.start();
        }
    }

    /// What became of one dataset.
    pub fn note(&self, ran: &Ran) {
        let line = self.line(ran);
        log::info!("{line}");
        if let Some(path) = &self.settings.log {
            warn_of(
                "append to",
                path,
                append(path, &format!("{} z3 {line}\n", now())),
            );
        }
        // Writing to a String cannot fail.
        let _ = writeln!(self.lines.borrow_mut(), "{line}");
        self.measure(ran);
    }

    fn line(&self, ran: &Ran) -> String {
        let (dataset, seconds) = (word(&ran.dataset), ran.begun.elapsed().as_secs());
        let mut line = format!("{} dataset={dataset}", self.command);
        let _ = match (&ran.problem, ran.sent) {
            (Some(problem), _) => write!(line, " result=failed problem={}", word(problem)),
            (None, Some((0, _))) => write!(line, " result=\"up to date\""),
            (None, Some((snapshots, bytes))) => {
                write!(line, " result=done snapshots={snapshots} sent={bytes}")
            }
            (None, None) => write!(line, " result=done"),
        };
        line + &format!(" seconds={seconds}")
    }

    fn measure(&self, ran: &Ran) {
        let mut metrics = self.metrics.borrow_mut();
        let (run, kind) = ([self.command, &ran.dataset], [&*ran.dataset, &ran.prefix]);
        let seconds = ran.begun.elapsed().as_secs();
        metrics.set(
            "z3_last_run_timestamp_seconds",
            &run,
            epoch_seconds(SystemTime::now()),
        );
        metrics.set("z3_last_run_duration_seconds", &run, seconds);
        metrics.set(
            "z3_last_run_success",
            &run,
            u64::from(ran.problem.is_none()),
        );
        if let Some((_, bytes)) = ran.sent {
            metrics.set("z3_last_run_sent_bytes", &run, bytes);
        }
        if let Some(newest) = ran.newest {
            metrics.set("z3_newest_backup_timestamp_seconds", &kind, newest);
            metrics.set("z3_newest_local_snapshot_timestamp_seconds", &kind, newest);
        }
    }

    /// The run is over. One that only found another one at work has nothing to say: that one will.
    pub fn end(&self, outcome: &Result<()>) {
        let status = outcome.as_ref().map_or_else(Error::exit_status, |()| 0);
        if status == Error::BUSY {
            return;
        }
        write_metrics(&self.settings, self.metrics.take());
        if let Some(ping) = &self.ping {
            let error = outcome.as_ref().err();
            let error = error.map_or(String::new(), |error| format!("{error}\n"));
            ping.end(status, &format!("{}{error}", self.lines.borrow()));
        }
    }
}

impl Session {
    /// Its run begins: nothing stands in its way.
    pub fn begins(&self) -> Result<()> {
        self.monitor.iter().for_each(|monitor| monitor.start());
        Ok(())
    }

    /// What became of its run, which was begun then, is told to whom it concerns.
    pub fn ran(&self, begun: Instant, done: &Result<Done>) {
        let (Some(monitor), settings) = (&self.monitor, &self.settings) else {
            return;
        };
        let known = done.as_ref().ok();
        monitor.note(&Ran {
            dataset: settings.dataset.to_string(),
            prefix: settings.snapshots.text(),
            begun,
            sent: known.map(|done| (done.snapshots, done.stored_bytes)),
            newest: known.and_then(|done| done.newest),
            problem: done.as_ref().err().map(ToString::to_string),
        });
    }
}

/// Writes what was measured, if anybody reads it.
pub fn write_metrics(settings: &MonitorSettings, metrics: Metrics) {
    if let Some(path) = &settings.prometheus {
        warn_of("write", path, metrics.write(path));
    }
}

fn warn_of(act: &str, path: &Path, done: io::Result<()>) {
    if let Err(error) = done {
        let (path, cause) = (plain(&path.display().to_string()), os_text(&error));
        log::warn!("{act} {path}: {cause}");
    }
}

/// One write, so that lines of several runs do not get mixed up; a pipe that nobody reads is no log.
fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let nonblocking = OFlags::NONBLOCK.bits() as i32;
    let options = options
        .append(true)
        .create(true)
        .mode(0o640)
        .custom_flags(nonblocking);
    options.open(path)?.write_all(line.as_bytes())
}

/// A value of logfmt: in quotes where blanks or quotes are in it.
fn word(text: &str) -> String {
    let text = plain(text);
    match text.is_empty() || text.contains([' ', '"', '=', '\\']) {
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        false => text,
    }
}

/// RFC 3339, in UTC.
fn now() -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    OffsetDateTime::now_utc().format(format).unwrap_or_default()
}

/// A random UUID (RFC 9562, version 4).
fn run_id() -> Result<String> {
    let hex = random_id()?;
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    let [a, b, c, d, e] = [
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32),
    ];
    Ok(format!("{a}-{b}-4{c}-8{d}-{e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_word_for_each_value() {
        let monitor = Monitor::new("backup", MonitorSettings::default());
        let ran = |sent, problem: Option<&str>| Ran {
            dataset: "tank/a b".to_owned(),
            prefix: "d".to_owned(),
            begun: Instant::now(),
            sent,
            newest: None,
            problem: problem.map(str::to_owned),
        };
        for (ran, rest) in [
            (
                ran(Some((3, 123)), None),
                "result=done snapshots=3 sent=123",
            ),
            (ran(Some((0, 0)), None), "result=\"up to date\""),
            (
                ran(None, Some("it's\n\"so\"")),
                "result=failed problem=\"it's?\\\"so\\\"\"",
            ),
        ] {
            let line = format!("backup dataset=\"tank/a b\" {rest} seconds=0");
            assert_eq!(monitor.line(&ran), line);
        }
        assert_eq!(now().len(), 20);
        let id = run_id().unwrap();
        assert_eq!(
            (id.len(), id.matches('-').count(), &id[14..15]),
            (36, 4, "4")
        );
    }
}
