//! What is left of a program that has ended, and what a test expects of it.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use super::process::group;
use super::run::slowness;

/// What a program left behind.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
    /// The most memory that was seen in use, in KiB.
    pub peak_kib: u64,
    pub(super) what: String,
    pub(super) group: u32,
}

impl Ended {
    pub fn expect_ok(self) -> Self {
        self.expect_status(0)
    }

    /// A death by signal n counts as 128 + n.
    pub fn expect_status(self, wanted: i32) -> Self {
        let status = self
            .status
            .code()
            .unwrap_or_else(|| 128 + self.status.signal().unwrap());
        let out = match std::str::from_utf8(&self.stdout) {
            Ok(text) => text.to_owned(),
            Err(_) => format!("{} bytes", self.stdout.len()),
        };
        assert_eq!(
            status, wanted,
            "{}\nstdout: {out}\nstderr: {}",
            self.what, self.stderr
        );
        self
    }

    /// Its standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Fails if anything that it started is still there after a second, on a machine of the usual speed.
    pub fn expect_no_children(self) -> Self {
        let end = Instant::now() + Duration::from_secs(1) * slowness();
        while !group(self.group).is_empty() && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        assert!(
            group(self.group).is_empty(),
            "{} left {:?}",
            self.what,
            group(self.group)
        );
        self
    }
}
