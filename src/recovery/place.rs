//! What `zfs receive` would refuse because of the place: a pool that lacks a feature, encryption above, keys, properties.
//!
//! Some of it zfs says only behind the download, all of it only behind the first record of each object of a long chain.

use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::receive_options::ReceiveOptions;
use crate::stream::{EMBEDDED, RAW, pool_features};
use crate::zfs::{Above, Features, Target};

/// Where a chain is received.
#[derive(Debug, Clone, Copy)]
pub struct Landing<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// What is there; nothing, if the first step makes it.
    pub target: Option<&'a Target>,
    /// What is above it.
    pub above: Option<&'a Above>,
    /// The features of its pool, if that could be asked.
    pub pool: Option<&'a Features>,
    /// What is said of properties.
    pub options: &'a ReceiveOptions,
}

impl Landing<'_> {
    /// Refuses what zfs would refuse of these steps, each with the features of its stream; those of a stream that cannot be
    /// looked into are not known.
    pub fn takes(&self, steps: &[(&Stored, Option<u64>)]) -> Result<()> {
        let known = steps
            .iter()
            .filter_map(|(step, features)| Some((*step, (*features)?)));
        let known: Vec<(&Stored, u64)> = known.collect();
        known
            .iter()
            .try_for_each(|(step, features)| self.has_features(step, *features))?;
        let makes = steps.first().is_some_and(|(first, _)| first.label.full);
        let raw = known.iter().any(|(_, features)| features & RAW != 0);
        self.may_set(makes, raw)?;
        if let Some((step, _)) = known.iter().find(|(_, features)| is_embedded(*features)) {
            self.is_plain_for(step, makes)?;
        }
        match known.first() {
            Some((first, features)) => self.fits_key(first, features & RAW != 0),
            None => Ok(()),
        }
    }

    fn has_features(&self, step: &Stored, features: u64) -> Result<()> {
        match self.pool {
            Some(pool) => fits_pool(self.dataset, pool, step, features),
            None => Ok(()),
        }
    }

    /// What is encrypted is so from the first receive on.
    fn may_set(&self, makes: bool, raw: bool) -> Result<()> {
        let (dataset, named) = (self.dataset, self.options.of_encryption());
        let Some(named) = named else {
            return Ok(());
        };
        let set = self.options.value(named).is_some();
        let flag = if set { "-o" } else { "-x" };
        if raw {
            return Err(Error::refused(format!(
                "{flag} {named}: the backups are of encrypted blocks (zfs send -w), which bring their own encryption along"
            )));
        }
        match set && !makes {
            true => Err(Error::refused(format!(
                "{flag} {named}: encryption is set when a dataset is made, and {dataset} is there"
            ))),
            false => Ok(()),
        }
    }

    /// The dataset that makes what is received encrypted.
    fn encrypted_by(&self, makes: bool) -> Option<(&Dataset, &Target)> {
        let there = self.target.filter(|_| !makes);
        let there = there.map(|target| (self.dataset, target));
        let above = self.above.map(|above| (&above.dataset, &above.target));
        there.or(above).filter(|(_, target)| target.encrypted)
    }

    fn is_plain_for(&self, step: &Stored, makes: bool) -> Result<()> {
        let (dataset, name) = (self.dataset, &step.name);
        let own = self.options.value("encryption").filter(|_| makes);
        let by = match (own, self.encrypted_by(makes)) {
            (Some("off"), _) | (None, None) => return Ok(()),
            (Some(_), _) => "-o encryption".to_owned(),
            (None, Some((by, _))) => format!("{by}, which is encrypted"),
        };
        Err(Error::refused(format!(
            "the backup @{name} has embedded data (zfs send -e), which zfs does not receive into {dataset} because of {by}"
        ))
        .hint("it can be received where nothing is encrypted: '--to' another dataset"))
    }

    fn fits_key(&self, first: &Stored, raw: bool) -> Result<()> {
        let (dataset, makes) = (self.dataset, first.label.full);
        if raw {
            let plain_base = !makes && self.target.is_some_and(|target| !target.encrypted);
            return match plain_base {
                true => Err(Error::refused(format!(
                    "the backup @{} is of encrypted blocks (zfs send -w), and {dataset}, on which it builds, is not encrypted",
                    first.name
                ))
                .hint("'--to' a dataset that is not there receives the whole chain")),
                false => Ok(()),
            };
        }
        match self.encrypted_by(makes).filter(|(_, by)| by.locked) {
            Some((by, _)) if self.options.of_encryption().is_none() => Err(Error::refused(format!(
                "{by} is encrypted and its key is not loaded: nothing can be received that has to be encrypted with it"
            ))
            .hint(format!("'zfs load-key {by}' loads it"))),
            _ => Ok(()),
        }
    }
}

/// Refuses a backup that the dataset's pool lacks a feature for.
pub fn fits_pool(dataset: &Dataset, pool: &Features, step: &Stored, features: u64) -> Result<()> {
    let Some(lacking) = pool_features(features).find(|name| !pool.has(name)) else {
        return Ok(());
    };
    let (name, place) = (&step.name, dataset.pool());
    let refused = Error::refused(format!(
        "the pool {place} lacks the feature {lacking}, without which it cannot receive the backup @{name}"
    ));
    Err(match pool.state(lacking) {
        Some(_) => refused.hint(format!(
            "'zpool set feature@{lacking}=enabled {place}' enables it, for good"
        )),
        None => refused.hint("this zfs does not know it: a newer one, or another pool, is needed"),
    })
}

/// Encrypted blocks come as they are.
fn is_embedded(features: u64) -> bool {
    features & EMBEDDED != 0 && features & RAW == 0
}

#[cfg(test)]
mod tests;
