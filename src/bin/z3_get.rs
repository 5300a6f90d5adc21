//! Writes an object of the bucket to standard output; see [`z3::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::z3_get()
}
