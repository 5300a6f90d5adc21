//! `z3 status | backup | restore | thaw | verify | prune | keep | unkeep`.

use std::ffi::OsString;
use std::process::ExitCode;

use log::LevelFilter;

use super::exit::{self, level};
use super::report::Report;
use super::session::Sessions;
use super::{backup, check, keep, prune, restore, status, thaw, verify};
use crate::args::{Subcommand, Z3};
use crate::error::Result;
use crate::progress::Mode;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    exit::run("z3", argv, loudness, run)
}

/// Of `z3 check`, monitoring shows stdout, and may show stderr in its place.
fn loudness(args: &Z3) -> LevelFilter {
    match (&args.command, args.verbose) {
        (Subcommand::Check(_), 0) => LevelFilter::Off,
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
    let mut sessions = Sessions::read(args.settings(), args.config.as_deref())?;
    let progress = match args.quiet {
        true => Mode::Off,
        false => Mode::Terminal,
    };
    let (sessions, choice) = (&mut sessions, args.choice());
    match args.command {
        Subcommand::Status(options) => status::run(sessions, &choice, &options, report),
        Subcommand::Backup(options) if options.dry_run => {
            backup::run(sessions, &choice, &options, progress, report)
        }
        Subcommand::Backup(options) => {
            sessions.monitor("backup")?;
            let outcome = backup::run(sessions, &choice, &options, progress, report);
            sessions.ended(outcome)
        }
        Subcommand::Verify(options) => verify::run(sessions, &choice, &options, progress, report),
        Subcommand::Restore(options) => restore::run(sessions, &choice, &options, progress, report),
        Subcommand::Thaw(options) => thaw::run(&sessions.only(&choice, "thaw")?, &options, report),
        Subcommand::Prune(options) if options.dry_run => {
            prune::run(sessions, &choice, &options, report)
        }
        Subcommand::Prune(options) => {
            sessions.monitor("prune")?;
            let outcome = prune::run(sessions, &choice, &options, report);
            sessions.ended(outcome)
        }
        Subcommand::Keep(options) => {
            keep::keep(&sessions.only(&choice, "keep")?, &options.snapshot, report)
        }
        Subcommand::Unkeep(options) => keep::unkeep(
            &sessions.only(&choice, "unkeep")?,
            &options.snapshot,
            report,
        ),
        // It has been dealt with above, as it reads its settings within its time.
        Subcommand::Check(_) => Ok(()),
    }
}
