//! `z3 backup`.

use super::output::print;
use super::session::Session;
use crate::args;
use crate::backup::{self, Event, Request};
use crate::error::Result;
use crate::plan::BackupStep;
use crate::progress;
use crate::size;

/// Runs the command.
pub fn run(session: &Session, options: &args::Backup, progress: progress::Mode) -> Result<()> {
    let request = Request {
        last: options.snapshot.as_deref(),
        full: options.full,
        resume: !options.no_resume,
        dry: options.dry_run,
    };
    let parseable = options.parseable;
    // The commands, then the announcements, in the original's order.
    let mut announcements = String::new();
    backup::run(&session.run(progress), &request, &mut |event| match event {
        Event::Stored(step, estimate) => print(&announcement(step, estimate, parseable)),
        Event::Planned(backup, step, estimate) => {
            announcements += &announcement(step, estimate, parseable);
            let line = backup.shell_text(session.program("pput"), step, estimate);
            print(&format!("{line}\n"))
        }
    })?;
    print(&announcements)
}

/// The original's spelling, which scripts wait for.
fn announcement(step: &BackupStep, estimate: u64, parseable: bool) -> String {
    let (snapshot, size) = (&step.snapshot, size::humanize(estimate));
    match parseable {
        true => format!("{snapshot}\0{estimate}\n"),
        false => format!("Successfuly backed up {snapshot}: {size}.\n"),
    }
}
