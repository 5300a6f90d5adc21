//! `z3 restore`.

use super::output::print;
use super::session::Session;
use crate::args;
use crate::error::Result;
use crate::progress;
use crate::restore::{self, Event, Request};

/// Runs the command.
pub fn run(session: &Session, options: &args::Restore, progress: progress::Mode) -> Result<()> {
    let request = Request {
        snapshot: &options.snapshot,
        force: options.force,
        dry: options.dry_run,
    };
    restore::run(&session.run(progress), &request, &mut |event| match event {
        Event::Lost(line) => print(&format!("# {line}\n")),
        Event::Planned(restore, step) => {
            let line = restore.shell_text(session.program("z3_get"), step)?;
            print(&format!("{line}\n"))
        }
        Event::Mount(mount) => print(&format!("{mount}\n")),
        Event::Received(restore, step) => {
            log::info!("received {}@{}", restore.dataset, step.name);
            Ok(())
        }
    })
}
