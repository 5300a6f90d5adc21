//! FULL_EVERY in a run: what has to be asked for it, and what is said of it.

use crate::catalog::Catalog;
use crate::error::Result;
use crate::plan::{self, BackupStep};
use crate::run::Run;
use crate::zfs::LocalSnapshot;

/// Makes fulls of the steps with which a new chain begins.
pub fn rotate(
    run: &Run<'_>,
    locals: &[LocalSnapshot],
    catalog: &mut Catalog,
    steps: &mut [BackupStep],
) -> Result<()> {
    let (settings, dataset) = (run.settings, &run.settings.dataset);
    let rule = &settings.send.full_every;
    if rule.is_never() {
        return Ok(());
    }
    let found = plan::chain_of(dataset, catalog, steps);
    let found = found.map(|(full, chain)| (full.name.clone(), chain));
    let stored = match found {
        None => None,
        Some((full, mut chain)) => {
            catalog.learn_creations(run.vault, std::iter::once(full.as_str()))?;
            chain.began = catalog
                .get(&full)
                .and_then(|full| plan::began(full, locals));
            Some(chain)
        }
    };
    let calendar = settings.retention.keep.calendar;
    let reasons = plan::rotate(steps, stored, rule, calendar);
    reasons.iter().for_each(|reason| log::info!("{reason}"));
    Ok(())
}
