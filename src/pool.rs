//! Worker threads: N of them take what is to be done from a channel, and put what comes out into another channel.
//!
//! The only place that starts worker threads: the upload takes results in any order (the result carries the part's buffer
//! back, so the results are also the free list), download, HEAD requests and native gzip take them in the order in which
//! the items were submitted. Each item gets exactly one result: a panic of the worker is that result, and whoever takes it
//! panics in turn, so nobody waits for an answer that cannot come.
//!
//! Not responsible for memory: the channels have no bound of their own, the owner decides how many items it keeps
//! [pending](Pool::pending), and that window is the bound. Not responsible for errors either: an owner that takes one
//! drops the pool. Where the system gives fewer threads than were asked for, those that run do all of the work.

mod employ;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, never, unbounded};

use employ::employ;
pub use employ::no_thread;

use crate::error::Result;

/// Stack of a worker in bytes. A TLS handshake and a request need under 160 KiB even in an unoptimised build; pages that
/// are not touched cost nothing.
const STACK_BYTES: usize = 512 << 10;

type Body = Box<dyn FnOnce() + Send>;
/// An item and what is done with it, of one type for all pools, as each type of a channel is 10 KB of program. Whether what came
/// out could be delivered.
type Job = Box<dyn FnOnce() -> bool + Send>;

/// A result on its way to the owner, who opens it with [`Pool::accept`].
pub struct Finished<O> {
    number: u64,
    outcome: thread::Result<O>,
}

/// Worker threads and what is on its way to and from them; the module's text tells the rules.
///
/// As an [`Iterator`] it gives the results as they become ready, in any order, and waits for each; it ends when nothing
/// is [pending](Pool::pending) and goes on after the next [`submit`](Pool::submit).
pub struct Pool<I, O> {
    act: Arc<dyn Fn(I) -> O + Send + Sync>,
    work: Sender<Job>,
    /// A second end of the channel of work, to throw away what nobody has begun when the pool is dropped.
    queue: Receiver<Job>,
    /// Where each job puts what comes out.
    finished: Sender<Finished<O>>,
    results: Receiver<Finished<O>>,
    workers: usize,
    /// Every worker holds a sender: disconnected means that all have ended.
    alive: Receiver<Infallible>,
    /// Results that came before their turn.
    early: BTreeMap<u64, thread::Result<O>>,
    submitted: u64,
    /// The number of the item whose result is the next in order.
    turn: u64,
    taken: u64,
}

impl<I: Send + 'static, O: Send + 'static> Pool<I, O> {
    /// Starts `workers` threads (at least one) that are all called `name`, or as many as the system gives. They are detached:
    /// the end of the process waits for none of them.
    pub fn new(
        workers: usize,
        name: &str,
        work: impl Fn(I) -> O + Send + Sync + 'static,
    ) -> Result<Self> {
        let spawn = |body| {
            let thread = thread::Builder::new().name(name.into());
            thread.stack_size(STACK_BYTES).spawn(body)
        };
        Self::start(workers, name, work, spawn)
    }

    fn start(
        workers: usize,
        name: &str,
        act: impl Fn(I) -> O + Send + Sync + 'static,
        mut spawn: impl FnMut(Body) -> io::Result<JoinHandle<()>>,
    ) -> Result<Self> {
        let (work, queue) = unbounded();
        let (finished, results) = unbounded();
        let (alive_sender, alive) = unbounded();
        let workers = hire(workers.max(1), name, &queue, alive_sender, &mut spawn)?;
        Ok(Self {
            workers,
            act: Arc::new(act),
            work,
            queue,
            finished,
            results,
            alive,
            early: BTreeMap::new(),
            submitted: 0,
            turn: 0,
            taken: 0,
        })
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Hands an item to the next idle worker; never blocks.
    pub fn submit(&mut self, item: I) {
        let (number, finished) = (self.submitted, self.finished.clone());
        let act = Arc::clone(&self.act);
        let job = move || {
            // The panic is the owner's to meet; the worker keeps nothing of the item, so it may take the next.
            let outcome = catch_unwind(AssertUnwindSafe(|| act(item)));
            finished.send(Finished { number, outcome }).is_ok()
        };
        // The pool holds a receiver of this channel itself, so it takes every item.
        if self.work.send(Box::new(job)).is_ok() {
            self.submitted += 1;
        }
    }

    /// How many items were submitted whose results were not taken yet.
    pub fn pending(&self) -> u64 {
        self.submitted - self.taken
    }

    /// Waits for the result of the earliest item that was submitted and not taken; `None` if nothing is pending.
    /// An owner that wants this order takes all results by this method: one that was taken otherwise never has its turn.
    pub fn next_in_order(&mut self) -> Option<O> {
        while self.pending() > 0 {
            if let Some(outcome) = self.early.remove(&self.turn) {
                self.turn += 1;
                self.taken += 1;
                return Some(opened(outcome));
            }
            let Finished { number, outcome } = self.results.recv().ok()?;
            self.early.insert(number, outcome);
        }
        None
    }

    /// The channel of results, for an owner that takes them in any order and waits for something else as well
    /// ([`crossbeam_channel::select!`]). What is received from it must be given to [`accept`](Pool::accept). While
    /// nothing is pending it is silent, not disconnected.
    pub fn results(&self) -> &Receiver<Finished<O>> {
        &self.results
    }

    /// Opens what was received from [`results`](Pool::results) and counts it as taken; a worker's panic goes on here.
    pub fn accept(&mut self, done: Finished<O>) -> O {
        self.taken += 1;
        opened(done.outcome)
    }

    /// Lets the workers end after the items that they have in hand (nobody begins another) and waits at most `limit`
    /// for that. `true` if all have ended.
    pub fn join_within(self, limit: Duration) -> bool {
        let alive = self.alive.clone();
        drop(self);
        alive.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }
}

impl<I: Send + 'static, O: Send + 'static> Iterator for Pool<I, O> {
    type Item = O;

    fn next(&mut self) -> Option<O> {
        if self.pending() == 0 {
            return None;
        }
        let done = self.results.recv().ok()?;
        Some(self.accept(done))
    }
}

impl<I, O> Drop for Pool<I, O> {
    /// A worker that cannot deliver ends; what none has begun is thrown away. The idle ones end when `work` goes.
    fn drop(&mut self) {
        self.results = never();
        while self.queue.try_recv().is_ok() {}
    }
}

/// Starts so many workers, or as many as the system gives: how many there are.
fn hire(
    workers: usize,
    name: &str,
    queue: &Receiver<Job>,
    alive: Sender<Infallible>,
    spawn: &mut dyn FnMut(Body) -> io::Result<JoinHandle<()>>,
) -> Result<usize> {
    let (places, place) = unbounded();
    employ(workers, name, places, || {
        let (queue, place, alive) = (queue.clone(), place.clone(), alive.clone());
        spawn(Box::new(move || {
            if place.recv().is_ok() {
                work(&queue);
            }
            drop(queue);
            drop(alive);
        }))
    })
}

/// The life of a worker: until the owner is gone.
fn work(queue: &Receiver<Job>) {
    for job in queue {
        if !job() {
            return;
        }
    }
}

fn opened<O>(outcome: thread::Result<O>) -> O {
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests;
