//! Which datasets are backed up.
//!
//! Responsible for the rules of RECURSIVE, EXCLUDE and BACKUP_PROPERTY. Not responsible for asking zfs what there is.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::glob::Exclude;
use crate::name::Dataset;
use crate::zfs::Listed;

/// A dataset that the configuration names, and what is to be found below it.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its dataset.
    pub dataset: Dataset,
    /// What zfs lists below it, itself included; nothing unless it is recursive.
    pub listed: Vec<Listed>,
    /// `EXCLUDE`.
    pub exclude: Exclude,
}

/// Why a dataset is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The configuration names it.
    Named,
    /// It was found below one that is named.
    Below,
    /// So it was, and its user property says `on`.
    Property,
}

/// The datasets of a run, each with the one whose settings are its, and what is likely a slip. One whose property says neither
/// on nor off is an error of its own.
pub fn datasets(sections: &[Section]) -> (Vec<(Dataset, Result<Dataset>)>, Vec<String>) {
    let (mut seen, mut chosen) = (BTreeSet::new(), Vec::new());
    for section in sections {
        let own = Listed::new(section.dataset.clone());
        for listed in std::iter::once(&own).chain(&section.listed) {
            let dataset = &listed.dataset;
            if !seen.insert(dataset.clone()) {
                continue;
            }
            let section = most_specific(sections, section, dataset);
            match decided(section, listed) {
                Ok(None) => {}
                Ok(Some(reason)) => {
                    let (dataset, section) = (dataset.clone(), section.dataset.clone());
                    log::debug!("{dataset}: {reason:?}, as {section} is configured");
                    chosen.push((dataset, Ok(section)));
                }
                Err(error) => chosen.push((dataset.clone(), Err(error))),
            }
        }
    }
    (chosen, sections.iter().flat_map(slips).collect())
}

/// The section that is nearest to a dataset which `first` has found: its own, else the deepest that found it as well.
fn most_specific<'a>(
    sections: &'a [Section],
    first: &'a Section,
    dataset: &Dataset,
) -> &'a Section {
    let finds = |section: &&Section| {
        section.dataset == *dataset
            || section
                .listed
                .iter()
                .any(|listed| listed.dataset == *dataset)
    };
    let found = sections.iter().filter(finds);
    found
        .max_by_key(|section| section.dataset.as_str().len())
        .unwrap_or(first)
}

/// A section of its own always counts; exclusion beats the property, that beats recursion.
fn decided(section: &Section, listed: &Listed) -> Result<Option<Reason>> {
    let dataset = &listed.dataset;
    if section.dataset == *dataset {
        return Ok(Some(Reason::Named));
    }
    if section.exclude.leaves_out(dataset.as_str()) {
        return Ok(None);
    }
    let Some(value) = section.value(listed) else {
        return Ok(Some(Reason::Below));
    };
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(Some(Reason::Property)),
        "off" | "false" | "no" | "0" => Ok(None),
        _ => Err(Error::refused(format!(
            "{dataset}: its user property says '{}', expected on or off",
            crate::terminal::plain(value)
        ))),
    }
}

impl Section {
    /// A dataset below which nothing is looked for.
    pub fn alone(dataset: Dataset) -> Self {
        Self {
            dataset,
            listed: Vec::new(),
            exclude: Exclude::default(),
        }
    }

    /// What the property says; nothing where it came with a stream, be it for the dataset itself or for the one that it was
    /// inherited from: a replica must not back itself up because its source does.
    fn value<'a>(&self, listed: &'a Listed) -> Option<&'a str> {
        let (value, source) = listed.property.as_ref()?;
        let origin = source.strip_prefix("inherited from ");
        let received = match origin {
            None => source == "received",
            Some(origin) => self.listed.iter().any(|above| {
                above.dataset.as_str() == origin
                    && above
                        .property
                        .as_ref()
                        .is_some_and(|(_, from)| from == "received")
            }),
        };
        (!received).then_some(value)
    }
}

/// A pattern that matches nothing leaves out nothing: a slip, as a rule.
fn slips(section: &Section) -> Vec<String> {
    let idle = section.exclude.globs().filter(|glob| {
        let mut listed = section.listed.iter();
        !listed.any(|listed| glob.matches(listed.dataset.as_str()))
    });
    let told = idle.map(|glob| {
        let (glob, dataset) = (glob.as_str(), &section.dataset);
        format!("EXCLUDE of {dataset}: nothing is called {glob}")
    });
    told.collect()
}

#[cfg(test)]
mod tests;
