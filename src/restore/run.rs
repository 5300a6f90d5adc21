//! A run of `z3 restore`: plans, receives one snapshot after the other, and mounts what it has brought back.

use std::sync::Arc;

use super::{Found, Mounts, Restore, partial, settle};
use crate::catalog::{Scope, Stored};
use crate::error::Result;
use crate::pipeline::Cmd;
use crate::plan;
use crate::run::Run;
use crate::terminal::plain;
use crate::zfs::{self, Host, LocalSnapshot, Target};

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The snapshot to bring back, by its full name or the part after the `@`.
    pub snapshot: &'a str,
    /// `zfs receive -F`.
    pub force: bool,
    /// Spill blocks that zfs has lost are put back.
    pub repair: bool,
    /// Nothing is changed.
    pub dry: bool,
}

/// What a run tells of.
pub enum Event<'a> {
    /// In words, what a dry run says that `--force` will cost. A real run warns of it.
    Lost(&'a str),
    /// A step of a dry run.
    Planned(&'a Restore<'a>, &'a Stored),
    /// How a dry run would drop half a snapshot that is in the way, or mount what it has restored.
    Would(Cmd),
    /// A snapshot that is back.
    Received(&'a Restore<'a>, &'a Stored),
}

/// Where events go. What cannot be told ends a dry run, which does nothing else; of a restore the first failure is returned
/// at the end.
pub type Tell<'t> = &'t mut dyn FnMut(Event<'_>) -> Result<()>;

/// Restores one snapshot of a dataset, with all that it builds on.
pub fn run(run: &Run<'_>, request: &Request<'_>, tell: Tell<'_>) -> Result<()> {
    let dataset = &run.settings.dataset;
    let _lock = (!request.dry).then(|| run.lock()).transpose()?;
    settle(dataset)?;
    let locals = zfs::list_snapshots(&Host::Local, dataset)?;
    let wanted = plan::own_name(dataset, request.snapshot);
    let mut catalog = run.catalog(&locals, &Scope::Chains(vec![wanted.to_owned()]))?;
    let target = Target::of(dataset)?;
    // The first bytes of all that will be received are looked at before anything is changed.
    let planned = plan::restore(dataset, &locals, &catalog, request.snapshot)?;
    let planned: Vec<String> = planned.iter().map(|step| step.name.clone()).collect();
    catalog.look(run.vault, planned.iter().map(String::as_str))?;
    let steps = plan::restore(dataset, &locals, &catalog, request.snapshot)?;
    if steps.is_empty() {
        // A run that was killed behind its last receive owes the mount alone.
        if !request.dry && !zfs::marked(dataset).is_empty() {
            Mounts::of(dataset, None)?.complete();
        }
        log::info!("nothing to restore: {dataset} has that snapshot");
        return Ok(());
    }
    let restore = Restore {
        store: Arc::clone(&run.vault.store),
        dataset,
        force: request.force,
        repair: request.repair,
        keep: !request.dry && zfs::keeps_partial(dataset),
        partial: None,
        limits: run.settings.store.limits,
        progress: run.progress,
    };
    let ready = Ready::new(restore, steps, &locals, target)?;
    match request.dry {
        true => ready.show(tell),
        false => ready.receive(tell),
    }
}

/// A restore that can begin: nothing that is known before is in its way.
struct Ready<'a> {
    restore: Restore<'a>,
    steps: Vec<&'a Stored>,
    /// The dataset is there.
    exists: bool,
    /// Half a snapshot has to go before.
    drops: bool,
    /// What `--force` will cost, in words.
    lost: Vec<String>,
}

impl<'a> Ready<'a> {
    fn new(
        mut restore: Restore<'a>,
        steps: Vec<&'a Stored>,
        locals: &[LocalSnapshot],
        mut target: Option<Target>,
    ) -> Result<Self> {
        let dataset = restore.dataset;
        let found = match steps.first() {
            Some(step) => partial::look(dataset, target.as_ref(), step, restore.force)?,
            None => Found::Nothing,
        };
        // Without a snapshot there is nothing but that half: it goes with it, and is made whole without a cost.
        if !matches!(found, Found::Nothing) && locals.is_empty() {
            target = None;
        }
        let (exists, drops) = (target.is_some(), matches!(found, Found::Dropped));
        if let Found::Ours(partial) = found {
            restore.partial = Some(partial);
        }
        if !exists {
            restore.look_above()?;
        }
        let cost = plan::cost(locals, target, &steps);
        cost.allowed(dataset, restore.force, &zfs::clones(dataset))?;
        let lost = match restore.force {
            true => cost.lines(dataset),
            false => Vec::new(),
        };
        Ok(Self {
            restore,
            steps,
            exists,
            drops,
            lost,
        })
    }

    /// Mounting waits for the last step: OpenZFS refuses an increment for a dataset whose files somebody has looked at.
    fn receive(&self, tell: Tell<'_>) -> Result<()> {
        self.lost.iter().for_each(|line| log::warn!("{line}"));
        let dataset = self.restore.dataset;
        if self.drops {
            zfs::drop_partial(dataset)?;
        }
        let first = self.steps.first().filter(|_| !self.exists);
        let makes = first.map(|step| dataset.snapshot(&step.name));
        let mounts = Mounts::of(dataset, makes.transpose()?)?;
        let mut untold = None;
        for step in &self.steps {
            if let Some(partial) = self.restore.partial_of(step) {
                let share = partial.share(step);
                log::info!("{dataset}@{}: resumed at {share}", plain(&step.name));
            }
            self.restore.receive(step)?;
            mounts.received();
            // A full disk under the log stops no restore, and is told at the end.
            if let Err(error) = tell(Event::Received(&self.restore, step)) {
                untold.get_or_insert(error);
            }
        }
        mounts.complete();
        untold.map_or(Ok(()), Err)
    }

    /// What a dry run tells.
    fn show(&self, tell: Tell<'_>) -> Result<()> {
        for line in &self.lost {
            tell(Event::Lost(line))?;
        }
        if self.drops {
            let dataset = self.restore.dataset;
            tell(Event::Would(zfs::drop_partial_cmd(dataset)))?;
        }
        for step in &self.steps {
            tell(Event::Planned(&self.restore, step))?;
        }
        // An increment is received below a mounted file system; only a full leaves one that is to be mounted.
        let dataset = self.restore.dataset;
        let begins_full = self.steps.first().is_some_and(|step| step.label.full);
        let mounted =
            || -> Result<bool> { Ok(zfs::mounted(dataset)?.contains(&dataset.to_string())) };
        if begins_full && (!self.exists || mounted()?) {
            tell(Event::Would(zfs::mount_cmd(dataset.as_str())))?;
        }
        Ok(())
    }
}
