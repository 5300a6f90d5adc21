//! FULL_EVERY in a run: what has to be asked for it, and what is said of it.
//!
//! A plan knows what is stored when it is made. What its own steps take is known as they are stored: only then can a ratio tell
//! where the fulls are that single nights would have had.

use super::Manner;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::full_every::Chain;
use crate::plan::{self, BackupStep, Turns};
use crate::run::Run;
use crate::zfs::LocalSnapshot;

/// Makes fulls of the steps with which a new chain begins, as far as that is known.
pub fn rotate(
    run: &Run<'_>,
    locals: &[LocalSnapshot],
    catalog: &mut Catalog,
    steps: &mut [BackupStep],
) -> Result<Turns> {
    let send = &run.settings.send;
    if send.full_every.is_never() {
        return Ok(Turns::default());
    }
    let stored = stored(run, locals, catalog, steps)?;
    let calendar = run.settings.retention.keep.calendar;
    let (turns, reasons) = plan::rotate(steps, stored, &send.full_every, calendar);
    reasons.iter().for_each(|reason| log::info!("{reason}"));
    Ok(turns)
}

/// The chain that the first step goes on with. When its full was made may have to be asked of its bytes: if they are no stream,
/// nothing is built on it.
fn stored(
    run: &Run<'_>,
    locals: &[LocalSnapshot],
    catalog: &mut Catalog,
    steps: &[BackupStep],
) -> Result<Option<Chain>> {
    let Some((full, mut chain)) = plan::chain_of(catalog, steps) else {
        return Ok(None);
    };
    let full = full.name.clone();
    catalog.learn_creations(run.vault, std::slice::from_ref(&full))?;
    plan::expect_base(catalog, steps)?;
    let full = catalog.get(&full);
    chain.began = full.and_then(|full| plan::began(full, locals));
    Ok(Some(chain))
}

/// A step as it is sent now, that all before it are stored.
pub fn next(run: &Run<'_>, turns: &Turns, at: usize, planned: &BackupStep) -> Result<BackupStep> {
    let (mut step, reason) = turns.next(at, planned);
    if let Some(reason) = reason {
        log::info!("{}: {reason}: a new chain begins", step.snapshot);
        step.flags = Manner::of_new_chain(run)?;
    }
    Ok(step)
}
