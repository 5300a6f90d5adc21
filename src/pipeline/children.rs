//! The processes of one running pipeline: started together, watched together, judged together.
//!
//! Responsible for who is to blame when one fails, for never leaving a process behind and for never signalling a
//! process that has been reaped. Not responsible for the bytes that flow through them.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::SIGPIPE;
use signal_hook::low_level::signal_name;

use super::Cmd;
use super::silence::Silence;
use super::tail::Tail;
use crate::buffer::Pipe;
use crate::error::{Error, Result};
use crate::signals;
use crate::sync::lock;

/// How long the others may go on after one has failed.
const FAILURE_GRACE: Duration = Duration::from_secs(2);
/// How long a killed process may take to vanish: one that the kernel does not let go must not keep us.
const REAP_TIME: Duration = Duration::from_secs(5);
/// Waiting must not hold the lock that `kill` needs, so it asks, first often and then at this interval.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Kills every process of a pipeline, from any thread: a read that is blocked on it returns. (Only what a killed
/// wrapper script has left running may still keep the pipe open.)
#[derive(Debug, Clone)]
pub struct Killer(Vec<Arc<Mutex<Child>>>);

impl Killer {
    /// Sends SIGKILL to those that have not been reaped yet.
    pub fn kill(&self) {
        for process in &self.0 {
            let _ = lock(process).kill();
        }
    }

    /// The same, and waits until they are gone.
    pub(super) fn kill_and_reap(&self) {
        self.kill();
        let start = Instant::now();
        let alive = |process: &Arc<Mutex<Child>>| matches!(lock(process).try_wait(), Ok(None));
        while self.0.iter().any(alive) && start.elapsed() < REAP_TIME {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The processes of one pipeline, in order. Dropping it kills and reaps what is left of them.
#[derive(Debug, Default)]
pub(super) struct Children(Vec<Running>);

#[derive(Debug)]
struct Running {
    command: String,
    process: Arc<Mutex<Child>>,
    stderr: Tail,
}

/// A started pipeline with the two ends that we hold, as far as they were asked for as [`Stdio::piped`].
pub(super) struct Started {
    pub children: Children,
    pub stdin: Option<Pipe<ChildStdin>>,
    pub stdout: Option<Pipe<ChildStdout>>,
}

/// Starts the commands, joined by pipes. All programs are looked up before the first one starts.
pub(super) fn start(commands: &[Cmd], stdin: Stdio, stdout: Stdio) -> Result<Started> {
    let ready: Vec<Command> = commands.iter().map(Cmd::command).collect::<Result<_>>()?;
    let mut started = Started {
        children: Children::default(),
        stdin: None,
        stdout: None,
    };
    let last = ready.len().saturating_sub(1);
    let (mut input, mut output) = (stdin, Some(stdout));
    for (index, (mut command, cmd)) in ready.into_iter().zip(commands).enumerate() {
        let to = output
            .take_if(|_| index == last)
            .unwrap_or_else(Stdio::piped);
        command.stdin(input).stdout(to).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|source| Error::io(format!("run {cmd}"), source))?;
        let to = child.stdin.take().map(Pipe::without_waiting);
        started.stdin = started.stdin.or(to);
        let from = child.stdout.take();
        started.children.add(cmd, child)?;
        input = Stdio::null();
        match from {
            Some(from) if index < last => input = from.into(),
            from => started.stdout = from.map(Pipe::new),
        }
    }
    Ok(started)
}

impl Children {
    fn add(&mut self, cmd: &Cmd, mut child: Child) -> Result<()> {
        let stderr = child.stderr.take();
        let process = Arc::new(Mutex::new(child));
        signals::kill_on_stop(&process);
        self.0.push(Running {
            command: cmd.to_string(),
            process,
            stderr: Tail::default(),
        });
        if let (Some(running), Some(stderr)) = (self.0.last_mut(), stderr) {
            running.stderr = Tail::follow(stderr)?;
        }
        Ok(())
    }

    pub fn killer(&self) -> Killer {
        Killer(
            self.0
                .iter()
                .map(|child| Arc::clone(&child.process))
                .collect(),
        )
    }

    /// What all of them said on standard error.
    pub fn stderr(&self) -> String {
        self.0.iter().map(|child| child.stderr.text()).collect()
    }

    /// Waits until all have ended; an error unless each of them exited 0.
    pub fn verdict(&self) -> Result<()> {
        self.answer().inspect_err(|_| signals::wait_if_stopping())
    }

    /// The same of a question that may be refused: nobody is blamed, so no signal is waited for that may be behind it.
    pub fn answer(&self) -> Result<()> {
        self.judge(None)
    }

    /// The same when their input has been refused: they failed, even if all of them exit 0.
    pub fn verdict_on_refused_input(&self) -> Error {
        match self.judge(Some(Instant::now())) {
            Err(error) => {
                signals::wait_if_stopping();
                error
            }
            Ok(()) => self.unread_input(),
        }
    }

    /// The first command ended well, but before its input did.
    pub fn unread_input(&self) -> Error {
        signals::wait_if_stopping();
        let Some(first) = self.0.first() else {
            return Error::refused("an empty pipeline");
        };
        first.failed("ended before it had read all of its input".into())
    }

    fn judge(&self, failing_since: Option<Instant>) -> Result<()> {
        let failed: Vec<(&Running, ExitStatus)> = self
            .0
            .iter()
            .zip(self.wait(failing_since)?)
            .filter_map(|(child, status)| Some((child, status?)))
            .filter(|(_, status)| !status.success())
            .collect();
        if failed.is_empty() {
            self.0.iter().for_each(Running::log_warnings);
            return Ok(());
        }
        // A remote pipe of its own may make the last one speak of a lost reader as well, but we have read it to its end.
        let mut own = failed.iter().filter(|failure| !lost_its_reader(**failure));
        let blamed = own.next().or(failed.last());
        blamed.map_or(Ok(()), |(child, status)| {
            Err(child.failed(describe(*status)))
        })
    }

    /// Waits for all of them. Once one has failed, the others get a grace and are killed: those have no status here.
    fn wait(&self, mut failing_since: Option<Instant>) -> Result<Vec<Option<ExitStatus>>> {
        let mut pause = Duration::from_millis(1);
        let mut silence = Silence::begins();
        loop {
            let statuses = self
                .0
                .iter()
                .map(Running::status)
                .collect::<Result<Vec<_>>>()?;
            if statuses.iter().all(Option::is_some) {
                return Ok(statuses);
            }
            if statuses.iter().flatten().any(|status| !status.success()) {
                failing_since.get_or_insert_with(Instant::now);
            }
            if failing_since.is_some_and(|since| since.elapsed() > FAILURE_GRACE) {
                self.killer().kill_and_reap();
                return Ok(statuses);
            }
            if let Some(word) = silence.word() {
                log::warn!("{self}: {word}");
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// The commands as shell text.
impl fmt::Display for Children {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commands = self.0.iter().map(|child| child.command.as_str());
        f.write_str(&commands.collect::<Vec<_>>().join(" | "))
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.killer().kill_and_reap();
    }
}

impl Running {
    fn status(&self) -> Result<Option<ExitStatus>> {
        lock(&self.process)
            .try_wait()
            .map_err(|source| Error::io(format!("wait for {}", self.command), source))
    }

    /// What a command that ended well had to say. Not waited for, so that an ssh master costs no second here.
    fn log_warnings(&self) {
        let text = self.stderr.so_far();
        if !text.trim().is_empty() {
            log::info!("{}: {}", self.command, text.trim());
        }
    }

    fn failed(&self, status: String) -> Error {
        Error::Child {
            command: self.command.clone(),
            status,
            stderr: self.stderr.text(),
        }
    }
}

/// A command that failed because a later one had ended: by SIGPIPE, by a shell's or ssh's word for that, or by EPIPE.
fn lost_its_reader((child, status): (&Running, ExitStatus)) -> bool {
    status.signal() == Some(SIGPIPE)
        || status.code() == Some(128 + SIGPIPE)
        || child.stderr.text().contains("Broken pipe")
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => match signal_name(signal) {
            Some(name) => format!("killed by signal {signal} ({name})"),
            None => format!("killed by signal {signal}"),
        },
        (None, None) => status.to_string(),
    }
}
