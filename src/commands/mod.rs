//! The five programs: each reads its arguments and settings, calls the glue, prints, and ends with an exit status.
//!
//! Responsible for all that the user sees on stdout and stderr. Results go to stdout; messages, progress and logs to
//! stderr.

mod backup;
mod cat;
mod check;
mod choice;
mod cost;
mod damaged;
mod dated;
mod doctor;
mod exit;
mod extract;
mod files;
mod keep;
mod ls;
mod monitor;
mod mp_cleanup;
mod output;
mod pput;
mod prune;
mod report;
mod restore;
mod session;
mod several;
mod ssh_sync;
mod start;
mod status;
mod thaw;
mod verify;
mod whole;
mod z3;
mod z3_get;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// A program: from its `argv` to its exit status.
type Program = fn(Vec<OsString>) -> ExitCode;

/// What z3 does when it is called by another name.
const PROGRAMS: [(&str, Program); 4] = [
    ("pput", pput::main),
    ("z3_get", z3_get::main),
    ("z3_ssh_sync", ssh_sync::main),
    ("s3_mp_cleanup", mp_cleanup::main),
];

/// The program by whose name z3 was called: that of the file, a link to z3, or else its first argument (`z3 pput`), as where
/// `cargo install` has made no links.
pub fn main(mut argv: Vec<OsString>) -> ExitCode {
    let called = |argument: Option<&OsString>| {
        let name = Path::new(argument?).file_name()?;
        PROGRAMS.iter().find(|(program, _)| name == *program)
    };
    if let Some((_, program)) = called(argv.first()) {
        return program(argv);
    }
    match called(argv.get(1)) {
        Some((_, program)) => program(argv.split_off(1)),
        None => z3::main(argv),
    }
}
