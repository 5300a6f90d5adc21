//! Sends snapshots to another machine, or fetches them; see [`z3::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::z3_ssh_sync()
}
