//! Which datasets a command is done for.
//!
//! Responsible for the rules of RECURSIVE, EXCLUDE and BACKUP_PROPERTY, and for whose settings count for what is found. Not
//! responsible for asking zfs what there is ([`crate::many`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::glob::{Exclude, Glob};
use crate::name::Dataset;
use crate::order::gathered;
use crate::zfs::Listed;

/// A dataset that was asked for, and what is to be found below it.
#[derive(Debug, Clone)]
pub struct Root {
    /// The dataset.
    pub dataset: Dataset,
    /// What zfs lists below it, itself included; nothing unless it is recursive.
    pub listed: Vec<Listed>,
}

/// Settings of a dataset, and of what is below it if it is recursive.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its dataset.
    pub dataset: Dataset,
    /// `RECURSIVE`.
    pub recursive: bool,
    /// `EXCLUDE`.
    pub exclude: Exclude,
    /// `BACKUP_PROPERTY`.
    pub property: String,
}

/// A dataset of a run.
#[derive(Debug)]
pub struct RunDataset {
    /// The dataset.
    pub dataset: Dataset,
    /// The one below which it was found; `None` if it was asked for by its own name.
    pub below: Option<Dataset>,
    /// The dataset whose settings are its.
    pub section: Result<Dataset>,
}

/// The datasets of a run, each once, and what is likely a slip. Every root has a section. A dataset whose property says neither
/// on nor off is an error of its own.
pub fn meant(roots: &[Root], sections: &[Section]) -> (Vec<RunDataset>, Vec<String>) {
    let named = sections.iter().map(|one| (one.dataset.as_str(), one));
    let sections: BTreeMap<&str, &Section> = gathered(named);
    let (mut seen, mut chosen) = (BTreeSet::new(), Vec::new());
    for root in roots {
        let own = Listed::new(root.dataset.clone());
        let received = received(root);
        for listed in std::iter::once(&own).chain(&root.listed) {
            let dataset = &listed.dataset;
            let Some(section) = nearest(&sections, root, dataset) else {
                continue;
            };
            if !seen.insert(dataset.clone()) {
                continue;
            }
            let section = match decided(section, listed, &received) {
                Ok(false) => continue,
                Ok(true) => Ok(section.dataset.clone()),
                Err(error) => Err(error),
            };
            let is_named = sections.contains_key(dataset.as_str());
            chosen.push(RunDataset {
                dataset: dataset.clone(),
                below: (!is_named).then(|| root.dataset.clone()),
                section,
            });
        }
    }
    (chosen, slips(roots, &sections))
}

/// The section that counts for a dataset below a root: its own, else the nearest above it that is recursive, the root's at last.
fn nearest<'a>(
    sections: &BTreeMap<&str, &'a Section>,
    root: &Root,
    dataset: &Dataset,
) -> Option<&'a Section> {
    let counts = |section: &&Section| {
        section.recursive || section.dataset == *dataset || section.dataset == root.dataset
    };
    let places = dataset
        .and_above()
        .take_while(|place| place.len() >= root.dataset.as_str().len());
    let mut found = places.filter_map(|place| sections.get(place).copied());
    found.find(counts)
}

/// A section of its own always counts; exclusion beats the property, that beats recursion.
fn decided(section: &Section, listed: &Listed, received: &Received<'_>) -> Result<bool> {
    let dataset = &listed.dataset;
    if section.dataset == *dataset {
        return Ok(true);
    }
    if section.exclude.leaves_out(dataset.as_str()) {
        return Ok(false);
    }
    let Some(value) = value(section, listed, received) else {
        return Ok(true);
    };
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err(Error::refused(format!(
            "{dataset}: its user property says '{}', expected on or off",
            crate::terminal::plain(value)
        ))),
    }
}

/// What the property of the section says; nothing where it came with a stream, be it for the dataset itself or for the one that
/// it was inherited from: a replica must not back itself up because its source does.
fn value<'a>(section: &Section, listed: &'a Listed, received: &Received<'_>) -> Option<&'a str> {
    let property = section.property.as_str();
    let (value, source) = listed.properties.get(property)?;
    let came = match source.strip_prefix("inherited from ") {
        None => source == "received",
        Some(origin) => received.contains(&(origin, property)),
    };
    (!came).then_some(value)
}

/// Datasets, and the properties that they have from a stream.
type Received<'a> = BTreeSet<(&'a str, &'a str)>;

fn received(root: &Root) -> Received<'_> {
    let listed = root.listed.iter().flat_map(|listed| {
        let name = listed.dataset.as_str();
        let properties = listed.properties.iter();
        properties.map(move |(property, (_, source))| (name, property.as_str(), source))
    });
    let came = listed.filter(|(_, _, source)| *source == "received");
    gathered(came.map(|(name, property, _)| (name, property)))
}

/// A pattern that leaves out nothing is a slip, as a rule.
fn slips(roots: &[Root], sections: &BTreeMap<&str, &Section>) -> Vec<String> {
    let names: Vec<&str> = roots
        .iter()
        .flat_map(|root| &root.listed)
        .map(|listed| listed.dataset.as_str())
        .collect();
    let (mut seen, mut slips) = (BTreeSet::new(), Vec::new());
    for root in roots.iter().filter(|root| !root.listed.is_empty()) {
        let section = sections.get(root.dataset.as_str());
        for glob in section.iter().flat_map(|section| section.exclude.globs()) {
            let slip = slip(glob, &names, sections);
            // With --exclude it is the same for every root.
            if let Some(slip) = slip
                && seen.insert(glob.as_str())
            {
                slips.push(format!("EXCLUDE of {}: {slip}", root.dataset));
            }
        }
    }
    slips
}

fn slip(glob: &Glob, names: &[&str], sections: &BTreeMap<&str, &Section>) -> Option<String> {
    let hits = names.iter().filter(|name| glob.matches(name));
    let (own, other): (Vec<&str>, Vec<&str>) = hits.partition(|name| sections.contains_key(*name));
    match (&own[..], &other[..]) {
        (_, [_, ..]) => None,
        ([], []) => Some(format!("nothing is called {}", glob.as_str())),
        ([named, ..], []) => Some(format!(
            "{} leaves out nothing, as {named} has a section or was named",
            glob.as_str()
        )),
    }
}

#[cfg(test)]
mod tests;
