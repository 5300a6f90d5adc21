//! How fast bytes go: all together within `LIMIT_RATE`, and none over a connection that lags far behind the others.
//!
//! Every part and range passes through a [`BodyFlow`], piece by piece. Responsible, too, for how many requests there are at a
//! time ([`Pace`]), and for a connection on which next to nothing moves ([`Pulse`]); where nothing moves at all, the timeouts
//! see it. Not responsible for trying anything again ([`crate::s3`]).

mod pace;
mod pulse;

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::sync::lock;
pub use pace::{Pace, Turn};
pub use pulse::{LEAST_BYTES_PER_S, Pulse};

/// How much passes at a time, in bytes.
pub const PIECE_BYTES: usize = 32 << 10;
/// As much as was not used in this time may be made up for, as nobody wakes up to the microsecond.
const SLACK: Duration = Duration::from_millis(200);
/// A connection so many times slower than the others is given up.
const LAG: f64 = 10.0;
/// It gets this long to begin with.
const START: Duration = Duration::from_secs(3);
/// Others that have moved less tell nothing, in bytes.
const EVIDENCE_BYTES: u64 = 1 << 20;

/// What all transfers of a client share.
pub struct Flow {
    limit: Option<RateLimit>,
    /// Bytes that have passed, of all transfers that were.
    moved: AtomicU64,
    busy: Mutex<Busy>,
}

/// The time that all transfers have taken, together.
struct Busy {
    active: u32,
    total: Duration,
    counted: Instant,
}

impl Busy {
    fn total(&mut self) -> Duration {
        let now = Instant::now();
        self.total += (now - self.counted) * self.active;
        self.counted = now;
        self.total
    }
}

struct RateLimit {
    bytes_per_s: f64,
    /// When the next bytes may pass.
    free: Mutex<Instant>,
}

impl Flow {
    /// With `LIMIT_RATE`, if there is one.
    pub fn new(bytes_per_s: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            limit: bytes_per_s.map(|bytes| RateLimit {
                bytes_per_s: bytes as f64,
                free: Mutex::new(now),
            }),
            moved: AtomicU64::new(0),
            busy: Mutex::new(Busy {
                active: 0,
                total: Duration::ZERO,
                counted: now,
            }),
        }
    }

    /// One body on its way; with `to_the_end` it may lag behind the others.
    pub fn transfer(self: &Arc<Self>, to_the_end: bool) -> BodyFlow {
        let mut busy = lock(&self.busy);
        let busy_before = busy.total();
        busy.active += 1;
        BodyFlow {
            flow: Arc::clone(self),
            began: busy.counted,
            busy_before,
            moved_before: self.moved.load(Relaxed),
            own: 0,
            to_the_end,
        }
    }
}

impl RateLimit {
    fn pass(&self, bytes: usize) {
        let now = Instant::now();
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let mut free = lock(&self.free);
        let due = (*free).max(earliest);
        *free = due + Duration::from_secs_f64(bytes as f64 / self.bytes_per_s);
        drop(free);
        thread::sleep(due.saturating_duration_since(now));
    }
}

/// One body.
pub struct BodyFlow {
    flow: Arc<Flow>,
    began: Instant,
    busy_before: Duration,
    moved_before: u64,
    own: u64,
    to_the_end: bool,
}

impl BodyFlow {
    /// Waits until so many more bytes may pass; an error if this connection is not worth it.
    pub fn pass(&mut self, bytes: usize) -> io::Result<()> {
        if let Some(limit) = &self.flow.limit {
            limit.pass(bytes);
        }
        self.own += bytes as u64;
        self.flow.moved.fetch_add(bytes as u64, Relaxed);
        if !self.to_the_end && self.began.elapsed() >= START && self.lags() {
            return Err(io::Error::other(
                "this connection is ten times slower than the others",
            ));
        }
        Ok(())
    }

    fn lags(&self) -> bool {
        let busy = lock(&self.flow.busy).total() - self.busy_before;
        let elapsed = self.began.elapsed();
        let moved = self.flow.moved.load(Relaxed) - self.moved_before;
        lags(
            (self.own, elapsed),
            (moved.saturating_sub(self.own), busy.saturating_sub(elapsed)),
        )
    }
}

impl Drop for BodyFlow {
    fn drop(&mut self) {
        let mut busy = lock(&self.flow.busy);
        busy.total();
        busy.active -= 1;
    }
}

/// Whether bytes and time of one connection are far worse than those of the others in the same time. What slows all of
/// them down, such as a busy line, makes none of them a straggler.
fn lags((own, elapsed): (u64, Duration), (others, busy): (u64, Duration)) -> bool {
    let speed = |bytes: u64, time: Duration| bytes as f64 / time.as_secs_f64().max(1e-3);
    others >= EVIDENCE_BYTES && speed(others, busy) > LAG * speed(own, elapsed)
}

/// A body to be sent.
pub struct Paced<'a, 'b> {
    flow: &'a Arc<Flow>,
    to_the_end: bool,
    /// From the first byte to the last: neither connecting nor the answer counts.
    transfer: Option<BodyFlow>,
    rest: &'b [u8],
}

impl<'a, 'b> Paced<'a, 'b> {
    /// Nothing passes yet.
    pub fn new(flow: &'a Arc<Flow>, to_the_end: bool, body: &'b [u8]) -> Self {
        Self {
            flow,
            to_the_end,
            transfer: None,
            rest: body,
        }
    }

    /// What is still to be sent, in bytes.
    pub fn len(&self) -> usize {
        self.rest.len()
    }
}

impl Read for Paced<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(self.rest.len()).min(PIECE_BYTES);
        if count == 0 {
            self.transfer = None;
            return Ok(0);
        }
        let begin = || self.flow.transfer(self.to_the_end);
        self.transfer.get_or_insert_with(begin).pass(count)?;
        self.rest.read(into.get_mut(..count).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straggler_is_told_from_a_busy_line() {
        let seconds = Duration::from_secs;
        let own = (1 << 20, seconds(5));
        assert!(lags(own, (77 << 20, seconds(35))), "eleven times as fast");
        assert!(!lags(own, (63 << 20, seconds(35))), "nine is bearable");
        assert!(lags(own, (11 << 20, seconds(5))), "one other is enough");
        assert!(!lags(own, (0, seconds(35))), "all the others stand still");
        assert!(!lags((10, seconds(5)), (1 << 19, seconds(1))), "too little");
    }

    #[test]
    fn the_time_of_all_transfers_is_counted() {
        let flow = Arc::new(Flow::new(None));
        let (one, other) = (flow.transfer(false), flow.transfer(false));
        thread::sleep(Duration::from_millis(20));
        drop(one);
        let two = lock(&flow.busy).total();
        assert!(two >= Duration::from_millis(40), "{two:?}");
        drop(other);
        let idle = lock(&flow.busy).total();
        thread::sleep(Duration::from_millis(5));
        assert_eq!(lock(&flow.busy).total(), idle);
    }

    #[test]
    fn all_transfers_together_keep_to_the_limit() {
        let flow = Arc::new(Flow::new(Some(4 << 20)));
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let body = vec![7; 512 << 10];
                    let mut paced = Paced::new(&flow, false, &body);
                    assert_eq!(io::copy(&mut paced, &mut io::sink()).ok(), Some(512 << 10));
                });
            }
        });
        // 2 MiB at 4 MiB/s, of which the slack gives 200 ms.
        assert!(began.elapsed() > Duration::from_millis(250));
        assert_eq!(lock(&flow.busy).active, 0);
    }
}
