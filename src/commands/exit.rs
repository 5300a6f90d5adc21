//! How a program begins and ends: arguments, logging, signals, and what [`Report`] makes of its outcome.
//!
//! Exit status: 0 done, 1 failed, 2 usage, 3 not everything could be verified, 4 another run holds the lock, 129, 130 or 143
//! after a signal (the last three by [`crate::signals`]).

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use log::LevelFilter;

use super::check;
use super::output::print;
use super::report::Report;
use super::start;
use crate::args::{self, Exit};
use crate::error::Result;
use crate::signals;
use crate::terminal;

/// How much a program says on stderr. Risks to data are always told. Notices are for a terminal or for who asked with
/// `-v`: cron shall have nothing to mail.
pub fn level(verbose: u8, quiet: bool) -> LevelFilter {
    match verbose {
        _ if quiet => LevelFilter::Warn,
        0 if std::io::stderr().is_terminal() => LevelFilter::Info,
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    }
}

/// Runs a program from its `argv` to its exit status.
pub fn run<A: FromArgs + ArgsInfo>(
    program: &'static str,
    argv: Vec<OsString>,
    level: fn(&A) -> LevelFilter,
    work: fn(A, &Report) -> Result<()>,
) -> ExitCode {
    start::without_core_dump();
    start::with_one_heap_if_limited();
    let report = Report::new(program, args::wants_json(&argv));
    let args = match args::parse(program, argv) {
        Ok(args) => args,
        Err(Exit::Text(text)) => return Report::new(program, false).end(print(&text)),
        Err(Exit::Usage(text)) => return report.misused(&text),
        Err(Exit::Unknown(text)) => {
            let _ = report.say(&check::misused(&text));
            return report.cut(3, "usage", text.lines().next().unwrap_or_default());
        }
    };
    start_logging(program, level(&args));
    say_panics_plainly(program);
    signals::last_words(move |status, text| {
        report.cut(status, "signal", text);
    });
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        signals::install(program)?;
        work(args, &report)
    }));
    if let Ok(Err(_)) = &outcome {
        // A failure that a signal has caused is not worth a word: the signal's thread ends the program.
        signals::wait_if_stopping();
    }
    match outcome {
        Ok(outcome) => report.end(outcome),
        Err(_) => report.cut(1, "internal", "internal error"),
    }
}

fn start_logging(program: &'static str, level: LevelFilter) {
    let mut logger = env_logger::Builder::new();
    logger
        .filter_level(LevelFilter::Error)
        .filter_module("z3", level)
        .parse_default_env();
    let format = move |out: &mut env_logger::fmt::Formatter, record: &log::Record<'_>| {
        let text = terminal::message(program, &record.args().to_string());
        writeln!(out, "{}{text}", terminal::line_start())
    };
    // Only a second call fails, and there is none.
    let _ = logger.format(format).try_init();
    // With RUST_LOG=trace the HTTP library would show whole requests, a session token among them.
    log::set_max_level(log::max_level().min(LevelFilter::Debug));
}

/// A panic is a defect of ours; the user gets one line that says so.
fn say_panics_plainly(program: &'static str) {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        terminal::say(&format!(
            "{program}: internal error at {place}; nothing was committed after it, please report this"
        ));
    }));
}
