//! A long link, as far as a program on either side can tell.
//!
//! * Every byte arrives late, and a connection takes a round trip to be made.
//! * As TCP does, a connection has at most a window of bytes on their way: it begins with [`FIRST_WINDOW_BYTES`], grows by
//!   what has been acknowledged, a round trip after it was sent, and ends at `window`; one connection carries at most
//!   `window` bytes in each round trip. Every connection has the link for itself: its capacity has no other limit.
//! * Of all MiB that a connection carries, both ways together, `cut` percent are its last: both sides see it broken. Where it
//!   breaks follows from `seed` and the number of the connection alone.
//! * `slow` percent of the connections carry [`SLOW_BYTES`] in [`SLOW_TIME`] each way; which ones follows in the same way.
//!
//! Prints `connection` for every connection, `cut` for every cut, and `slow` for every one that is.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::{BUFFER_BYTES, listen};

/// Ten segments (RFC 6928).
const FIRST_WINDOW_BYTES: usize = 10 * 1460;
/// 64 KiB a second: enough that no client takes such a connection for dead.
const SLOW_BYTES: usize = 16 << 10;
const SLOW_TIME: Duration = Duration::from_millis(250);
/// Another place in the same sequence of chance.
const OTHER: u64 = 1 << 31;

pub struct Link {
    /// One way.
    delay: Duration,
    window_bytes: usize,
    /// The probability that a MiB is the last one.
    cut: f64,
    /// The probability that a connection crawls.
    slow: f64,
    seed: u64,
}

impl Link {
    pub fn new(ms: u64, window: Option<f64>, percent: [Option<f64>; 2], seed: Option<f64>) -> Self {
        let [cut, slow] = percent.map(|percent| percent.unwrap_or_default() / 100.0);
        Self {
            delay: Duration::from_millis(ms),
            window_bytes: window.map_or(usize::MAX, |bytes| bytes as usize),
            cut,
            slow,
            seed: seed.unwrap_or_default() as u64,
        }
    }

    fn life(&self, number: u64) -> Life {
        let bytes = match self.cut > 0.0 {
            // How often a coin of that probability is thrown until it falls.
            true => (1.0 - uniform(self.seed, number)).ln() / (1.0 - self.cut).ln() * 1048576.0,
            false => i64::MAX as f64,
        };
        Life {
            left: AtomicI64::new(bytes as i64),
            slow: uniform(self.seed, number ^ OTHER) < self.slow,
        }
    }
}

/// What a connection has before it.
struct Life {
    /// How many bytes it still carries.
    left: AtomicI64,
    slow: bool,
}

impl Life {
    /// How many of so many bytes may pass at a time.
    fn room(&self, bytes: usize) -> usize {
        bytes.min(if self.slow { SLOW_BYTES } else { BUFFER_BYTES })
    }

    /// Waits as long as so many bytes take.
    fn pass(&self, bytes: usize) {
        if self.slow {
            thread::sleep(SLOW_TIME * bytes as u32 / SLOW_BYTES as u32);
        }
    }
}

/// A number from 0 to 1 that looks like chance (the mixing steps of SplitMix64).
fn uniform(seed: u64, number: u64) -> f64 {
    let mut bits = (seed << 32 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)] {
        bits = (bits ^ (bits >> shift)).wrapping_mul(factor);
    }
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

pub fn run(port: &str, target: &str, link: &Link) -> io::Result<()> {
    let connections = AtomicU64::new(1);
    listen(port, |client| {
        println!("connection");
        let server = TcpStream::connect(target)?;
        server.set_nodelay(true)?;
        let life = link.life(connections.fetch_add(1, Relaxed));
        if life.slow {
            println!("slow");
        }
        // On loopback connecting takes no time, over a link it takes a round trip.
        let opened = Instant::now() + 2 * link.delay;
        let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
        thread::scope(|scope| {
            scope.spawn(|| hand_on(client, to_server, opened, link, &life));
            scope.spawn(|| hand_on(server, to_client, opened, link, &life));
        });
        Ok(())
    })
}

/// Writes everything late, and nothing that was read before `opened`.
fn hand_on(mut from: TcpStream, mut to: TcpStream, opened: Instant, link: &Link, life: &Life) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let (Ok(other_from), Ok(other_to)) = (from.try_clone(), to.try_clone()) else {
        return;
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            for (due, bytes) in receiver {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
        let mut window = Window::new(link);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let room = life.room(window.wait());
            let Ok(count @ 1..) = from.read(buffer.get_mut(..room).unwrap_or_default()) else {
                break;
            };
            let before = life.left.fetch_sub(count as i64, Relaxed);
            if before <= count as i64 {
                if before > 0 {
                    println!("cut");
                }
                let _ = other_from.shutdown(Shutdown::Both);
                let _ = other_to.shutdown(Shutdown::Both);
                break;
            }
            life.pass(count);
            let due = Instant::now().max(opened) + link.delay;
            window.sent(due + link.delay, count);
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            if sender.send((due, bytes)).is_err() {
                break;
            }
        }
        // The other thread writes what is still due, and ends.
        drop(sender);
    });
}

/// What is on its way and not yet acknowledged.
struct Window {
    /// When the other side's acknowledgement comes, and for how many bytes.
    unacknowledged: VecDeque<(Instant, usize)>,
    on_their_way: usize,
    open_bytes: usize,
    most_bytes: usize,
}

impl Window {
    fn new(link: &Link) -> Self {
        Self {
            unacknowledged: VecDeque::new(),
            on_their_way: 0,
            open_bytes: FIRST_WINDOW_BYTES.min(link.window_bytes),
            most_bytes: link.window_bytes,
        }
    }

    fn sent(&mut self, acknowledged: Instant, count: usize) {
        // Without a limit there is nothing to keep.
        if self.most_bytes < usize::MAX {
            self.unacknowledged.push_back((acknowledged, count));
            self.on_their_way += count;
        }
    }

    /// Waits until something may be sent; how much.
    fn wait(&mut self) -> usize {
        if self.most_bytes == usize::MAX {
            return usize::MAX;
        }
        loop {
            let now = Instant::now();
            while let Some(&(due, count)) = self.unacknowledged.front() {
                if due > now && self.on_their_way < self.open_bytes {
                    break;
                }
                thread::sleep(due.saturating_duration_since(now));
                self.unacknowledged.pop_front();
                self.on_their_way -= count;
                self.open_bytes = (self.open_bytes + count).min(self.most_bytes);
            }
            if self.on_their_way < self.open_bytes {
                return self.open_bytes - self.on_their_way;
            }
        }
    }
}
