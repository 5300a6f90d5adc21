//! What SIGINT, SIGTERM and SIGHUP do: one thread ends the process in good order, so that no other code polls a flag.
//!
//! Responsible for the order of the end: wait for a verdict that is under way ([`hold`]), kill the children, undo what
//! would be left behind ([`on_stop`]), exit with 128 + the signal's number. A second signal exits at once, unless it
//! follows so soon that it is the first one again. Not responsible for what has to be undone, nor for starting children:
//! [`crate::pipeline`] registers its own here.
//!
//! A signal that was ignored when we were started (`nohup`, a job in the background of a script) stays ignored, but for SIGCHLD.
//! A file that may not grow any more (`ulimit -f`) is a failed write like any other, not a signal.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::process::{self, Child};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, Weak, mpsc};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::signal_name;

use crate::error::{Error, Result};
use crate::sync::lock;
use crate::system;
use crate::terminal::say;

/// All undo closures together may take this long.
const UNDO_TIME: Duration = Duration::from_secs(10);

/// A signal that follows the first one this soon is the same one: `timeout` of GNU coreutils sends each twice, to the
/// process and to its group.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// The last words may take this long: whoever reads them may have stopped reading.
const LAST_WORDS_TIME: Duration = Duration::from_secs(1);

/// Ctrl-C reaches us and our children at once: a child may be seen dead before our own handler has run.
const HANDLER_DELAY: Duration = Duration::from_millis(100);

/// Set by the signal handler itself; empty until [`install`].
static STOPPING: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// What [`last_words`] is to call.
static LAST_WORDS: OnceLock<LastWords> = OnceLock::new();
static STATE: Mutex<State> = Mutex::new(State {
    holds: 0,
    swept: false,
    children: Vec::new(),
    undo: Vec::new(),
    next_id: 0,
});
/// Notified when a hold ends.
static RELEASED: Condvar = Condvar::new();

type LastWords = Box<dyn Fn(u8, &str) + Send + Sync>;

struct State {
    holds: usize,
    /// The registered children have been killed; later ones are killed as they come.
    swept: bool,
    children: Vec<Weak<Mutex<Child>>>,
    undo: Vec<(u64, Box<dyn FnOnce() + Send>)>,
    next_id: u64,
}

/// Installs the handlers and starts the thread. `program` begins the line on standard error. A second call does nothing.
pub fn install(program: &'static str) -> Result<()> {
    install_with(program, UNDO_TIME)
}

fn install_with(program: &'static str, undo_time: Duration) -> Result<()> {
    let stopping = Arc::new(AtomicBool::new(false));
    if STOPPING.set(Arc::clone(&stopping)).is_err() {
        return Ok(());
    }
    start(program, undo_time, &stopping).map_err(|source| Error::io("handle signals", source))
}

/// Actions of one signal run in the order of their registration: exit if it is a second one, else set the flag, and only
/// then wake the thread.
fn start(program: &'static str, undo_time: Duration, stopping: &Arc<AtomicBool>) -> io::Result<()> {
    let ignored = system::ignored_signals();
    let is_ignored = |signal: i32| ignored & (1 << (signal - 1)) != 0;
    if is_ignored(SIGCHLD) {
        // The kernel forgets how a child ended whose parent ignores its death (wait(2)); any action makes it remember.
        flag::register(SIGCHLD, Arc::default())?;
    }
    // With any action the write that has caused it fails (EFBIG of write(2)) instead of ending us in the middle.
    flag::register(SIGXFSZ, Arc::default())?;
    let mut wanted = vec![SIGHUP, SIGINT, SIGTERM];
    wanted.retain(|signal| !is_ignored(*signal));
    let insist = Arc::new(AtomicBool::new(false));
    for &signal in &wanted {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&insist))?;
        flag::register(signal, Arc::clone(stopping))?;
    }
    let mut signals = Signals::new(&wanted)?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                after(SAME_SIGNAL, move || insist.store(true, Ordering::SeqCst));
                stop(program, signal, undo_time);
            }
        })?;
    Ok(())
}

/// Acts after a while; never, if there can be no thread for it.
fn after(time: Duration, act: impl FnOnce() + Send + 'static) {
    let _ = thread::Builder::new().spawn(move || {
        thread::sleep(time);
        act();
    });
}

fn stop(program: &str, signal: i32, undo_time: Duration) -> ! {
    let name: &'static str = signal_name(signal).unwrap_or("a signal");
    wait_for_verdict(program, name);
    kill_children();
    say(&format!("{program}: stopped by {name}"));
    after(undo_time, move || leave(signal, name));
    while let Some((_, undo)) = pop_undo() {
        let _ = panic::catch_unwind(AssertUnwindSafe(undo));
    }
    leave(signal, name)
}

/// Calls `tell` with the exit status and what happened, when a signal has ended the work.
pub fn last_words(tell: impl Fn(u8, &str) + Send + Sync + 'static) {
    let _ = LAST_WORDS.set(Box::new(tell));
}

fn leave(signal: i32, name: &'static str) -> ! {
    let status = 128 + signal;
    if let Some(tell) = LAST_WORDS.get() {
        let (told, waiting) = mpsc::channel();
        after(Duration::ZERO, move || {
            tell(
                u8::try_from(status).unwrap_or(u8::MAX),
                &format!("stopped by {name}"),
            );
            let _ = told.send(());
        });
        let _ = waiting.recv_timeout(LAST_WORDS_TIME);
    }
    process::exit(status)
}

/// Returns when nobody holds any more; nobody begins to when a signal has come.
fn wait_for_verdict(program: &str, signal: &str) {
    let mut state = lock(&STATE);
    if state.holds > 0 {
        say(&format!(
            "{program}: {signal}: waiting for the server's verdict, a second signal does not wait"
        ));
    }
    while state.holds > 0 {
        state = RELEASED.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn pop_undo() -> Option<(u64, Box<dyn FnOnce() + Send>)> {
    lock(&STATE).undo.pop()
}

/// Whether a signal has come.
pub fn stopping() -> bool {
    STOPPING
        .get()
        .is_some_and(|flag| flag.load(Ordering::SeqCst))
}

fn park() -> ! {
    loop {
        thread::park();
    }
}

/// Returns if no signal has come, else never: the process is about to exit. Whoever is going to blame a child's death
/// or an error calls it first, so that what we caused ourselves is not blamed. While a [`hold`] is alive it returns,
/// as the verdict has to be announced.
pub fn wait_if_stopping() {
    if STOPPING.get().is_none() {
        return;
    }
    if !stopping() {
        thread::sleep(HANDLER_DELAY);
    }
    if stopping() && lock(&STATE).holds == 0 {
        park();
    }
}

/// Kills this child when a signal comes. It is not kept alive and never signalled after it has been reaped, as long as
/// whoever waits for it does so under the lock, without blocking.
pub fn kill_on_stop(child: &Arc<Mutex<Child>>) {
    let mut state = lock(&STATE);
    state.children.retain(|known| known.strong_count() > 0);
    state.children.push(Arc::downgrade(child));
    if state.swept {
        let _ = lock(child).kill();
    }
}

/// Kills what we have started: nobody waits for it any more, as the process is about to exit.
pub fn kill_children() {
    let mut state = lock(&STATE);
    state.swept = true;
    for child in state.children.iter().filter_map(Weak::upgrade) {
        let _ = lock(&child).kill();
    }
}

/// Makes signals wait as long as it lives; see [`hold`].
#[must_use = "signals wait only as long as it lives"]
pub struct Hold(());

/// Makes signals wait: held from the moment Complete is sent until its verdict has been announced. If a signal has come
/// already, it does not return; if one came meanwhile, dropping it does not return.
pub fn hold() -> Hold {
    let mut state = lock(&STATE);
    if stopping() {
        drop(state);
        park();
    }
    state.holds += 1;
    Hold(())
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = lock(&STATE);
        state.holds -= 1;
        let last = state.holds == 0;
        drop(state);
        RELEASED.notify_all();
        if last && stopping() {
            park();
        }
    }
}

/// Forgets its closure when it is dropped; see [`on_stop`].
#[must_use = "the closure is forgotten when it is dropped"]
pub struct OnStop(u64);

/// Runs `undo` on a thread of its own when a signal comes, the newest closure first, after the children have been
/// killed. It must start no pipeline ([`crate::pipeline::Cmd::run_in_undo`] is for that), and has 10 s together with all others.
pub fn on_stop(undo: impl FnOnce() + Send + 'static) -> OnStop {
    let mut state = lock(&STATE);
    let id = state.next_id;
    state.next_id += 1;
    state.undo.push((id, Box::new(undo)));
    OnStop(id)
}

impl Drop for OnStop {
    fn drop(&mut self) {
        let mut state = lock(&STATE);
        let position = state.undo.iter().position(|(id, _)| *id == self.0);
        let forgotten = position.map(|position| state.undo.remove(position));
        // What the closure owns may be dropped only without the lock: it may hold guards of this module.
        drop(state);
        drop(forgotten);
    }
}

#[cfg(test)]
pub(crate) mod tests;
