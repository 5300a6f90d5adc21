//! Runs one of our programs in an environment that holds nothing by accident, and never waits for it for ever.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ended::Ended;
use super::process::{kill, peak};
use super::shim;

type Feed = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// The other names of z3.
const LINKS: [&str; 4] = ["pput", "z3_get", "z3_ssh_sync", "s3_mp_cleanup"];

/// Where this build's z3 is, with links to it as `make install` makes them.
pub fn programs() -> &'static Path {
    static MADE: Once = Once::new();
    let programs = Path::new(env!("CARGO_BIN_EXE_z3")).parent().unwrap();
    MADE.call_once(|| LINKS.iter().for_each(|name| link(programs, name)));
    programs
}

/// The name is never without its program, as another run of the suite may be using it.
fn link(programs: &Path, name: &str) {
    let place = programs.join(name);
    if fs::read_link(&place).is_ok_and(|target| target == Path::new("z3")) {
        return;
    }
    let made = programs.join(format!("{name}.{}", std::process::id()));
    symlink("z3", &made).unwrap();
    fs::rename(made, place).unwrap();
}

/// A program about to be run.
pub struct Run {
    command: Command,
    feed: Option<Feed>,
    patience: Duration,
}

impl Run {
    /// One of the five programs, as this build made it.
    pub fn program(name: &str) -> Self {
        let ours = name == "z3" || LINKS.contains(&name);
        let mut command = match ours {
            true => Command::new(programs().join(name)),
            false => Command::new(name),
        };
        // A group of its own, so that everything that it started can be found and ended.
        command.env_clear().process_group(0);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            feed: None,
            patience: Duration::from_secs(120),
        }
    }

    pub fn args<S: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Bytes for its standard input.
    pub fn stdin(self, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        self.stdin_from(move |pipe| pipe.write_all(&bytes))
    }

    /// A file as its standard input.
    pub fn stdin_file(mut self, path: &Path) -> Self {
        self.command.stdin(fs::File::open(path).unwrap());
        self
    }

    /// Whatever this writes goes to its standard input; that it stops reading early is no failure.
    pub fn stdin_from(
        mut self,
        feed: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Self {
        self.command.stdin(Stdio::piped());
        self.feed = Some(Box::new(feed));
        self
    }

    /// Where its standard output goes instead of into [`Ended::stdout`].
    pub fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.command.stdout(to);
        self
    }

    /// How long it may take, 2 minutes unless set. Not for measuring: for programs that hang.
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Starts it and returns at once.
    pub fn start(mut self) -> Running {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let what = words
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        shim::set_up(&mut self.command);
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        if let (Some(feed), Some(mut pipe)) = (self.feed, child.stdin.take()) {
            thread::spawn(move || drop(feed(&mut pipe)));
        }
        Running {
            stdout: child.stdout.take().map(collect),
            stderr: child.stderr.take().map(collect),
            what,
            deadline: Instant::now() + self.patience * slowness(),
            ended: false,
            child,
        }
    }

    /// Starts it and waits for its end.
    pub fn run(self) -> Ended {
        self.start().wait()
    }
}

/// A started program; killed with its whole group if it is dropped before its end.
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    what: String,
    deadline: Instant,
    ended: bool,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal (`TERM`) to the program alone.
    pub fn signal(&self, name: &str) {
        kill(name, &self.pid().to_string());
    }

    /// Sends a signal to the program and all that it started, as Ctrl-C on a terminal does.
    pub fn signal_group(&self, name: &str) {
        kill(name, &format!("-{}", self.pid()));
    }

    /// True while it runs.
    pub fn alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until something holds, and fails if the program ends or its time is over first.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) -> &mut Self {
        while !holds() {
            assert!(self.alive(), "{} ended before: {what}", self.what);
            assert!(
                Instant::now() < self.deadline,
                "{} HUNG before: {what}",
                self.what
            );
            thread::sleep(Duration::from_millis(10));
        }
        self
    }

    pub fn wait(mut self) -> Ended {
        let mut peak_kib = 0;
        let status = loop {
            peak_kib = peak_kib.max(peak(self.pid()));
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > self.deadline {
                self.signal_group("KILL");
                let said = self.stderr.take().map(|reader| reader.join().unwrap());
                panic!(
                    "{} HUNG; stderr: {}",
                    self.what,
                    String::from_utf8_lossy(&said.unwrap_or_default())
                );
            }
            thread::sleep(Duration::from_millis(5));
        };
        self.ended = true;
        let take = |reader: Option<JoinHandle<Vec<u8>>>| {
            reader
                .map(|reader| reader.join().unwrap())
                .unwrap_or_default()
        };
        Ended {
            stdout: take(self.stdout.take()),
            stderr: String::from_utf8(take(self.stderr.take())).unwrap(),
            group: self.pid(),
            what: std::mem::take(&mut self.what),
            peak_kib,
            status,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.signal_group("KILL");
            drop(self.child.wait());
        }
    }
}

/// How many times slower than usual this machine is, an emulated one for example: `Z3T_SLOWNESS`.
pub fn slowness() -> u32 {
    std::env::var("Z3T_SLOWNESS").map_or(1, |text| text.parse().unwrap())
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(pipe.read_to_end(&mut bytes));
        bytes
    })
}
