//! Backs up ZFS snapshots to S3 and restores them; see [`z3::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::z3()
}
