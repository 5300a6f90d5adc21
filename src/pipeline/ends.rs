//! The two ends of a running pipeline that we hold: a [`Reader`] on the last standard output, a [`Writer`] on the first
//! standard input, and the thread that feeds a filter.

use std::io::{self, ErrorKind, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::{ChildStdin, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::children::{Children, Killer, Started};
use super::silence::Silence;
use crate::buffer::Pipe;
use crate::error::{Error, Result};
use crate::latch::Latch;
use crate::signals;

/// Bytes that the pump moves at once.
const PUMP_BYTES: usize = 128 * 1024;
/// How long a filter that ended well may be ahead of the pump's own end.
const PUMP_GRACE: Duration = Duration::from_secs(1);

/// Reads a pipeline's output. `Ok(0)` means that every command exited 0 (and that a filter's source ended well);
/// anything else is an error that [`Error::io`] takes out again. Dropping it early kills and reaps the commands.
#[derive(Debug)]
pub struct Reader {
    // Dropped before the streams: the commands are killed before they could see a pipe closed.
    children: Children,
    /// `None` after the end.
    stdout: Option<Pipe<ChildStdout>>,
    fed: Option<Receiver<Fed>>,
    /// We are waiting for its output.
    reading: Arc<AtomicBool>,
    /// A refusal is an answer, too.
    is_question: bool,
    latch: Latch,
}

/// How the pump of a filter ended. It tells before it closes the filter's input.
#[derive(Debug)]
enum Fed {
    All,
    Refused,
    SourceFailed(io::Error),
}

impl Reader {
    pub(super) fn new(started: Started) -> Self {
        Self {
            children: started.children,
            stdout: started.stdout,
            fed: None,
            reading: Arc::default(),
            is_question: false,
            latch: Latch::default(),
        }
    }

    /// A reader whose first command is fed from `source` by a thread.
    pub(super) fn fed_from(
        mut started: Started,
        source: impl Read + Send + 'static,
    ) -> Result<Self> {
        let stdin = started.stdin.take();
        let mut reader = Self::new(started);
        let (tell, fed) = mpsc::channel();
        let killer = reader.killer();
        reader.fed = Some(fed);
        let (command, reading) = (reader.children.to_string(), Arc::clone(&reader.reading));
        // A filter whose output nobody takes takes no input either.
        let silent = move |word| {
            if reading.load(Relaxed) {
                log::warn!("{command}: {word}");
            }
        };
        thread::Builder::new()
            .name("feed".into())
            .spawn(move || pump(source, stdin, silent, &killer, &tell))
            .map_err(|source| Error::io("start a thread", source))?;
        Ok(reader)
    }

    /// A failure blames nobody, and does not wait for a signal that may be behind it.
    pub(super) fn asking(mut self) -> Self {
        self.is_question = true;
        self
    }

    /// Ends it from another thread: a blocked read returns.
    pub fn killer(&self) -> Killer {
        self.children.killer()
    }

    /// The last 4 KiB of what the commands said on standard error; complete after the end.
    pub(super) fn stderr(&self) -> String {
        self.children.stderr()
    }

    fn verdict(&self) -> io::Result<()> {
        let verdict = match self.is_question {
            true => self.children.answer(),
            false => self.children.verdict(),
        };
        let Some(fed) = &self.fed else {
            return Ok(verdict?);
        };
        let fed = match &verdict {
            Ok(()) => fed.recv_timeout(PUMP_GRACE),
            Err(_) => fed.recv_timeout(Duration::ZERO),
        };
        match (fed, verdict) {
            (Ok(Fed::SourceFailed(error)), _) => {
                signals::wait_if_stopping();
                Err(error)
            }
            (_, Err(error)) => Err(error.into()),
            (Ok(Fed::All), Ok(())) => Ok(()),
            _ => Err(self.children.unread_input().into()),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.latch.check()?;
        let Some(stdout) = &mut self.stdout else {
            return Ok(0);
        };
        // A filter that is silent may have got nothing from its source.
        if self.fed.is_none() {
            let tell = |word| log::warn!("{}: {word}", self.children);
            stdout.wait_by(|stdout| Silence::begins().until_readable(stdout, tell));
        }
        self.reading.store(true, Relaxed);
        let count = stdout.read(buffer);
        self.reading.store(false, Relaxed);
        let count = count?;
        if count == 0 && !buffer.is_empty() {
            self.stdout = None;
            let verdict = self.verdict();
            self.latch.note(verdict)?;
        }
        Ok(count)
    }
}

/// Copies `source` into a filter. A source that fails must not look like one that ended, so the filter dies first.
fn pump(
    mut source: impl Read,
    mut stdin: Option<Pipe<ChildStdin>>,
    silent: impl Fn(String),
    killer: &Killer,
    tell: &Sender<Fed>,
) {
    let fed = panic::catch_unwind(AssertUnwindSafe(|| {
        feed(&mut source, stdin.as_mut(), &silent)
    }))
    .unwrap_or_else(|_| Fed::SourceFailed(io::Error::other("the source panicked")));
    let failed = matches!(fed, Fed::SourceFailed(_));
    let _ = tell.send(fed);
    if failed {
        killer.kill_and_reap();
    }
    drop(stdin);
}

fn feed(
    source: &mut impl Read,
    stdin: Option<&mut Pipe<ChildStdin>>,
    silent: &impl Fn(String),
) -> Fed {
    let Some(stdin) = stdin else {
        return Fed::Refused;
    };
    let mut buffer = vec![0; PUMP_BYTES];
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => return Fed::All,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Fed::SourceFailed(error),
        };
        let mut left = buffer.get(..count).unwrap_or_default();
        while !left.is_empty() {
            match write(stdin, left, silent) {
                Ok(count @ 1..) => left = left.get(count..).unwrap_or_default(),
                _ => return Fed::Refused,
            }
        }
    }
}

/// Writes some of it as soon as there is room, and tells of a child that takes nothing.
fn write(stdin: &mut Pipe<ChildStdin>, bytes: &[u8], tell: impl Fn(String)) -> io::Result<usize> {
    loop {
        match stdin.write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stdin.wait_by(|stdin| Silence::of_a_reader().until_writable(stdin, &tell));
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            ended => return ended,
        }
    }
}

/// Writes a pipeline's input. Only [`Writer::finish`] gives it an end of file; dropping it early kills and reaps the
/// commands first.
#[derive(Debug)]
pub struct Writer {
    children: Children,
    /// `None` after a failure.
    stdin: Option<Pipe<ChildStdin>>,
}

impl Writer {
    pub(super) fn new(started: Started) -> Self {
        Self {
            children: started.children,
            stdin: started.stdin,
        }
    }

    /// Ends the input and waits for the verdict: every command has to exit 0.
    pub fn finish(mut self) -> Result<()> {
        if self.stdin.take().is_none() {
            return Err(Error::refused("finished after a failed write"));
        }
        self.children.verdict()
    }
}

impl Write for Writer {
    /// A write that the commands refuse fails with their own words rather than with "broken pipe".
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stdin) = &mut self.stdin else {
            return Err(io::Error::other("write on after a failure"));
        };
        let tell = |word| log::warn!("{}: {word}", self.children);
        match write(stdin, bytes, tell) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.stdin = None;
                Err(self.children.verdict_on_refused_input().into())
            }
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
