//! Tells people that a child has been silent for long: a pool that hangs, a network that is gone behind an ssh. z3 goes on
//! waiting, as nobody but its user can know how long a `zfs send` may think.
//!
//! Responsible for when it is told. Only time in which z3 waits for the child counts, never that in which it waits itself.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// When it is told first; after that, each time the silence is twice as long.
const FIRST: Duration = Duration::from_secs(300);

/// One time of waiting.
#[derive(Debug)]
pub(super) struct Silence {
    since: Instant,
    next: Duration,
}

impl Silence {
    pub fn begins() -> Self {
        Self::told_after(FIRST)
    }

    fn told_after(first: Duration) -> Self {
        Self {
            since: Instant::now(),
            next: first,
        }
    }

    /// What is to be told now, if anything is.
    pub fn word(&mut self) -> Option<String> {
        let quiet = self.since.elapsed();
        if quiet < self.next {
            return None;
        }
        self.next = quiet * 2;
        let minutes = quiet.as_secs() / 60;
        Some(format!(
            "nothing heard for {minutes} minutes, still waiting"
        ))
    }

    /// Returns when there is something to read, an end, or an error, which the read itself will meet.
    pub fn until_readable(mut self, stdout: impl AsFd, tell: impl Fn(String)) {
        loop {
            let left = self.next.saturating_sub(self.since.elapsed());
            let timeout = Timespec::try_from(left).ok();
            let mut ends = [PollFd::new(&stdout, PollFlags::IN)];
            match poll(&mut ends, timeout.as_ref()) {
                Ok(0) => {}
                Err(Errno::INTR) => continue,
                _ => return,
            }
            if let Some(word) = self.word() {
                tell(word);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_silent_child_is_told_of_and_waited_for() {
        let mut child = Command::new("sh");
        child.args(["-c", "sleep 0.3; echo"]).stdout(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let told = Cell::new(0);
        let silence = Silence::told_after(Duration::from_millis(1));
        silence.until_readable(child.stdout.as_ref().unwrap(), |word| {
            assert!(word.starts_with("nothing heard for "), "{word}");
            told.set(told.get() + 1);
        });
        // The gaps double: 1, 2, 4 ... milliseconds, never a flood.
        assert!((1..20).contains(&told.get()), "{}", told.get());
        child.wait().unwrap();
    }

    #[test]
    fn one_that_speaks_in_time_is_not() {
        let mut silence = Silence::begins();
        assert_eq!(silence.word(), None);
    }
}
