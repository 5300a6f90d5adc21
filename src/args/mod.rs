//! The command lines of the five programs.
//!
//! Responsible for turning `argv` into one typed struct per program, for `--help` and `--version`, and for usage errors.
//! argh parses and prints the help; `normal` gives it the spellings of argparse that the original's users rely on. Not
//! responsible for what values mean: those that have a configuration key go to [`crate::config`] as they were typed.

mod check;
mod choice;
mod doctor;
mod files;
mod known;
mod mp_cleanup;
mod normal;
mod parsed;
mod pput;
mod prune;
mod restore;
mod ssh_sync;
mod status;
#[cfg(test)]
mod tests;
mod thaw;
mod verify;
mod z3;
mod z3_get;

use std::ffi::OsString;

use argh::{ArgsInfo, FromArgs};

use crate::system;

pub use check::CheckArgs;
pub use choice::Choice;
pub use doctor::{DoctorArgs, PolicyFor};
pub use files::{CatArgs, ExtractArgs, LsArgs};
pub use mp_cleanup::MpCleanup;
pub use pput::Pput;
pub use prune::{KeepArgs, PruneArgs, UnkeepArgs};
pub use restore::RestoreArgs;
pub use ssh_sync::SshSync;
pub use status::StatusArgs;
pub use thaw::ThawArgs;
pub use verify::{Level, Subset, VerifyArgs};
pub use z3::{BackupArgs, Subcommand, Z3};
pub use z3_get::Z3Get;

/// The command whose exit status monitoring reads.
const CHECK: &str = "check";

/// Why a program ends before its work begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// Help or version: goes to stdout, exit status 0.
    Text(String),
    /// A usage error with the usage line below it: goes to stderr, exit status 2.
    Usage(String),
    /// The same of `z3 check`, where 2 would be an alarm: goes to stdout, exit status 3.
    Unknown(String),
}

/// Reads a whole `argv`, the program's own name first.
pub fn parse<T: FromArgs + ArgsInfo>(program: &str, argv: Vec<OsString>) -> Result<T, Exit> {
    let info = T::get_args_info();
    let is_check = means_check(program, &argv);
    let mut line = normal::CommandLine::new(&info);
    let failed = match line.read(argv.into_iter().skip(1)) {
        Ok(()) => {
            let args = line.canonical();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            match T::from_args(&[program], &args) {
                Ok(parsed) => return Ok(parsed),
                Err(early) => parsed::restyle(&early.output),
            }
        }
        Err(normal::Stop::Help) => return Err(Exit::Text(help::<T>(program, line.command()))),
        Err(normal::Stop::Version) => {
            let version = env!("CARGO_PKG_VERSION");
            return Err(Exit::Text(format!("{program} {version}\n")));
        }
        Err(normal::Stop::Usage(text)) => text,
    };
    let mut name = program.to_owned();
    if let Some(command) = line.command() {
        name = format!("{program} {command}");
    }
    let help = help::<T>(program, line.command());
    let usage = help.split("\n\n").next().unwrap_or_default();
    let text = format!("{name}: {failed}\n{usage}\n");
    match line.command().map_or(is_check, |command| command == CHECK) {
        true => Err(Exit::Unknown(text)),
        false => Err(Exit::Usage(text)),
    }
}

/// Whether a line that cannot be read so far as its command may be one of `z3 check`.
fn means_check(program: &str, argv: &[OsString]) -> bool {
    let others = ["status", "backup", "restore", "verify"];
    let has = |word: &str| argv.iter().skip(1).any(|one| one == word);
    program == "z3" && has(CHECK) && !others.into_iter().any(has)
}

/// Whether lines for programs are asked for: known before the rest of the line is understood, so that they can tell that it
/// is not. No other flag begins with `--j`, and none is taken for a value.
pub fn wants_json(argv: &[OsString]) -> bool {
    let words = argv.iter().skip(1).filter_map(|word| word.to_str());
    let mut flags = words.take_while(|word| *word != "--");
    flags.any(|word| word.starts_with("--j") && "--json".starts_with(word))
}

/// The help of the program or of one of its commands, with a line feed at its end.
fn help<T: FromArgs>(program: &str, command: Option<&str>) -> String {
    let asked: Vec<&str> = command.into_iter().chain(["--help"]).collect();
    let text = T::from_args(&[program], &asked)
        .err()
        .map(|early| early.output)
        .unwrap_or_default();
    // argh has no --version; the normaliser answers it for every program, so every help has to show it.
    let text = text.replace(
        "display usage information",
        "show this help and exit\n  --version         show the version and exit",
    );
    let text = text.replace("/etc/z3_backup", system::config_directory());
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}
