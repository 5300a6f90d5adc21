//! What there is below the datasets that were asked for, as zfs says and the configuration wants it.

use std::collections::BTreeMap;

use crate::config::{Config, TreeSettings};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::plan::{self, Found, Root, Section};
use crate::zfs::{self, Listed};

/// The datasets that are meant by those that were asked for, each once, and what is likely a slip.
pub fn found(config: &Config, asked: Vec<Dataset>) -> Result<(Vec<Found>, Vec<String>)> {
    let mut trees = Trees::default();
    for dataset in asked.iter().chain(config.sections()) {
        trees.settings(dataset, config.tree(dataset))?;
    }
    asked.into_iter().for_each(|dataset| trees.root(dataset));
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

    /// Takes a dataset that was asked for, with what is below it.
    fn root(&mut self, dataset: Dataset) {
        let set = self.settings.get(&dataset);
        let listed = set.map_or(Ok(Vec::new()), |set| listed(&dataset, set));
        let listed = listed.unwrap_or_else(|error| {
            self.wrong.insert(dataset.clone(), error);
            Vec::new()
        });
        self.roots.push(Root { dataset, listed });
    }

    /// The datasets that are meant, each once, and what is likely a slip.
    fn found(mut self) -> (Vec<Found>, Vec<String>) {
        let sections = self.settings.into_iter().map(|(dataset, set)| Section {
            dataset,
            recursive: set.recursive,
            exclude: set.exclude,
        });
        let sections: Vec<Section> = sections.collect();
        let (mut found, slips) = plan::datasets(&self.roots, &sections);
        for one in &mut found {
            if let Some(error) = self.wrong.remove(&one.dataset) {
                one.section = Err(error);
            }
        }
        (found, slips)
    }
}

/// A dataset with what zfs lists below it, if that is wanted. Where there is no zfs, as on a host that looks at the bucket
/// alone, it stands for itself.
fn listed(dataset: &Dataset, tree: &TreeSettings) -> Result<Vec<Listed>> {
    if !tree.recursive {
        return Ok(Vec::new());
    }
    match zfs::list_datasets(dataset, &tree.property) {
        Err(error @ Error::Missing { .. }) => {
            log::warn!("what is below {dataset} is not known here: {error}");
            Ok(Vec::new())
        }
        listed => listed,
    }
}
