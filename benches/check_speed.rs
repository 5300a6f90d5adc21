//! What the stream check costs by itself: `check_speed FILE...` checks each send stream again and again, in the pieces of
//! [`PIECE_BYTES`] in which it arrives in a backup, and prints the median of [`ROUNDS`] rounds in GB per second of CPU.
//! Give it streams that fit into the cache, as the bytes of a backup have just been read.

use std::time::Duration;
use std::{fs, io};

use z3::workbench::stream::{Accept, Check, Expect};

const PIECE_BYTES: usize = 128 << 10;
const ROUNDS: usize = 15;
/// What is checked in one round.
const ROUND_BYTES: usize = 512 << 20;

fn main() -> io::Result<()> {
    for path in std::env::args().skip(1) {
        let stream = fs::read(&path)?;
        let mut speeds = (0..ROUNDS)
            .map(|_| round(&stream))
            .collect::<io::Result<Vec<f64>>>()?;
        speeds.sort_by(f64::total_cmp);
        if let [_, .., fastest] = speeds[..] {
            let median = speeds.get(ROUNDS / 2).unwrap_or(&fastest);
            println!("{median:6.2} GB/s of CPU ({fastest:.2} at best)  {path}");
        }
    }
    Ok(())
}

fn round(stream: &[u8]) -> io::Result<f64> {
    let times = ROUND_BYTES / stream.len().max(1);
    let begun = cpu_time()?;
    for _ in 0..times {
        let mut check = Check::new(Accept::Any, Expect::default());
        for piece in stream.chunks(PIECE_BYTES) {
            check.feed(piece).map_err(io::Error::other)?;
        }
        check.finish().map_err(io::Error::other)?;
    }
    let spent = (cpu_time()? - begun).as_secs_f64();
    Ok((times * stream.len()) as f64 / spent / 1e9)
}

/// What this thread has spent on a core: the first number of schedstat (proc(5)), which other work does not add to.
fn cpu_time() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let spent = text
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    spent
        .map(Duration::from_nanos)
        .ok_or_else(|| io::Error::other(format!("schedstat says '{text}'")))
}
