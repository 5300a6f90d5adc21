//! Where new chains begin in a plan: FULL_EVERY, step by step.

use super::{BackupStep, own_name};
use crate::calendar::Calendar;
use crate::catalog::{Catalog, Stored};
use crate::full_every::{Chain, FullEvery};
use crate::name::Dataset;
use crate::zfs::LocalSnapshot;

/// Makes a full of each step at which the chain so far is long enough; why, in the order of the steps. Every step counts as
/// stored for those behind it. What it will take is not known before: a ratio is that of
/// what is stored, and looked at again when it is.
pub fn rotate(
    steps: &mut [BackupStep],
    stored: Option<Chain>,
    rule: &FullEvery,
    calendar: Calendar,
) -> Vec<String> {
    let (mut chain, mut reasons) = (stored.unwrap_or_default(), Vec::new());
    for step in steps {
        let creation = step.local.creation;
        let reason = step.base.as_ref();
        let reason = reason.and_then(|_| rule.reason(&chain, creation, calendar));
        if let Some(reason) = reason {
            step.base = None;
            reasons.push(format!("{}: {reason}: a new chain begins", step.snapshot));
        }
        chain = chain.with(step.base.is_none(), creation, 0);
    }
    reasons
}

/// The chain that the first step goes on with, and the full that it begins with; `None` if that step is a full itself.
pub fn chain_of<'a>(
    dataset: &Dataset,
    catalog: &'a Catalog,
    steps: &[BackupStep],
) -> Option<(&'a Stored, Chain)> {
    let parent = steps.first()?.parent()?.to_string();
    let mut stored = catalog.get(own_name(dataset, &parent))?;
    let mut chain = Chain::default();
    // A catalog that was judged healthy has no circles; its length bounds this all the same.
    for _ in catalog.iter() {
        let Some(parent) = catalog.parent_of(stored) else {
            break;
        };
        chain.increments += 1;
        let bytes = stored.head.size_bytes;
        chain.increment_bytes = chain.increment_bytes.saturating_add(bytes);
        stored = parent;
    }
    chain.full_bytes = stored.head.size_bytes;
    Some((stored, chain))
}

/// When the snapshot of a stored full was made: the pool knows best, if it still has it.
pub fn began(full: &Stored, locals: &[LocalSnapshot]) -> Option<u64> {
    let local = locals
        .iter()
        .find(|local| full.label.guid == Some(local.guid));
    let told = || full.creation().map(|creation| creation.seconds);
    local.map(|local| local.creation).or_else(told)
}
