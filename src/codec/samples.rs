//! Data for the codec's tests: the same on every run, without a crate for random numbers. And what real tools make of it.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};

fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Bytes that no compressor can shrink.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    (0..bytes).map(|_| (next(&mut state) >> 32) as u8).collect()
}

/// Words, numbers, runs and noise: shrinks to about a half.
pub fn mixed(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d;
    let mut data = Vec::with_capacity(bytes + 4096);
    while data.len() < bytes {
        let random = next(&mut state);
        match random % 16 {
            0 => data.extend(noise(600).iter().map(|byte| byte ^ random as u8)),
            1 => data.resize(data.len() + (random >> 32) as usize % 2000, 0),
            2..=8 if data.len() > 50_000 => {
                let start = data.len() - 200 - (random >> 16) as usize % 40_000;
                data.extend_from_within(start..start + (random >> 40) as usize % 100);
            }
            _ => data.extend(format!("snapshot {:x} of tank ", random >> 50).bytes()),
        }
    }
    data.truncate(bytes);
    data
}

/// A source that gives odd amounts, and is interrupted now and then.
pub struct Trickle<'a> {
    data: &'a [u8],
    state: u64,
}

impl<'a> Trickle<'a> {
    pub fn new(data: &'a [u8], seed: u64) -> Self {
        Self { data, state: seed }
    }
}

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let random = next(&mut self.state) >> 20;
        if random.is_multiple_of(11) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = into.len().min(1 + random as usize % 70_000);
        self.data.read(&mut into[..size])
    }
}

/// What a real program makes of it; it must be content.
pub fn piped(program: &str, flag: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .arg(flag)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} {flag}");
    output.stdout
}
