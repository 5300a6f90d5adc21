//! Which ranges a waiting reader will want soon.
//!
//! Many connections share a line, and the one that the reader waits for has no more than its share of it. Where the line turns
//! out to be so slow that other ranges would be wanted in minutes, they are given up for now, and the first comes at once. Not
//! responsible for how much is asked for ([`super::ahead`]).

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sync::lock;

/// So long bytes flow to a waiting reader before there is a judgement of their speed.
const LOOK: Duration = Duration::from_secs(3);
/// What comes in this time is wanted soon: somewhat more than is asked for at a known speed, as speeds change.
const SOON: Duration = Duration::from_secs(30);

/// What the workers of one download tell each other.
pub struct Horizon {
    look: Duration,
    soon: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Where the bytes begin that the reader waits for, if it waits.
    wanted: Option<u64>,
    /// When the first bytes came while it waited, for whichever range, and how many have come since.
    flow: Option<(Instant, u64)>,
    /// Nothing is wanted any more of what was asked for.
    over: bool,
}

impl Default for Horizon {
    fn default() -> Self {
        Self::new(LOOK, SOON)
    }
}

impl Horizon {
    /// One with times of its own.
    pub fn new(look: Duration, soon: Duration) -> Self {
        let state = Mutex::default();
        Self { look, soon, state }
    }

    /// The reader waits for the bytes that begin here.
    pub fn wait(&self, offset: u64) {
        *lock(&self.state) = State {
            wanted: Some(offset),
            ..State::default()
        };
    }

    /// The reader has what it waited for.
    pub fn rest(&self) {
        lock(&self.state).wanted = None;
    }

    /// All that is on its way is given up.
    pub fn give_up(&self) {
        lock(&self.state).over = true;
    }

    /// Takes note of bytes that came for the range that begins at `offset`: whether the rest of it is worth waiting for.
    pub fn note(&self, offset: u64, bytes: u64) -> bool {
        let mut state = lock(&self.state);
        let (Some(wanted), false) = (state.wanted, state.over) else {
            return !state.over;
        };
        let now = Instant::now();
        let (since, came) = state
            .flow
            .map_or((now, 0), |(since, came)| (since, came + bytes));
        state.flow = Some((since, came));
        self.is_soon(offset.saturating_sub(wanted), came, now - since)
    }

    /// Whether bytes so far ahead are wanted soon, where so many have come in this time.
    fn is_soon(&self, ahead: u64, came: u64, time: Duration) -> bool {
        let soon = u128::from(came) * self.soon.as_millis() / time.as_millis().max(1);
        time < self.look || u128::from(ahead) <= soon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_slow_line_only_what_is_wanted_soon_goes_on() {
        let seconds = Duration::from_secs;
        let horizon = Horizon::default();
        let is_soon = |ahead, came, time| horizon.is_soon(ahead, came, time);
        assert!(is_soon(0, 1, seconds(1000)), "what is waited for");
        assert!(is_soon(u64::MAX, 0, seconds(2)), "too early to tell");
        let slow = |ahead| is_soon(ahead, 3_750_000, seconds(3));
        assert_eq!((slow(37_500_000), slow(37_500_001)), (true, false));
        assert!(is_soon(256 << 20, 40_000_000, seconds(4)));
        assert!(is_soon(u64::MAX, u64::MAX, seconds(3)));
    }

    #[test]
    fn a_reader_that_does_not_wait_wants_all() {
        let horizon = Horizon::default();
        assert!(horizon.note(1 << 40, 1));
        horizon.wait(0);
        assert!(horizon.note(1 << 40, 1), "nothing is known yet");
        horizon.rest();
        assert!(horizon.note(1 << 40, 1));
        horizon.give_up();
        assert!(!horizon.note(0, 1));
        horizon.wait(5);
        assert!(horizon.note(0, 1), "another time");
    }
}
