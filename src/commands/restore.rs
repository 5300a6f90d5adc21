//! `z3 restore`: plans, receives one snapshot after the other, and mounts what it has brought back.

use std::sync::Arc;

use super::output::print;
use super::session::Session;
use crate::args;
use crate::catalog::{Scope, Stored};
use crate::error::Result;
use crate::plan;
use crate::progress;
use crate::restore::{self, Mounts, Restore};
use crate::zfs::{self, Host, Target};

/// Runs the command.
pub fn run(session: &Session, options: &args::Restore, progress: progress::Mode) -> Result<()> {
    let dataset = session.settings.pool.dataset()?;
    let lock = (!options.dry_run).then(|| session.lock(dataset));
    let _lock = lock.transpose()?;
    restore::settle(dataset)?;
    let locals = zfs::list_snapshots(&Host::Local, dataset)?;
    let wanted = plan::own_name(dataset, &options.snapshot);
    let scope = Scope::Chains(vec![wanted.to_owned()]);
    let mut catalog = session.catalog(dataset, &locals, &scope)?;
    let target = Target::of(dataset)?;
    let exists = target.is_some();
    // The first bytes of all that will be received are looked at before anything is changed.
    let planned = plan::restore(dataset, &locals, &catalog, &options.snapshot)?;
    let planned: Vec<String> = planned.iter().map(|step| step.name.clone()).collect();
    catalog.look(&session.vault, planned.iter().map(String::as_str))?;
    let steps = plan::restore(dataset, &locals, &catalog, &options.snapshot)?;
    let restore = Restore {
        store: Arc::clone(&session.vault.store),
        dataset,
        force: options.force,
        limits: session.settings.limits,
        progress,
    };
    if steps.is_empty() {
        // A run that was killed behind its last receive owes the mount alone.
        if !options.dry_run && !zfs::marked(dataset).is_empty() {
            Mounts::of(dataset, None)?.complete();
        }
        log::info!("nothing to restore: {dataset} has that snapshot");
        return Ok(());
    }
    restore.look_at_target(target.as_ref())?;
    let cost = plan::cost(&locals, target, &steps);
    cost.allowed(dataset, options.force, &zfs::clones(dataset))?;
    let lost = options.force.then(|| cost.lines(dataset));
    let lost = lost.unwrap_or_default();
    match options.dry_run {
        true => dry_run(session, &restore, &steps, exists, &lost),
        false => receive(&restore, &steps, exists, &lost),
    }
}

/// Mounting waits for the last step: OpenZFS refuses an increment for a dataset whose files somebody has looked at.
fn receive(restore: &Restore<'_>, steps: &[&Stored], exists: bool, lost: &[String]) -> Result<()> {
    lost.iter().for_each(|line| log::warn!("{line}"));
    let first = steps.first().filter(|_| !exists);
    let makes = first.map(|step| restore.dataset.snapshot(&step.name));
    let mounts = Mounts::of(restore.dataset, makes.transpose()?)?;
    for step in steps {
        restore.receive(step)?;
        mounts.received();
        log::info!("received {}@{}", restore.dataset, step.name);
    }
    mounts.complete();
    Ok(())
}

fn dry_run(
    session: &Session,
    restore: &Restore<'_>,
    steps: &[&Stored],
    exists: bool,
    lost: &[String],
) -> Result<()> {
    for line in lost {
        print(&format!("# {line}\n"))?;
    }
    for step in steps {
        let line = restore.shell_text(session.program("z3_get"), step)?;
        print(&format!("{line}\n"))?;
    }
    // An increment is received below a mounted file system; only a full leaves one that is to be mounted.
    let dataset = restore.dataset;
    let begins_full = steps.first().is_some_and(|step| step.label.full);
    if begins_full && (!exists || zfs::mounted(dataset)?.contains(&dataset.to_string())) {
        print(&format!("{}\n", zfs::mount_cmd(dataset.as_str())))?;
    }
    Ok(())
}
