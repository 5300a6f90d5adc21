//! What there is below the datasets that were asked for, as zfs says and the configuration wants it.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Config, TreeSettings};
use crate::datasets::{self, Root, RunDataset, Section};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::order::gathered;
use crate::zfs::{self, Listed};

/// The datasets that are meant by those that were asked for, each once, and what is likely a slip.
pub fn found(config: &Config, asked: Vec<Dataset>) -> Result<(Vec<RunDataset>, Vec<String>)> {
    let mut trees = Trees::default();
    for dataset in asked.iter().chain(config.sections()) {
        trees.settings(dataset, config.tree(dataset))?;
    }
    let properties = trees.settings.values().map(|set| set.property.clone());
    let properties: BTreeSet<String> = gathered(properties.filter(|name| !name.is_empty()));
    for dataset in asked {
        trees.root(dataset, &properties);
    }
    Ok(trees.found())
}

/// What there is to choose from.
#[derive(Default)]
struct Trees {
    roots: Vec<Root>,
    settings: BTreeMap<Dataset, TreeSettings>,
    /// What is wrong in a section is its own dataset's error.
    wrong: BTreeMap<Dataset, Error>,
}

impl Trees {
    /// Takes what is set for a dataset. A wrong flag is the command's error.
    fn settings(&mut self, dataset: &Dataset, set: Result<TreeSettings>) -> Result<()> {
        let set = match set {
            Err(error @ Error::Usage(_)) => return Err(error),
            Err(error) => {
                self.wrong.insert(dataset.clone(), error);
                TreeSettings::default()
            }
            Ok(set) => set,
        };
        self.settings.insert(dataset.clone(), set);
        Ok(())
    }

    /// Takes a dataset that was asked for, with what is below it. A section there may go by another property.
    fn root(&mut self, dataset: Dataset, properties: &BTreeSet<String>) {
        let recursive = self.settings.get(&dataset).is_some_and(|set| set.recursive);
        let listed = match recursive {
            true => listed(&dataset, properties),
            false => Ok(Vec::new()),
        };
        let listed = listed.unwrap_or_else(|error| {
            self.wrong.insert(dataset.clone(), error);
            Vec::new()
        });
        self.roots.push(Root { dataset, listed });
    }

    /// The datasets that are meant, each once, and what is likely a slip.
    fn found(mut self) -> (Vec<RunDataset>, Vec<String>) {
        let sections = self.settings.into_iter().map(|(dataset, set)| Section {
            dataset,
            recursive: set.recursive,
            exclude: set.exclude,
            property: set.property,
        });
        let sections: Vec<Section> = sections.collect();
        let (mut found, slips) = datasets::meant(&self.roots, &sections);
        for one in &mut found {
            if let Some(error) = self.wrong.remove(&one.dataset) {
                one.section = Err(error);
            }
        }
        (found, slips)
    }
}

/// A dataset with what zfs lists below it. Where there is no zfs, as on a host that looks at the bucket alone, it stands for
/// itself.
fn listed(dataset: &Dataset, properties: &BTreeSet<String>) -> Result<Vec<Listed>> {
    match zfs::list_datasets(dataset, properties) {
        Err(error @ Error::Missing { .. }) => {
            log::warn!("what is below {dataset} is not known here: {error}");
            Ok(Vec::new())
        }
        listed => listed,
    }
}
