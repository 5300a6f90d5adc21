//! SIGKILL at any moment: what is stored is whole, nobody stays behind, and the next run goes on.
//!
//! `Z3T_KILLS` is the number of kills; `make soak` has hundreds.

mod backup;
mod restore;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::ended::Ended;
use crate::support::{Proxy, Run};

/// How many kills there are to be.
fn wanted(default: u64) -> u64 {
    std::env::var("Z3T_KILLS").map_or(default, |text| text.parse().unwrap())
}

/// What chance decides.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        println!("seed {}", seed.as_micros());
        Self(seed.as_micros() as u64)
    }

    /// From 0 to 1, by splitmix64.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as f64 / u64::MAX as f64
    }
}

/// What a run that nobody kills does, so that kills can be spread over all of it on a busy machine, too.
struct Course {
    requests: usize,
    time: Duration,
}

impl Course {
    fn of(run: Run, proxy: &Proxy) -> Self {
        let start = Instant::now();
        run.run().expect_ok();
        Self {
            requests: proxy.count("", ""),
            time: start.elapsed(),
        }
    }

    /// Kills the run after a random number of requests and a random time more, if it is not over by then.
    fn kill(&self, run: Run, proxy: &Proxy, dice: &mut Dice) -> Ended {
        let requests = (dice.share() * (self.requests + 1) as f64) as usize;
        let gap = self.time / (self.requests + 1) as u32;
        // As long as a request takes; now and then much longer, as something takes its time at both ends.
        let most = match dice.share() < 0.8 {
            true => 2 * gap,
            false => self.time / 3,
        };
        let pause = most.mul_f64(dice.share());
        let mut running = run.start();
        while running.alive() && proxy.count("", "") < requests {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(pause);
        running.signal("KILL");
        // A machine that dies takes what its kernel has not yet sent with it; after a process, that still arrives.
        if dice.share() < 0.5 {
            proxy.cut();
        }
        let ended = running.wait().expect_no_children();
        proxy.settle();
        ended
    }
}

/// Whether SIGKILL has come before its own end.
fn was_killed(ended: &Ended) -> bool {
    ended.status.code().is_none()
}
