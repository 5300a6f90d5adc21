//! Where a chain is received: what is there, and what is above it.
//!
//! Responsible for asking zfs, and for making the datasets above if that is wanted. Not responsible for what fits
//! ([`crate::recovery`]).

use super::{Restore, RestoreRequest};
use crate::catalog::{First, Stored};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::pipeline::Pipeline;
use crate::receipt;
use crate::recovery::Landing;
use crate::run::Run;
use crate::zfs::{self, Above, Missing, Target};

/// What stands above the dataset.
#[derive(Debug, Default)]
pub struct Place {
    above: Option<Above>,
    /// What has to be made first, the uppermost first.
    pub missing: Vec<Dataset>,
}

impl Place {
    /// Looks above a dataset that is not there; what is missing there can be made, or is refused.
    pub fn above(dataset: &Dataset, request: &RestoreRequest<'_>) -> Result<Self> {
        let create = request.create_parents;
        let comes = |one: &Dataset| request.coming.contains(one);
        if dataset.above().as_ref().is_some_and(comes) {
            return Ok(Self::default());
        }
        let (above, mut missing) = zfs::missing_parents(dataset)?;
        missing.retain(|one| !comes(one));
        let volume = above.as_ref().filter(|above| above.target.volume);
        match volume {
            _ if missing.is_empty() || !create => look_above(dataset)?,
            Some(volume) => return Err(below_volume(&volume.dataset)),
            None if above.is_none() => look_above(dataset)?,
            None => {}
        }
        Ok(Self { above, missing })
    }

    /// Makes what is missing, mounted nowhere.
    pub fn make(&self) -> Result<()> {
        let made = self.missing.iter();
        let mut made = made.map(|name| Pipeline::from(zfs::create_cmd(name)));
        made.try_for_each(|create| create.capture().map(drop))
    }

    /// Refuses what zfs would refuse because of the place, before the first byte.
    pub fn takes(
        &self,
        run: &Run<'_>,
        restore: &Restore<'_>,
        target: Option<&Target>,
        steps: &[&Stored],
    ) -> Result<()> {
        if !restore.options.is_empty() {
            zfs::expect_options()?;
        }
        let pool = zfs::features(restore.dataset);
        let landing = Landing {
            dataset: restore.dataset,
            target,
            above: self.above.as_ref(),
            pool: pool.as_ref().ok(),
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

/// What zfs would refuse after a download: no place for the dataset.
fn look_above(dataset: &Dataset) -> Result<()> {
    match zfs::missing_above(dataset)? {
        None => Ok(()),
        Some(Missing::Pool(pool)) => Err(Error::refused(format!(
            "there is no pool {pool} here to receive {dataset}"
        ))
        .hint("'zpool import' shows which can be imported")),
        Some(Missing::Parent(parent)) => Err(Error::refused(format!(
            "{parent} is not there, below which {dataset} would be received"
        ))
        .hint(format!(
            "'zfs create -p {parent}' makes it, and so does --create-parents"
        ))),
        Some(Missing::FileSystem(parent)) => Err(below_volume(&parent)),
    }
}

fn below_volume(parent: &Dataset) -> Error {
    Error::refused(format!(
        "{parent} is a volume, nothing can be received below it"
    ))
}
