//! What a program of ours makes of the process that it is given, before it does anything else.
//!
//! Responsible for what may be left behind if it crashes, for an allocator that fits into what there is, and for telling
//! whether anybody gets its standard output. Not responsible for signals ([`crate::signals`]) nor for arguments.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::system;

/// With so many addresses nobody notices what the heaps take: 256 of them fit.
const PLENTY_BYTES: u64 = 16 << 30;

/// One heap for all threads where addresses are limited (`ulimit -v`): glibc reserves 64 MiB of them for each heap, which
/// leaves none for parts and stacks, and the first allocation that is refused ends the program, with an upload left behind.
/// The environment is read before our first line, so the program starts once more. If it cannot, it goes on as it is.
pub fn with_one_heap_if_limited() {
    let most = getrlimit(Resource::As).current;
    let Some(heaps) = system::HEAPS else {
        return;
    };
    if env::var_os(heaps).is_some() || most.is_none_or(|bytes| bytes >= PLENTY_BYTES) {
        return;
    }
    let file = env::current_exe().unwrap_or_default();
    // Started by a loader (ld.so(8)), our file would be the loader; replaced meanwhile, it is not there.
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let ours = name.starts_with("z3") && file.is_file();
    let mut arguments = env::args_os();
    if let Some(own) = arguments.next().filter(|_| ours) {
        let mut again = Command::new(&file);
        let error = again.arg0(own).args(arguments).env(heaps, "1").exec();
        log::debug!("not started again: {error}");
    }
}

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
    let stdout = std::io::stdout();
    let null = match (stat("/dev/null"), fstat(&stdout)) {
        (Ok(null), Ok(stdout)) => null.st_rdev == stdout.st_rdev,
        _ => false,
    };
    null && fcntl_getfl(&stdout).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
}
