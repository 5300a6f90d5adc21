//! How many ranges are asked for ahead of the reader: as few as keep it busy.
//!
//! On a short way one connection is enough, with a second one that bridges the gaps between ranges; more of them only cost
//! memory and CPU. So it begins with two, and doubles as long as the reader waits and each doubling makes it faster. On a
//! long way, which the first answer tells, all are needed at once. Not responsible for what is asked.

use std::time::Duration;

/// An answer that takes longer comes from far away, or from a server that thinks before it speaks.
const FAR: Duration = Duration::from_millis(10);
/// How many ranges make a judgement, or as many as are ahead if that is more.
const LOOK: usize = 4;
/// A doubling that does not make the speed this much better is taken back.
const GAIN: f64 = 1.1;
/// How many judgements later it is tried again, as a judgement may be wrong and the way may change: so many at first, twice
/// as many every time, up to the other.
const PEACE: u32 = 2;
const LONGEST_PEACE: u32 = 16;
/// A judgement does not wait for more ranges than are ahead if they take longer than this.
const LONG: Duration = Duration::from_secs(1);

/// The number and what is known of its success.
pub struct ReadAhead {
    most: usize,
    now: usize,
    /// Since the last judgement.
    ranges: usize,
    bytes: u64,
    waited: Duration,
    elapsed: Duration,
    /// Bytes per second before the doubling that is on trial.
    before: Option<f64>,
    /// Judgements until the next trial.
    peace: u32,
    /// The next punishment.
    next_peace: u32,
}

impl ReadAhead {
    /// Two for now, `most` at most, which may be none.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            now: most.min(2),
            ranges: 0,
            bytes: 0,
            waited: Duration::ZERO,
            elapsed: Duration::ZERO,
            before: None,
            peace: 0,
            next_peace: PEACE,
        }
    }

    /// Takes note of how long the answer to the first, small, request `took`.
    pub fn first(&mut self, took: Duration) {
        if took > FAR {
            self.now = self.most;
        }
    }

    /// Whether it is as many as there can be.
    pub fn all(&self) -> bool {
        self.now == self.most && self.most > 0
    }

    /// How many ranges may be on their way while one is read.
    pub fn now(&self) -> usize {
        self.now
    }

    /// Takes note of a range of so many bytes: how long the reader `waited` for it, of the time `elapsed` since the one
    /// before came.
    pub fn note(&mut self, bytes: u64, waited: Duration, elapsed: Duration) {
        self.ranges += 1;
        self.bytes += bytes;
        self.waited += waited;
        self.elapsed += elapsed;
        let enough = match self.elapsed > LONG {
            true => self.now,
            false => self.now.max(LOOK),
        };
        if self.ranges >= enough {
            self.judge();
            (self.ranges, self.bytes) = (0, 0);
            (self.waited, self.elapsed) = (Duration::ZERO, Duration::ZERO);
        }
    }

    fn judge(&mut self) {
        let speed = self.bytes as f64 / self.elapsed.as_secs_f64().max(1e-9);
        let in_vain = self.before.take().is_some_and(|it| speed < it * GAIN);
        if in_vain {
            self.now = self.now.div_ceil(2);
            self.peace = self.next_peace;
            self.next_peace = (2 * self.next_peace).min(LONGEST_PEACE);
        } else if self.peace > 0 {
            self.peace -= 1;
        } else if self.waited > self.elapsed / 10 && self.now < self.most {
            self.before = Some(speed);
            self.now = (2 * self.now).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where it ends on a way where so many connections give so many bytes per second to a reader that takes at most
    /// `reader`.
    fn settled(most: usize, way: impl Fn(usize) -> f64, reader: f64) -> usize {
        let mut ahead = ReadAhead::new(most);
        for _ in 0..60 * LOOK {
            let elapsed = Duration::from_secs_f64(1e6 / way(ahead.now()).min(reader));
            let waited = elapsed.saturating_sub(Duration::from_secs_f64(1e6 / reader));
            ahead.note(1_000_000, waited, elapsed);
        }
        ahead.now()
    }

    #[test]
    fn one_connection_that_is_fast_enough_stays_alone() {
        assert_eq!(settled(31, |_| 5e8, 1e9), 2, "more make it no faster");
        assert_eq!(settled(31, |n| n as f64 * 5e8, 4e8), 2, "a slow reader");
        let mut near = ReadAhead::new(31);
        near.first(Duration::from_millis(3));
        assert_eq!(near.now(), 2);
        assert_eq!((ReadAhead::new(1).now(), ReadAhead::new(0).now()), (1, 0));
    }

    #[test]
    fn a_long_way_gets_all_and_a_slow_one_as_many_as_make_it_faster() {
        let mut far = ReadAhead::new(31);
        far.first(Duration::from_millis(30));
        assert_eq!(far.now(), 31);
        assert_eq!(settled(31, |n| n as f64 * 1e7, 1e9), 31);
        let shared = |n: usize| (n as f64 * 1e7).min(8e7);
        assert_eq!(settled(31, shared, 1e9), 8);
        assert_eq!(settled(5, |n| n as f64 * 1e7, 1e9), 5);
    }

    #[test]
    fn what_changes_is_tried_again() {
        let mut ahead = ReadAhead::new(8);
        let mut run = |ranges, speed: fn(usize) -> f64| {
            for _ in 0..ranges {
                let elapsed = Duration::from_secs_f64(1e6 / speed(ahead.now()));
                ahead.note(1_000_000, elapsed, elapsed);
            }
            ahead.now()
        };
        assert_eq!(run(30, |_| 1e7), 2);
        assert_eq!(run(300, |n| n as f64 * 1e7), 8);
    }
}
