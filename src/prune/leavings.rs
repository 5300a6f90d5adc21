//! Small objects that belong to nothing any more: receipts of objects that are gone, notes of uploads that have ended. They do no
//! harm; a run that was cut off between an object and its receipt leaves one.

use super::Plan;
use crate::catalog::{Catalog, Scope, epoch_seconds};
use crate::error::Result;
use crate::name::SnapName;
use crate::note::{Claim, forget};
use crate::receipt::Receipt;
use crate::retention::DAY;
use crate::run::Run;

/// So many are looked at in one run.
const MOST: usize = 200;

/// Removes what is older than a day: younger ones may be those of a backup that is being stored.
pub fn clear(run: &Run<'_>, plan: &Plan, claims: &[Claim]) -> Result<()> {
    let (vault, dataset) = (run.vault, &run.settings.dataset);
    let over = claims.iter().filter(|claim| claim.over).take(MOST);
    for claim in over {
        if is_old(run, &format!("uploads/{}", claim.upload.id)) {
            forget(vault, &claim.upload);
        }
    }
    let begin = Receipt::names(dataset);
    let receipts = vault.list(&begin);
    let own = |name: &str| name.strip_prefix(&begin).map(SnapName::from);
    let stored = |name: SnapName| plan.catalog.get(&name).is_some();
    let orphan = |name: &&String| own(name).is_some_and(|name| !stored(name));
    let orphans: Vec<&String> = receipts.iter().filter(orphan).take(MOST).collect();
    if orphans.is_empty() {
        return Ok(());
    }
    let now = Catalog::load(vault, dataset, &Scope::Chains(Vec::new()))?;
    let gone = |name: SnapName| !now.names().any(|known| *known == name);
    for name in orphans {
        if own(name).is_some_and(gone) && is_old(run, name) {
            vault.delete(name);
        }
    }
    Ok(())
}

fn is_old(run: &Run<'_>, name: &str) -> bool {
    let modified = run.vault.tolerate(run.vault.modified(name)).flatten();
    let now = epoch_seconds(run.vault.store.now());
    modified.is_some_and(|modified| epoch_seconds(modified) + DAY < now)
}
