//! Uploads standard input to S3 as one object; see [`z3::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::pput()
}
