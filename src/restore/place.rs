//! Where a chain is received: what is there, and what is above it.
//!
//! Responsible for asking zfs, and for making the datasets above if that is wanted. Not responsible for what fits
//! ([`crate::recovery`]).

use super::properties::put_back;
use super::{Restore, RestoreRequest};
use crate::catalog::{First, Stored};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::pipeline::Pipeline;
use crate::receipt;
use crate::recovery::Landing;
use crate::run::Run;
use crate::zfs::{self, Able, Above, Target};

/// What stands above the dataset.
#[derive(Debug, Default)]
pub struct Place {
    above: Option<Above>,
    /// What has to be made first, the uppermost first.
    pub missing: Vec<Dataset>,
}

impl Place {
    /// Looks above a dataset that is to be made, though half of it may be `there`; what is missing above can be made, or is
    /// refused.
    pub fn above(dataset: &Dataset, there: bool, request: &RestoreRequest<'_>) -> Result<Self> {
        let create = request.create_parents;
        let comes = |one: &Dataset| request.coming.contains(one);
        if dataset.above().as_ref().is_some_and(comes) {
            return Ok(Self::default());
        }
        let (above, mut missing) = zfs::missing_parents(dataset)?;
        missing.retain(|one| !comes(one));
        if !is_pool_there(dataset, there) {
            look_above(dataset, above.as_ref(), &missing, create)?;
        }
        Ok(Self { above, missing })
    }

    /// Makes what is missing, mounted nowhere.
    pub fn make(&self) -> Result<()> {
        let made = self.missing.iter();
        let mut made = made.map(|name| Pipeline::from(zfs::create_cmd(name)));
        made.try_for_each(|create| create.capture().map(drop))
    }

    /// Refuses what zfs would refuse because of the place, before the first byte. Notes how its zfs can receive: what can stay
    /// there, and what properties it is told of.
    pub fn takes(
        &self,
        run: &Run<'_>,
        request: &RestoreRequest<'_>,
        restore: &mut Restore<'_>,
        target: Option<&Target>,
        steps: &[&Stored],
    ) -> Result<()> {
        let told = request.properties.is_some() || !request.options.is_empty();
        let able = Able::of(restore.dataset, told, !request.dry)?;
        restore.keep = !request.dry && able.keeps_partial();
        if let Some(last) = steps.last() {
            put_back(run, request, restore, last, able.usage.as_ref())?;
        }
        if let (false, Some(usage)) = (restore.options.is_empty(), &able.usage) {
            usage.expect_options()?;
        }
        let landing = Landing {
            dataset: restore.dataset,
            target,
            above: self.above.as_ref(),
            pool: able.pool.as_ref(),
            options: &restore.options,
        };
        landing.takes(&with_features(run, steps)?)
    }
}

/// The steps with the features of their streams: of those that cannot be looked into, the receipts tell.
pub fn with_features<'a>(
    run: &Run<'_>,
    steps: &[&'a Stored],
) -> Result<Vec<(&'a Stored, Option<u64>)>> {
    let begin = |step: &Stored| step.first.as_ref().and_then(First::begin).cloned();
    let silent: Vec<&Stored> = steps
        .iter()
        .copied()
        .filter(|step| begin(step).is_none())
        .collect();
    let receipts = receipt::load(run.vault, &run.settings.dataset, &silent)?;
    let features = |step: &Stored| {
        let noted = receipts.get(&step.name).map(|receipt| receipt.features);
        begin(step).map(|begin| begin.features).or(noted)
    };
    Ok(steps.iter().map(|step| (*step, features(step))).collect())
}

/// A pool has nothing above it, and nothing is missing: half of it may be what is there.
fn is_pool_there(dataset: &Dataset, there: bool) -> bool {
    there && dataset.above().is_none()
}

/// What zfs would refuse after a download: no place for the dataset. What is `missing`, the one above it last, can be made if
/// there is a file system for it.
fn look_above(
    dataset: &Dataset,
    above: Option<&Above>,
    missing: &[Dataset],
    create: bool,
) -> Result<()> {
    let Some(above) = above else {
        let pool = dataset.pool();
        return Err(
            Error::refused(format!("there is no pool {pool} here to receive {dataset}"))
                .hint("'zpool import' shows which can be imported"),
        );
    };
    match missing.last().filter(|_| !create) {
        Some(parent) => Err(Error::refused(format!(
            "{parent} is not there, below which {dataset} would be received"
        ))
        .hint(format!(
            "'zfs create -p {parent}' makes it, and so does --create-parents"
        ))),
        None if above.target.volume => Err(Error::refused(format!(
            "{} is a volume, nothing can be received below it",
            above.dataset
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_pools_own_snapshot_needs_nothing_above() {
        let of = |name, there| is_pool_there(&Dataset::parse(name).unwrap(), there);
        assert!(of("tank", true));
        assert!(!of("tank", false));
        assert!(!of("tank/a", true));
    }
}
