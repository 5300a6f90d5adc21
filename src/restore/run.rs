//! A run of `z3 restore`: plans, receives one snapshot after the other, and mounts what it has brought back.

use std::sync::Arc;

use super::properties::put_back;
use super::{Mounts, Ready, Restore};
use crate::catalog::{Catalog, Scope, Stored};
use crate::error::Result;
use crate::name::{Dataset, SnapName};
use crate::pipeline::Cmd;
use crate::plan::{self, Receiver};
use crate::receive_options::{PutBack, ReceiveOptions};
use crate::run::Run;
use crate::zfs::{self, ReceiveUsage};

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct RestoreRequest<'a> {
    /// The snapshot to bring back.
    pub snapshot: &'a SnapName,
    /// Where it is received, if that is another dataset than the one that it is of.
    pub to: Option<&'a Dataset>,
    /// What is said of properties.
    pub options: &'a ReceiveOptions,
    /// Which of the properties that the receipt knows are put back.
    pub properties: Option<PutBack>,
    /// What is made is mounted at the end.
    pub mount: bool,
    /// The datasets above may be made.
    pub create_parents: bool,
    /// The datasets that come before it, where nothing is changed: what is below them has a place.
    pub coming: &'a [Dataset],
    /// `zfs receive -F`.
    pub force: bool,
    /// Spill blocks that zfs has lost are put back.
    pub repair: bool,
    /// Nothing is changed.
    pub dry: bool,
}

/// What a run tells of.
pub enum RestoreEvent<'a> {
    /// In words, what a dry run says that `--force` will cost. A real run warns of it.
    Lost(&'a str),
    /// A step of a dry run.
    Planned(&'a Restore<'a>, &'a Stored),
    /// What a dry run would do beside its steps: make what is missing above, drop half a snapshot that is in the way, set
    /// properties, mount what it has restored.
    Would(Cmd),
    /// A snapshot that is back, and how many bytes were fetched for it.
    Received(&'a Restore<'a>, &'a Stored, u64),
}

/// Where events go. What cannot be told ends a dry run, which does nothing else; of a restore the first failure is returned
/// at the end.
pub type TellRestore<'t> = &'t mut dyn FnMut(RestoreEvent<'_>) -> Result<()>;

/// Restores one snapshot of a dataset, with all that it builds on.
pub fn run(run: &Run<'_>, request: &RestoreRequest<'_>, tell: TellRestore<'_>) -> Result<()> {
    let target = request.to.unwrap_or(&run.settings.dataset);
    let _lock = (!request.dry).then(|| run.lock_of(target)).transpose()?;
    let locals = zfs::settled(target)?;
    let receiver = Receiver {
        dataset: target,
        locals: &locals,
    };
    let catalog = looked_at(run, receiver, request.snapshot)?;
    let steps = plan::restore(&run.settings.dataset, receiver, &catalog, request.snapshot)?;
    let restore = Restore {
        store: Arc::clone(&run.vault.store),
        dataset: target,
        force: request.force,
        repair: request.repair,
        keep: false,
        partial: None,
        options: request.options.clone(),
        afterwards: Vec::new(),
        limits: run.settings.store.limits,
        progress: run.progress,
    };
    if steps.is_empty() {
        owed(run, request, restore, &catalog)?;
        log::info!("nothing to restore: {target} has that snapshot");
        return Ok(());
    }
    let ready = Ready::new(run, request, restore, steps, &locals)?;
    match request.dry {
        true => ready.show(tell),
        false => ready.receive(tell),
    }
}

/// The chain of a snapshot. The first bytes of all that will be received are looked at before anything is changed; in another
/// dataset the guids in them tell what is there already.
fn looked_at(run: &Run<'_>, receiver: Receiver<'_>, wanted: &SnapName) -> Result<Catalog> {
    let dataset = &run.settings.dataset;
    let mut catalog = run.catalog(receiver.locals, &Scope::Chains(vec![wanted.clone()]))?;
    let planned = plan::restore(dataset, receiver, &catalog, wanted)?;
    let planned: Vec<SnapName> = planned.iter().map(|step| step.name.clone()).collect();
    catalog.look(run.vault, &planned)?;
    Ok(catalog)
}

/// What a run that was killed behind its last receive has left to do: set properties, where zfs takes none with a stream, and mount.
fn owed(
    run: &Run<'_>,
    request: &RestoreRequest<'_>,
    mut restore: Restore<'_>,
    catalog: &Catalog,
) -> Result<()> {
    let target = restore.dataset;
    if request.dry || zfs::marked(target).is_empty() {
        return Ok(());
    }
    let chain = plan::links(&run.settings.dataset, catalog, request.snapshot)?;
    if let Some(last) = chain.last() {
        let usage = request.properties.map(|_| ReceiveUsage::ask());
        put_back(
            run,
            request,
            &mut restore,
            last,
            usage.transpose()?.as_ref(),
        )?;
    }
    let set = restore.set_afterwards();
    Mounts::of(target, zfs::mounted(target)?, None, request.mount).complete();
    set
}
