//! What is stored of several datasets, by listings of what their keys have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::Destination;
use crate::catalog::{NAMES_BYTES, common_names};
use crate::error::Result;
use crate::name::{Dataset, SnapName};
use crate::upload::Uploader;

/// The names of what is stored of each, as far as that could be listed cheaply, and but for those that have unfinished uploads of
/// this machine: their run will see to these.
pub fn names(places: &[Destination]) -> BTreeMap<Dataset, BTreeSet<SnapName>> {
    let (mut names, mut left) = (BTreeMap::new(), NAMES_BYTES);
    for group in groups(places) {
        let own = of_group(&group, &mut left).inspect_err(|error| log::debug!("{error}"));
        names.extend(own.ok().flatten().unwrap_or_default());
    }
    names
}

/// Those that have bucket and pool in common. What lies between two pools is nobody's, and all of z3's own small objects.
fn groups(places: &[Destination]) -> Vec<Vec<&Destination>> {
    let mut groups: Vec<Vec<&Destination>> = Vec::new();
    for place in places {
        let same = |other: &&Destination| {
            let pools = [place, other].map(|place| place.settings.dataset.and_above().last());
            place.settings.store == other.settings.store && pools[0] == pools[1]
        };
        match groups
            .iter_mut()
            .find(|group| group.first().is_some_and(same))
        {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

fn of_group(
    group: &[&Destination],
    left: &mut usize,
) -> Result<Option<BTreeMap<Dataset, BTreeSet<SnapName>>>> {
    let Some(first) = group.first() else {
        return Ok(None);
    };
    let retry_for = first.settings.store.s3.retry_for;
    let Some(noted) = Uploader::new(first.vault.clone(), retry_for).noted_keys()? else {
        return Ok(None);
    };
    let datasets: Vec<&Dataset> = group.iter().map(|place| &place.settings.dataset).collect();
    let names = common_names(&first.vault, &datasets, left)?;
    let untouched = |dataset: &Dataset| {
        let begin = first.vault.keys_of(dataset);
        !noted.iter().any(|key| key.starts_with(&begin))
    };
    let names = names.map(|mut names| {
        names.retain(|dataset, _| untouched(dataset));
        names
    });
    Ok(names)
}
