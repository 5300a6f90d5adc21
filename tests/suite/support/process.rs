//! What the kernel tells about processes, and signals to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The living members of a process group: pid and command line.
pub fn group(id: u32) -> BTreeMap<u32, String> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let member = |path: PathBuf| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // The name in parentheses may hold anything; state, parent and group follow the last of them.
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let alive = fields[0] != "Z" && fields[2] == id.to_string();
        let line = fs::read_to_string(path.join("cmdline"))
            .ok()?
            .replace('\0', " ");
        alive.then(|| Some((path.file_name()?.to_str()?.parse().ok()?, line)))?
    };
    pids.filter_map(|entry| member(entry.path())).collect()
}

/// The most memory that a process has used so far, in KiB; 0 if it is gone. Without the pages of its program's file, which the
/// kernel takes back as it likes and which a debug build has more of, but with the 6 MiB that a program may have at most.
pub fn peak(pid: u32) -> u64 {
    const PROGRAM_KIB: u64 = 6 * 1024;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    let file = kib("RssFile:").unwrap_or(0);
    kib("VmHWM:").map_or(0, |all| all.saturating_sub(file) + file.min(PROGRAM_KIB))
}

/// Sends a signal (`TERM`) to a pid, or to a group by its negative.
pub fn kill(signal: &str, whom: &str) {
    drop(
        Command::new("kill")
            .args([&format!("-{signal}"), "--", whom])
            .stderr(Stdio::null())
            .status(),
    );
}
