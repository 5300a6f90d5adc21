//! Whether one connection is enough, and how many ranges are asked for ahead of the reader where it is not: as few as keep
//! it busy.
//!
//! On a short way one long GET is enough; more connections only cost memory and CPU. So it begins with that, and goes to
//! two ranges, and to twice as many, as long as the reader waits and each step makes it faster. On a long way, which the
//! first answer tells, all are needed at once. Not responsible for what is asked.

use std::time::Duration;

/// An answer that takes longer comes from far away, or from a server that thinks before it speaks.
const FAR: Duration = Duration::from_millis(10);
/// How many ranges' bytes make a judgement, or as many as are ahead if that is more.
const LOOK: usize = 4;
/// A step that does not make the speed this much better is taken back.
const GAIN: f64 = 1.1;
/// How many judgements later it is tried again, as a judgement may be wrong and the way may change: so many at first, twice
/// as many every time, up to the other. A trial costs some CPU, so that few of them are made.
const PEACE: u32 = 8;
const LONGEST_PEACE: u32 = 64;
/// A judgement does not wait for more ranges than are ahead if they take longer than this.
const LONG: Duration = Duration::from_secs(1);
/// What is on its way shall be there after this time: the reader of a slow line gets its first bytes soon, and what a break
/// costs is no more than that.
const ON_ITS_WAY: Duration = Duration::from_secs(20);
/// The least that is worth a request of its own.
const LEAST_RANGE_BYTES: u64 = 1 << 20;
/// So much is on its way while nothing is known of the speed: less would cost a fast line far away a round trip more.
const UNKNOWN_BYTES: u64 = 256 << 20;
/// The speed is that of the last minute, about.
const MEMORY: Duration = Duration::from_secs(60);

/// The number and what is known of its success.
pub struct ReadAhead {
    most: usize,
    now: usize,
    range_bytes: u64,
    /// Since the last judgement.
    bytes: u64,
    waited: Duration,
    elapsed: Duration,
    /// What came lately, and in which time.
    lately: (u64, Duration),
    /// The number before the step that is on trial, and its bytes per second.
    before: Option<(usize, f64)>,
    /// Judgements until the next trial.
    peace: u32,
    /// The next punishment.
    next_peace: u32,
}

impl ReadAhead {
    /// None for now, `most` of so many bytes at most, which may be none.
    pub fn new(most: usize, range_bytes: u64) -> Self {
        Self {
            most,
            now: 0,
            range_bytes,
            bytes: 0,
            waited: Duration::ZERO,
            elapsed: Duration::ZERO,
            lately: (0, Duration::ZERO),
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

    /// How many ranges may be on their way while one is read; none is one long GET.
    pub fn now(&self) -> usize {
        let worth = usize::try_from(self.on_its_way() / LEAST_RANGE_BYTES).unwrap_or(usize::MAX);
        self.now.min(worth.max(1))
    }

    /// How long the next range is.
    pub fn length(&self) -> u64 {
        let share = self.on_its_way() / (self.now() as u64 + 1);
        share.max(LEAST_RANGE_BYTES).min(self.range_bytes)
    }

    /// How many bytes shall be on their way.
    fn on_its_way(&self) -> u64 {
        let (bytes, time) = self.lately;
        if bytes == 0 {
            return UNKNOWN_BYTES;
        }
        let due = u128::from(bytes) * ON_ITS_WAY.as_millis() / time.as_millis().max(1);
        u64::try_from(due).unwrap_or(u64::MAX)
    }

    /// Takes note of so many bytes: how long the reader `waited` for them, of the time `elapsed` since those before came.
    pub fn note(&mut self, bytes: u64, waited: Duration, elapsed: Duration) {
        self.bytes += bytes;
        self.waited += waited;
        self.elapsed += elapsed;
        self.lately = (self.lately.0 + bytes, self.lately.1 + elapsed);
        if self.lately.1 > MEMORY {
            self.lately = (self.lately.0 / 2, self.lately.1 / 2);
        }
        let enough = match self.elapsed > LONG {
            true => self.now.max(1),
            false => self.now.max(LOOK),
        };
        if self.bytes >= self.range_bytes.saturating_mul(enough as u64) {
            self.judge();
            self.bytes = 0;
            (self.waited, self.elapsed) = (Duration::ZERO, Duration::ZERO);
        }
    }

    fn judge(&mut self) {
        let speed = self.bytes as f64 / self.elapsed.as_secs_f64().max(1e-9);
        match self.before.take() {
            Some((fewer, before)) if speed < before * GAIN => {
                self.now = fewer;
                self.peace = self.next_peace;
                self.next_peace = (2 * self.next_peace).min(LONGEST_PEACE);
            }
            _ if self.peace > 0 => self.peace -= 1,
            _ if self.waited > self.elapsed / 10 && self.now < self.most => {
                self.before = Some((self.now, speed));
                self.now = (2 * self.now).max(2).min(self.most);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where it ends on a way where so many connections give so many bytes per second to a reader that takes at most
    /// `reader`.
    fn settled(most: usize, way: impl Fn(usize) -> f64, reader: f64) -> usize {
        let mut ahead = ReadAhead::new(most, 1_000_000);
        for _ in 0..300 * LOOK {
            let elapsed = Duration::from_secs_f64(1e6 / way(ahead.now().max(1)).min(reader));
            let waited = elapsed.saturating_sub(Duration::from_secs_f64(1e6 / reader));
            ahead.note(1_000_000, waited, elapsed);
        }
        ahead.now()
    }

    #[test]
    fn one_connection_that_is_fast_enough_stays_alone() {
        assert_eq!(settled(31, |_| 5e8, 1e9), 0, "more make it no faster");
        assert_eq!(settled(31, |n| n as f64 * 5e8, 4e8), 0, "a slow reader");
        assert_eq!(settled(0, |n| n as f64 * 1e7, 1e9), 0, "no memory for more");
        let mut near = ReadAhead::new(31, 1);
        near.first(Duration::from_millis(3));
        assert_eq!(near.now(), 0);
    }

    #[test]
    fn a_long_way_gets_all_and_a_slow_one_as_many_as_make_it_faster() {
        let mut far = ReadAhead::new(31, 1);
        far.first(Duration::from_millis(30));
        assert_eq!(far.now(), 31);
        assert_eq!(settled(31, |n| n as f64 * 1e7, 1e9), 31);
        let shared = |n: usize| (n as f64 * 1e7).min(8e7);
        assert_eq!(settled(31, shared, 1e9), 8);
        assert_eq!(settled(5, |n| n as f64 * 1e7, 1e9), 5);
    }

    #[test]
    fn what_is_on_its_way_is_there_soon() {
        let mut ahead = ReadAhead::new(31, 16 << 20);
        ahead.first(Duration::from_millis(30));
        assert_eq!(ahead.length(), 8 << 20, "nothing is known yet");
        let few = ReadAhead::new(3, 16 << 20);
        assert_eq!(few.length(), 16 << 20, "few are never much");
        let mut came = |bytes: u64, seconds: f64| {
            let elapsed = Duration::from_secs_f64(seconds);
            ahead.note(bytes, elapsed, elapsed);
            ahead.length()
        };
        assert_eq!(came(1 << 20, 1.0), 1 << 20, "a slow line");
        assert_eq!(came(63 << 20, 31.0), (40 << 20) / 32, "2 MiB/s");
        assert_eq!(came(1 << 30, 1.0), 16 << 20, "a fast one");
        let slow = (0..200).map(|_| came(1 << 20, 1.0)).last();
        assert_eq!(slow, Some(1 << 20), "a line that has become slow");
        assert_eq!(ReadAhead::new(31, 1000).length(), 1000, "little memory");
        let few = (0..200).map(|_| came(50 << 10, 1.0)).last();
        assert_eq!(few, Some(1 << 20));
        assert_eq!(ahead.now(), 1, "more connections would only share it");
    }

    #[test]
    fn what_changes_is_tried_again() {
        let mut ahead = ReadAhead::new(8, 1_000_000);
        let mut run = |ranges, speed: fn(usize) -> f64| {
            for _ in 0..ranges {
                let elapsed = Duration::from_secs_f64(1e6 / speed(ahead.now().max(1)));
                ahead.note(1_000_000, elapsed, elapsed);
            }
            ahead.now()
        };
        assert_eq!(run(30, |_| 1e7), 0);
        assert_eq!(run(600, |n| n as f64 * 1e7), 8);
    }
}
