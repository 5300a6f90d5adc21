//! The progress of a transfer, on stderr.
//!
//! Responsible for one line on a terminal that is drawn anew four times a second and vanishes at the end, and for a line a
//! minute where there is no terminal and progress was asked for. A thread of its own draws, so that a transfer that
//! stands still is seen to stand still. Not responsible for results, and never writes to stdout.

mod row;

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use row::{row, shortened};

use crate::size::humanize;
use crate::terminal::{ERASE, columns, plain, progress_line};

/// How often the line is drawn on a terminal.
const TERMINAL_TICK: Duration = Duration::from_millis(250);

/// How often a line is written elsewhere.
const LOG_TICK: Duration = Duration::from_secs(60);

/// The rate is that of the last seconds, not of the whole transfer: it shall show what happens now.
const RATE_WINDOW: Duration = Duration::from_secs(10);

/// Who gets to see progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nobody (`--quiet`, or a dry run).
    Off,
    /// A terminal on stderr.
    Terminal,
    /// A terminal on stderr, else a line a minute (`--progress`).
    Always,
}

/// A transfer whose bytes are counted and shown until it is dropped.
#[derive(Debug)]
pub struct Progress {
    done_bytes: Arc<AtomicU64>,
    all_read: Arc<AtomicBool>,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to show a transfer under a name, with the expected number of bytes, if there is one.
    pub fn new(label: &str, estimate_bytes: Option<u64>, mode: Mode) -> Self {
        let (done_bytes, all_read) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let terminal = columns().is_some();
        if mode == Mode::Off || (mode == Mode::Terminal && !terminal) {
            return Self {
                done_bytes,
                all_read,
                ticker: None,
            };
        }
        let drawer = Drawer {
            label: plain(label),
            estimate_bytes,
            done_bytes: Arc::clone(&done_bytes),
            all_read: Arc::clone(&all_read),
            columns,
        };
        let tick = if terminal { TERMINAL_TICK } else { LOG_TICK };
        let (stop, stopped) = channel();
        // Without a thread there is no progress, but still a transfer.
        let thread = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || drawer.run(&stopped, tick, &mut io::stderr()));
        Self {
            done_bytes,
            all_read,
            ticker: thread.ok().map(|thread| (stop, thread)),
        }
    }

    /// Counts bytes that have been transferred; any thread may call it.
    pub fn add(&self, bytes: u64) {
        self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Where bytes are counted as they are read: there are no more. What the memory holds of them is still on its way, which on a
    /// slow line takes minutes.
    pub fn all_read(&self) {
        self.all_read.store(true, Ordering::Relaxed);
    }
}

/// The line vanishes.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            drop(stop);
            // A drawer that panicked has drawn its last line, that is all.
            let _ = thread.join();
        }
    }
}

/// The thread's own part.
struct Drawer {
    label: String,
    estimate_bytes: Option<u64>,
    done_bytes: Arc<AtomicU64>,
    all_read: Arc<AtomicBool>,
    /// Asked each time, as a window may change.
    columns: fn() -> Option<usize>,
}

impl Drawer {
    /// Draws until the other end of `stopped` is gone. Nobody can be told that stderr is closed, so that is ignored.
    fn run(&self, stopped: &Receiver<()>, tick: Duration, out: &mut impl Write) {
        let mut history = RateHistory::new(Instant::now());
        while stopped.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
            let done_bytes = self.done_bytes.load(Ordering::Relaxed);
            let line = match self.all_read.load(Ordering::Relaxed) {
                true => format!("{} read, the rest is on its way", humanize(done_bytes)),
                false => line(
                    &history.note(Instant::now(), done_bytes),
                    self.estimate_bytes,
                ),
            };
            // In one piece, lest a message of another thread gets into it.
            let text = match (self.columns)() {
                Some(columns) => {
                    progress_line(true);
                    format!("{ERASE}{}", row(&self.label, &line, columns))
                }
                None => format!("{}: {line}\n", shortened(&self.label, row::LABEL_COLUMNS)),
            };
            let _ = out.write_all(text.as_bytes());
            let _ = out.flush();
        }
        if (self.columns)().is_some() {
            let _ = out.write_all(ERASE.as_bytes());
            progress_line(false);
        }
    }
}

/// The byte count over the last [`RATE_WINDOW`].
struct RateHistory {
    samples: VecDeque<(Instant, u64)>,
    moved: Instant,
}

/// The state of a transfer at one moment.
#[derive(Debug, PartialEq, Eq)]
struct Moment {
    done_bytes: u64,
    bytes_per_second: u64,
    idle: Duration,
}

impl RateHistory {
    fn new(start: Instant) -> Self {
        Self {
            samples: VecDeque::from([(start, 0)]),
            moved: start,
        }
    }

    /// Takes the count of a moment. The oldest sample is the youngest one that is as old as the window, so that also
    /// ticks that are longer than the window have something to compare with.
    fn note(&mut self, now: Instant, done_bytes: u64) -> Moment {
        if self
            .samples
            .back()
            .is_some_and(|(_, last)| *last != done_bytes)
        {
            self.moved = now;
        }
        self.samples.push_back((now, done_bytes));
        let old = |(time, _): &(Instant, u64)| now.duration_since(*time) >= RATE_WINDOW;
        while self.samples.get(1).is_some_and(old) {
            self.samples.pop_front();
        }
        let (since, from_bytes) = *self.samples.front().unwrap_or(&(now, done_bytes));
        let millis = now.duration_since(since).as_millis().max(1);
        let moved_bytes = u128::from(done_bytes.saturating_sub(from_bytes));
        Moment {
            done_bytes,
            bytes_per_second: u64::try_from(moved_bytes * 1000 / millis).unwrap_or(u64::MAX),
            idle: now.duration_since(self.moved),
        }
    }
}

/// `1.2 G of ~50 G (2%), 120.5 M/s, 6:54 left`; the estimate is marked, as it may be off by far.
fn line(view: &Moment, estimate_bytes: Option<u64>) -> String {
    let mut text = humanize(view.done_bytes);
    let estimate_bytes = estimate_bytes.filter(|bytes| *bytes > 0);
    let left_bytes = estimate_bytes.and_then(|bytes| bytes.checked_sub(view.done_bytes));
    if let Some(bytes) = estimate_bytes {
        text += &format!(" of ~{}", humanize(bytes));
        if left_bytes.is_some() {
            let percent = u128::from(view.done_bytes) * 100 / u128::from(bytes);
            text += &format!(" ({percent}%)");
        }
    }
    if view.idle >= RATE_WINDOW {
        return text + &format!(", nothing for {}", clock(view.idle.as_secs()));
    }
    text += &format!(", {}/s", humanize(view.bytes_per_second));
    match left_bytes.and_then(|bytes| bytes.checked_div(view.bytes_per_second)) {
        Some(seconds) => text + &format!(", {} left", clock(seconds)),
        None => text,
    }
}

/// `0:07`, `6:54`, `27:46:40`.
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests;
