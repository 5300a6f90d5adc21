//! `z3 restore --recursive --at TIME`: a dataset and all below it that have backups, one after the other.

use std::collections::BTreeMap;

use super::ReceiveSettings;
use super::one::One;
use crate::args;
use crate::commands::dated::Wanted;
use crate::commands::session::{Session, Sessions};
use crate::commands::several;
use crate::datasets::RunDataset;
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use crate::name::Dataset;
use crate::order::gathered;
use crate::restore;

/// Restores each dataset of the tree as of the same time, and tells what became of it.
pub fn run(
    sessions: &mut Sessions,
    options: &args::RestoreArgs,
    place: &ReceiveSettings,
) -> Result<()> {
    if sessions.choice.all || options.at.is_none() {
        return Err(Error::Usage(
            "--recursive brings back all that was below a dataset at a time: expected --at TIME, and --dataset alone".to_owned(),
        ));
    }
    let root = sessions.named()?;
    let to = place.to.as_ref().unwrap_or(&root.settings.dataset);
    let branches = branches(sessions, &root, to)?;
    let (report, mut coming, mut untold) = (sessions.report, Vec::new(), None);
    let rows = many::each(
        branches.keys().cloned().collect::<Vec<_>>(),
        // Those of one section lie in one bucket.
        |dataset| branches.get(dataset).map(|one| one.section.to_string()),
        |dataset| {
            let to = branches.get(dataset).map_or(dataset, |branch| &branch.to);
            let place = ReceiveSettings {
                to: Some(to.clone()),
                ..place.clone()
            };
            one(&sessions.of(dataset)?, options, &place, &mut coming)
        },
        |row| {
            if let Err(error) = several::told(&report, row) {
                untold.get_or_insert(error);
            }
        },
    );
    if let Some(error) = untold {
        return Err(error);
    }
    if !options.is_dry() {
        several::results(&report, "FETCHED", &rows)?;
    }
    many::verdict_unless_all(rows, many::NOT_YET)
}

/// Restores one of them. Where nothing is changed, it is one that will be there for those below it.
fn one(
    session: &Session,
    options: &args::RestoreArgs,
    place: &ReceiveSettings,
    coming: &mut Vec<Dataset>,
) -> Result<Tally> {
    let one = One {
        session,
        options,
        place,
        coming,
    };
    let tally = match one.wanted()? {
        Wanted::Name(name) => one.run(&name)?,
        Wanted::NotYet(error) => return Ok(not_yet(&error)),
    };
    coming.extend(place.to.clone().filter(|_| options.is_dry()));
    Ok(tally)
}

/// A dataset of the tree.
struct TreeDataset {
    /// Where it is received.
    to: Dataset,
    /// Whose settings say where it is stored.
    section: Dataset,
}

/// What is stored of a tree: where the dataset that was named has its backups, and where the sections below it have theirs. The
/// nearest section counts, as it did for the backup.
fn branches(
    sessions: &mut Sessions,
    root: &Session,
    to: &Dataset,
) -> Result<BTreeMap<Dataset, TreeDataset>> {
    let dataset = &root.settings.dataset;
    let excluded = sessions.config.tree(dataset)?.exclude;
    let mut branches = find(root, dataset, to)?;
    let below = sessions.config.sections();
    let mut below: Vec<Dataset> = below.filter(|one| *one != dataset).cloned().collect();
    below.retain(|one| one.is_at_or_below(dataset) && !excluded.leaves_out(one.as_str()));
    below.sort();
    for section in below {
        let to = section.moved(dataset, to)?;
        let session = sessions.of(&section)?;
        if session.settings.store != root.settings.store {
            branches.retain(|dataset, _| !dataset.is_at_or_below(&section));
            branches.extend(find(&session, &section, &to)?);
        }
    }
    branches.retain(|dataset, _| !excluded.leaves_out(dataset.as_str()));
    if branches.is_empty() {
        return Err(Error::refused(format!(
            "no backup of {dataset} or of what is below it is stored"
        ))
        .hint("the keys begin with S3_PREFIX, and with the name that the dataset had when it was sent"));
    }
    for (found, branch) in &branches {
        let found = RunDataset {
            dataset: found.clone(),
            below: (found != dataset).then(|| dataset.clone()),
            section: Ok(branch.section.clone()),
        };
        sessions.found.insert(found.dataset.clone(), found);
    }
    Ok(branches)
}

/// What is stored where a section says.
fn find(
    session: &Session,
    section: &Dataset,
    to: &Dataset,
) -> Result<BTreeMap<Dataset, TreeDataset>> {
    let found = restore::tree(&session.vault, section, to)?.into_iter();
    let branch = |to| TreeDataset {
        to,
        section: section.clone(),
    };
    Ok(gathered(found.map(|one| (one.dataset, branch(one.to)))))
}

/// It was made later than that.
fn not_yet(error: &Error) -> Tally {
    log::info!("{error}: {}", error.advice().unwrap_or_default());
    Tally::nothing(many::NOT_YET)
}
