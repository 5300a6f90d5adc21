//! How many requests there are at a time: fewer after every "slow down", more again while all is well.
//!
//! Each request that is told to slow down also waits by itself ([`crate::s3`]); that alone would bring all workers
//! back at the old pace.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// The requests under way when the server complains all get the same answer: they count as one.
const ONE_COMPLAINT: Duration = Duration::from_secs(1);

/// The number of requests that may be under way.
pub struct Pace {
    most: f64,
    state: Mutex<PaceState>,
    freed: Condvar,
}

struct PaceState {
    allowed: f64,
    under_way: usize,
    slowed: Option<Instant>,
}

impl Pace {
    /// At most so many, and for now all of them.
    pub fn new(most: usize) -> Self {
        let most = most as f64;
        Self {
            most,
            state: Mutex::new(PaceState {
                allowed: most,
                under_way: 0,
                slowed: None,
            }),
            freed: Condvar::new(),
        }
    }

    /// Waits until one more request may be made.
    pub fn turn(self: &Arc<Self>) -> Turn {
        let waiting =
            |state: &mut PaceState| state.under_way as f64 >= state.allowed.max(1.0).floor();
        let state = self.freed.wait_while(lock(&self.state), waiting);
        state.unwrap_or_else(PoisonError::into_inner).under_way += 1;
        Turn {
            pace: Arc::clone(self),
            since: Instant::now(),
        }
    }

    /// The server was content: as many of these as are allowed make it one more.
    pub fn content(&self) {
        let mut state = lock(&self.state);
        state.allowed = (state.allowed + 1.0 / state.allowed).min(self.most);
        drop(state);
        self.freed.notify_one();
    }
}

/// A request under way.
pub struct Turn {
    pace: Arc<Pace>,
    since: Instant,
}

impl Turn {
    /// The server asked for less: half of what there is.
    pub fn slow_down(&self) {
        let mut state = lock(&self.pace.state);
        let counted = |at: Instant| self.since < at || at.elapsed() < ONE_COMPLAINT;
        if !state.slowed.is_some_and(counted) {
            state.slowed = Some(Instant::now());
            state.allowed = (state.allowed.min(state.under_way as f64) / 2.0).max(1.0);
            let allowed = state.allowed.floor();
            log::info!("the server asks for less: {allowed} requests at a time");
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.pace.state).under_way -= 1;
        self.pace.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_halve_it_and_content_brings_it_back() {
        let pace = Arc::new(Pace::new(32));
        let allowed = || lock(&pace.state).allowed;
        let turns: Vec<_> = (0..20).map(|_| pace.turn()).collect();
        turns.iter().for_each(Turn::slow_down);
        assert_eq!(allowed(), 10.0, "one wave of answers is one complaint");
        let long_ago = Instant::now().checked_sub(ONE_COMPLAINT);
        lock(&pace.state).slowed = long_ago;
        turns.iter().take(1).for_each(Turn::slow_down);
        assert_eq!(allowed(), 5.0);
        drop(turns);
        for _ in 0..9 {
            lock(&pace.state).slowed = None;
            pace.turn().slow_down();
        }
        assert_eq!(allowed(), 1.0, "one is always allowed");
        (0..1000).for_each(|_| pace.content());
        assert_eq!(allowed(), 32.0);
    }

    #[test]
    fn no_more_than_allowed_are_under_way() {
        let pace = Arc::new(Pace::new(8));
        lock(&pace.state).allowed = 2.5;
        let (most, both) = (Mutex::new(0), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = pace.turn();
                    let now = lock(&pace.state).under_way;
                    let mut most = lock(&most);
                    *most = now.max(*most);
                    drop(most);
                    both.wait();
                });
            }
        });
        assert_eq!((*lock(&most), lock(&pace.state).under_way), (2, 0));
    }
}
