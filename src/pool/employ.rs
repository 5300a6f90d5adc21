//! How many workers there are, where the system gives fewer threads than were asked for.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::error::{Error, Result};

/// Where not all workers could be started, so many of those that were are sent home: others need threads and processes, too,
/// and a pool that takes the last one leaves them none.
const SPARE: usize = 4;
/// How long to wait for that, and how long the system may count a thread that has ended.
const GOING_HOME: Duration = Duration::from_secs(1);
const COUNTED: Duration = Duration::from_millis(10);

/// It has been said that there are fewer.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Starts so many, or as many as there can be, and gives a place to each that may stay: how many that are.
pub fn employ(
    wanted: usize,
    name: &str,
    places: Sender<()>,
    mut one: impl FnMut() -> io::Result<JoinHandle<()>>,
) -> Result<usize> {
    let mut threads = Vec::new();
    let mut refusal = None;
    while threads.len() < wanted && refusal.is_none() {
        match one() {
            Ok(thread) => threads.push(thread),
            Err(error) => refusal = Some(error),
        }
    }
    let give = |count| (0..count).try_for_each(|_| places.send(()));
    let Some(error) = refusal else {
        let _ = give(wanted);
        return Ok(wanted);
    };
    let error = no_thread(name, error);
    if threads.is_empty() {
        return Err(error);
    }
    let stay = threads.len().saturating_sub(SPARE).max(1);
    let _ = give(stay);
    drop(places);
    let end = Instant::now() + GOING_HOME;
    while threads.len() > stay && Instant::now() < end {
        threads.retain(|thread| !thread.is_finished());
        thread::sleep(COUNTED);
    }
    if !TOLD.swap(true, Relaxed) {
        log::info!("{error}; going on with {stay} of {wanted}");
    }
    Ok(stay)
}

/// What a thread that cannot be started means, and what to do about it.
pub fn no_thread(name: &str, error: io::Error) -> Error {
    Error::io(format!("start a thread for {name}"), error).hint(
        "set a lower CONCURRENCY, or allow more processes and memory (ulimit -u and -v, TasksMax=)",
    )
}
