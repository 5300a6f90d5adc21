//! `z3` and its commands.

use std::ffi::OsString;
use std::process::ExitCode;

use log::LevelFilter;

use super::exit::{self, level};
use super::report::Report;
use super::session::Sessions;
use super::{backup, cat, check, doctor, extract, keep, ls, prune, restore, status, thaw, verify};
use crate::args::{Subcommand, Z3};
use crate::error::Result;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    exit::run("z3", argv, loudness, run)
}

/// Of `z3 check`, monitoring shows stdout, and may show stderr in its place.
fn loudness(args: &Z3) -> LevelFilter {
    match (&args.command, args.verbose) {
        // What there is to say is among the lines of these.
        (Subcommand::Check(_) | Subcommand::Doctor(_), 0) => LevelFilter::Off,
        _ => level(args.verbose, args.quiet),
    }
}

fn run(args: Z3, report: &Report) -> Result<()> {
    if let Subcommand::Verify(options) = &args.command
        && let Some(file) = &options.stream
    {
        return verify::stream(file, &options.names, report);
    }
    if let Subcommand::Check(options) = &args.command {
        let within = options.timeout;
        return check::run(args, within, report);
    }
    match &args.command {
        Subcommand::Ls(options) => return ls::run(&args, options, report),
        Subcommand::Cat(options) => return cat::run(&args, options, report),
        Subcommand::Extract(options) => return extract::run(&args, options, report),
        Subcommand::Doctor(options) => return doctor::run(&args, options, report),
        _ => {}
    }
    let sessions = &mut Sessions::read(&args, *report)?;
    match args.command {
        Subcommand::Status(options) => status::run(sessions, &options),
        Subcommand::Backup(options) => sessions.monitored("backup", options.dry_run, |sessions| {
            backup::run(sessions, &options)
        }),
        Subcommand::Verify(options) => verify::run(sessions, &options),
        Subcommand::Restore(options) => restore::run(sessions, &options),
        Subcommand::Thaw(options) => thaw::run(&sessions.only("thaw")?, &options),
        Subcommand::Prune(options) => sessions.monitored("prune", options.dry_run, |sessions| {
            prune::run(sessions, &options)
        }),
        Subcommand::Keep(options) => keep::keep(&sessions.only("keep")?, &options.snapshot),
        Subcommand::Unkeep(options) => keep::unkeep(&sessions.only("unkeep")?, &options.snapshot),
        // They have been dealt with above, as they read their settings within their time, or only if they need any.
        Subcommand::Check(_)
        | Subcommand::Ls(_)
        | Subcommand::Cat(_)
        | Subcommand::Extract(_)
        | Subcommand::Doctor(_) => Ok(()),
    }
}
