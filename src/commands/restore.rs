//! `z3 restore`: plans, receives one snapshot after the other, and mounts what it has brought back.

use std::sync::Arc;

use super::output::print;
use super::session::Session;
use crate::args;
use crate::catalog::{Scope, Stored};
use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::Pipeline;
use crate::plan;
use crate::progress;
use crate::restore::Restore;
use crate::zfs::{self, Host};

/// Runs the command.
pub fn run(session: &Session, options: &args::Restore, progress: progress::Mode) -> Result<()> {
    let dataset = session.settings.pool.dataset()?;
    let lock = (!options.dry_run).then(|| session.lock(dataset));
    let _lock = lock.transpose()?;
    let locals = zfs::list_snapshots(&Host::Local, dataset)?;
    let wanted = plan::own_name(dataset, &options.snapshot);
    let scope = Scope::Chains(vec![wanted.to_owned()]);
    let catalog = session.catalog(dataset, &locals, &scope)?;
    let steps = plan::restore(dataset, &locals, &catalog, &options.snapshot)?;
    let restore = Restore {
        store: Arc::clone(&session.store),
        dataset,
        force: options.force,
        limits: session.settings.limits,
        progress,
    };
    if options.dry_run {
        return dry_run(&restore, &steps, dataset);
    }
    if steps.is_empty() {
        log::info!("nothing to restore: {dataset} has that snapshot");
        return Ok(());
    }
    // Mounting waits for the last step: OpenZFS refuses an increment for a dataset whose files somebody has looked at.
    let mount = zfs::wants_mount(dataset)?;
    for step in &steps {
        restore.receive(step)?;
        log::info!("received {dataset}@{}", step.name);
    }
    zfs::mount(dataset, mount)
}

fn dry_run(restore: &Restore<'_>, steps: &[&Stored], dataset: &Dataset) -> Result<()> {
    for step in steps {
        print(&format!("{}\n", restore.shell_text(step)?))?;
    }
    // An increment is received below a mounted file system; only a full leaves one that is to be mounted.
    let begins_full = steps.first().is_some_and(|step| step.full);
    if !begins_full || !zfs::wants_mount(dataset)? {
        return Ok(());
    }
    print(&format!("{}\n", Pipeline::from(zfs::mount_cmd(dataset))))
}
