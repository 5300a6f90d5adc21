//! Aborts stale unfinished uploads; see [`z3::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::s3_mp_cleanup()
}
