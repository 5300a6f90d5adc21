//! What a program of ours makes of the process that it is given, before it does anything else.
//!
//! Responsible for what may be left behind if it crashes, and for telling whether anybody gets its standard output. Not
//! responsible for signals ([`crate::signals`]) nor for arguments.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// No core dump: it would hold the secret key, and what is being backed up. A limit of one byte makes no file, and unlike 0
/// it also counts where the kernel hands dumps to a program (`do_coredump` of Linux). Our children inherit it.
pub fn without_core_dump() {
    for bytes in [1, 0] {
        let limit = Rlimit {
            current: Some(bytes),
            maximum: getrlimit(Resource::Core).maximum,
        };
        // One byte is more than nothing, which may be all that we are allowed.
        if setrlimit(Resource::Core, limit).is_ok() {
            return;
        }
    }
}

/// Whether standard output was closed when we were started. Rust opens `/dev/null` in its place before our first line, for
/// reading and writing; a shell's `>/dev/null` is for writing only. (Python's `DEVNULL` cannot be told from the former: only
/// who delivers an object may ask.)
pub fn stdout_was_closed() -> bool {
    let device = |path: &str| fs::metadata(path).map(|meta| meta.rdev());
    let null = match (device("/dev/null"), device("/proc/self/fd/1")) {
        (Ok(null), Ok(stdout)) => null == stdout,
        _ => false,
    };
    null && flags_of_stdout().is_some_and(|flags| flags & 0o3 == 0o2)
}

/// `proc_pid_fdinfo(5)` has them in octal; the last two bits are the access mode (`O_RDWR` is 2).
fn flags_of_stdout() -> Option<u32> {
    let info = fs::read_to_string("/proc/self/fdinfo/1").ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    u32::from_str_radix(flags.trim(), 8).ok()
}
