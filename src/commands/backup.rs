//! `z3 backup`: plans, then sends one snapshot after the other and announces each as soon as it is stored.

use super::output::print;
use super::session::{Session, local_snapshots};
use crate::args;
use crate::backup::{Backup, compressor};
use crate::error::Result;
use crate::plan::{self, BackupStep};
use crate::progress;
use crate::size;

/// Runs the command.
pub fn run(session: &Session, options: &args::Backup, progress: progress::Mode) -> Result<()> {
    let backup = Backup {
        settings: &session.settings,
        compressor: compressor(&session.settings)?,
        progress,
    };
    let steps = steps(session, options)?;
    if options.dry_run {
        return dry_run(&backup, &steps, options);
    }
    if steps.is_empty() {
        log::info!("nothing to back up: the bucket has it all");
    }
    let uploader = session.uploader();
    for step in &steps {
        let estimate = backup.estimate(step)?;
        backup.send(&uploader, step, estimate, || {
            print(&announcement(step, estimate, options))
        })?;
    }
    Ok(())
}

fn steps(session: &Session, options: &args::Backup) -> Result<Vec<BackupStep>> {
    let dataset = session.settings.pool.dataset()?;
    let locals = local_snapshots(dataset)?;
    let catalog = session.catalog(dataset, &locals)?;
    let plan = if options.full {
        plan::full
    } else {
        plan::incremental
    };
    plan(
        dataset,
        &locals,
        &session.settings.pool.snapshot_prefix,
        &catalog,
        options.snapshot.as_deref(),
    )
}

/// The commands, then the announcements, in the original's order.
fn dry_run(backup: &Backup<'_>, steps: &[BackupStep], options: &args::Backup) -> Result<()> {
    let mut announcements = String::new();
    for step in steps {
        let estimate = backup.estimate(step)?;
        print(&format!("{}\n", backup.shell_text(step, estimate)))?;
        announcements += &announcement(step, estimate, options);
    }
    print(&announcements)
}

/// The original's spelling, which scripts wait for.
fn announcement(step: &BackupStep, estimate: u64, options: &args::Backup) -> String {
    if options.parseable {
        return format!("{}\0{estimate}\n", step.snapshot);
    }
    format!(
        "Successfuly backed up {}: {}.\n",
        step.snapshot,
        size::humanize(estimate)
    )
}
