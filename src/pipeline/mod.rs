//! Primitive 1: commands joined by kernel pipes, never by a shell.
//!
//! Responsible for child processes: how they are started, fed, read, judged, killed and shown (a pipeline prints itself
//! as shell text, and that *is* `--dry-run`). **End of file from a pipeline means that every command exited 0.** Not
//! responsible for what the commands mean.
//!
//! Children run with `LC_ALL=C`, with the system directories at the end of PATH and in our process group (gpg and ssh
//! may have to ask on the terminal, which they open themselves). Their standard error is drained all the time; its end
//! becomes part of the error.

mod children;
mod cmd;
mod ends;
mod silence;
mod tail;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub use children::Killer;
pub use cmd::Cmd;
pub use ends::{Reader, Writer};

use crate::error::{Error, Result};

/// The most that [`Pipeline::capture`] takes: a listing of a million snapshots.
const CAPTURE_BYTES: u64 = 256 << 20;

/// One or more commands, each reading the one before it. `Display` prints shell text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline(Vec<Cmd>);

/// What a pipeline printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// All of the last command's standard output.
    pub stdout: String,
    /// The last 4 KiB of each command's standard error.
    pub stderr: String,
}

impl From<Cmd> for Pipeline {
    fn from(cmd: Cmd) -> Self {
        Self(vec![cmd])
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, cmd) in self.0.iter().enumerate() {
            let join = if index == 0 { "" } else { " | " };
            write!(f, "{join}{cmd}")?;
        }
        Ok(())
    }
}

impl Pipeline {
    /// Appends a command that reads what this pipeline writes.
    pub fn pipe(mut self, next: Cmd) -> Self {
        self.0.push(next);
        self
    }

    /// Starts it without input and reads what it prints.
    pub fn reader(&self) -> Result<Reader> {
        children::start(&self.0, Stdio::null(), Stdio::piped()).map(Reader::new)
    }

    /// Starts it and writes its input; what it prints on standard output is dropped.
    pub fn writer(&self) -> Result<Writer> {
        children::start(&self.0, Stdio::piped(), Stdio::null()).map(Writer::new)
    }

    /// Starts it between `source` and the caller: one thread copies `source` into it. When the source fails, the
    /// commands are killed and never given an end of file, and the source's error is the reader's. A reader that is
    /// dropped or killed does not interrupt a read of `source` that is under way.
    pub fn filter(&self, source: impl Read + Send + 'static) -> Result<Reader> {
        let started = children::start(&self.0, Stdio::piped(), Stdio::piped())?;
        Reader::fed_from(started, source)
    }

    /// Runs it without input; what it prints on standard output is dropped.
    pub fn run(&self) -> Result<()> {
        let started = children::start(&self.0, Stdio::null(), Stdio::null())?;
        started.children.verdict()
    }

    /// Runs it without input and takes what it prints.
    pub fn capture(&self) -> Result<Captured> {
        self.capture_at_most(CAPTURE_BYTES)
    }

    /// The same for a question that not every version of the program understands: its failure costs no time.
    pub fn capture_if_known(&self) -> Result<Captured> {
        self.gather(self.reader()?.asking(), CAPTURE_BYTES)
    }

    /// The same, with a limit of its own: a stranger may print without end.
    pub fn capture_at_most(&self, limit_bytes: u64) -> Result<Captured> {
        self.gather(self.reader()?, limit_bytes)
    }

    /// The same, with a limit of time, after which it is killed and there is nothing. `tell` is called when `patience` is
    /// over, which is part of that time. The reading is a thread's, as what a killed script has started may keep the pipe.
    pub fn capture_within(
        &self,
        limit_bytes: u64,
        patience: Duration,
        limit: Duration,
        tell: impl FnOnce(),
    ) -> Result<Option<Captured>> {
        let reader = self.reader()?;
        let (killer, own) = (reader.killer(), self.clone());
        let (told, answer) = mpsc::channel();
        let gather = move || drop(told.send(own.gather(reader, limit_bytes)));
        (thread::Builder::new().name("capture".into()).spawn(gather))
            .map_err(|source| Error::io("start a thread", source))?;
        let soon = answer.recv_timeout(patience).or_else(|_| {
            tell();
            answer.recv_timeout(limit.saturating_sub(patience))
        });
        if soon.is_err() {
            killer.kill();
        }
        soon.ok().transpose()
    }

    fn gather(&self, mut reader: Reader, limit_bytes: u64) -> Result<Captured> {
        let mut bytes = Vec::new();
        (&mut reader)
            .take(limit_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(format!("read from {self}"), source))?;
        if bytes.len() as u64 > limit_bytes {
            return Err(Error::refused(format!(
                "{self}: printed more than {limit_bytes} bytes"
            )));
        }
        Ok(Captured {
            stdout: String::from_utf8(bytes)
                .unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned()),
            stderr: reader.stderr(),
        })
    }
}
