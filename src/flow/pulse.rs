//! Whether a body comes at all, or drop by drop. Only the time counts in which there was nothing to read: a reader that
//! waits for `LIMIT_RATE`, or for a decoder, makes no server slow.

use std::io;
use std::time::Duration;

/// The least that a connection has to give: half of what each of 32 gets of a line of 64 kbit/s.
pub const LEAST_BYTES_PER_S: u64 = 128;

/// One body.
pub struct Pulse {
    /// As long as this may pass before it is judged.
    window: Duration,
    waited: Duration,
    came: u64,
}

impl Pulse {
    /// Judged for the first time after this time without enough.
    pub fn new(window: Duration) -> Self {
        let (waited, came) = (Duration::ZERO, 0);
        Self {
            window,
            waited,
            came,
        }
    }

    /// So many bytes came after this time; an error if that is too little.
    pub fn beat(&mut self, bytes: usize, waited: Duration) -> io::Result<()> {
        self.came += bytes as u64;
        // What took longer was no wait for the server: this process had been stopped.
        self.waited += waited.min(self.window);
        if self.waited < self.window {
            return Ok(());
        }
        let enough = self.came as f64 >= self.waited.as_secs_f64() * LEAST_BYTES_PER_S as f64;
        *self = Self::new(self.window);
        match enough {
            true => Ok(()),
            false => Err(io::Error::other(format!(
                "the server sends less than {LEAST_BYTES_PER_S} bytes a second"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_told_from_a_slow_line() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let judged = |bytes: usize, each: Duration, count| {
            let mut pulse = Pulse::new(minute);
            (0..count).try_for_each(|_| pulse.beat(bytes, each)).is_ok()
        };
        assert!(judged(1, second, 59) && !judged(1, second, 60));
        assert!(judged(128, second, 1000) && !judged(127, second, 60));
        assert!(judged(1460, 10 * second, 100), "a packet at a time");
        assert!(judged(32 << 10, 600 * second, 9), "it was us who slept");
    }
}
