//! Who is told what became of a run beside those who started it: Prometheus, a dead man's switch, a log.
//!
//! None of them ever changes how the run ends: what cannot be told is a warning.

mod ran;

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Instant;

use rustix::fs::OFlags;
use time::OffsetDateTime;
use time::macros::format_description;

use super::session::Session;
use crate::config::MonitorSettings;
use crate::error::{Error, Result, os_text};
use crate::metrics::Metrics;
use crate::net::Ping;
use crate::terminal::plain;
use crate::upload::random_id;
use ran::Ran;
pub use ran::Work;

/// The command whose runs a dead man's switch watches: pings of another one would hide that backups have stopped.
const WATCHED: &str = "backup";

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
        let url = settings.ping_url.as_ref().filter(|_| command == WATCHED);
        let ping = url.and_then(|url| {
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
        let line = ran.line(self.command);
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
        ran.measure(self.command, &mut self.metrics.borrow_mut());
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

    /// What became of its run, which was begun then, is told to whom it concerns; `newest` is when the newest snapshot was made
    /// that is meant.
    pub fn ran(
        &self,
        begun: Instant,
        work: Option<Work>,
        newest: Option<u64>,
        problem: Option<&Error>,
    ) {
        let (Some(monitor), settings) = (&self.monitor, &self.settings) else {
            return;
        };
        monitor.note(&Ran {
            dataset: settings.dataset.to_string(),
            prefix: settings.snapshots.text(),
            begun,
            work,
            newest,
            problem: problem.map(ToString::to_string),
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
mod tests;
