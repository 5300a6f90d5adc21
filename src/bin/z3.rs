//! z3, and by links pput, z3_get, z3_ssh_sync and s3_mp_cleanup; see [`z3::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::main(std::env::args_os().collect())
}
