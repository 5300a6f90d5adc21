//! What z3 asks of the system it runs on beyond what every Unix answers in the same way.
//!
//! Responsible for everything that has another name, place or shape on Linux than on FreeBSD: each has a file with the same
//! functions, and this is the only module that knows which of them is compiled in (`tests/house`). Not responsible for what
//! is made of the answers.

use rustix::process::{Pid, geteuid, test_kill_process};
use rustix::system::uname;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(not(target_os = "linux"))]
mod freebsd;
#[cfg(not(target_os = "linux"))]
pub use freebsd::*;

/// A process as a later one can look for it.
#[derive(Debug, PartialEq, Eq)]
pub struct SeenProcess {
    /// The namespace that its number is of.
    pub namespace: String,
    /// Its number.
    pub pid: u32,
    /// When it started, in ticks since the boot: numbers are used again.
    pub started: u64,
}

/// Our effective user id.
pub fn uid() -> u32 {
    geteuid().as_raw()
}

/// What the host calls itself.
pub fn host_name() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

/// Whether a process that can be seen from here has this number.
pub fn is_process(number: u32) -> bool {
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw);
    // It is there, too, if it is not ours to be sent a signal.
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// The text of the first file that there is, without the line feed.
fn first_text(places: &[&str]) -> String {
    let text = places.iter().flat_map(std::fs::read_to_string).next();
    text.unwrap_or_default().trim().to_owned()
}
