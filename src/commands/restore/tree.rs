//! `z3 restore --recursive --at TIME`: a dataset and all below it that have backups, one after the other.

use super::{One, Place};
use crate::args::{self, Choice};
use crate::commands::dated::Wanted;
use crate::commands::report::Report;
use crate::commands::session::Sessions;
use crate::commands::several;
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use crate::plan::Found;
use crate::progress;
use crate::restore;

/// Restores each dataset of the tree as of the same time, and tells what became of it.
pub fn run(
    sessions: &mut Sessions,
    choice: &Choice,
    options: &args::Restore,
    place: &Place,
    progress: progress::Mode,
    report: &Report,
) -> Result<()> {
    if choice.all || options.at.is_none() {
        return Err(Error::Usage(
            "--recursive brings back all that was below a dataset at a time: expected --at TIME, and --dataset alone".to_owned(),
        ));
    }
    let root = sessions.named()?;
    let dataset = root.settings.dataset.clone();
    let branches = restore::tree(&root.vault, &dataset, place.to.as_ref().unwrap_or(&dataset))?;
    let excluded = sessions.config.tree(&dataset)?.exclude;
    let branches = branches.into_iter();
    let branches: Vec<_> = branches
        .filter(|one| !excluded.leaves_out(one.dataset.as_str()))
        .collect();
    // What is below has the settings of the dataset that was named.
    for branch in &branches {
        let found = Found {
            dataset: branch.dataset.clone(),
            below: (branch.dataset != dataset).then(|| dataset.clone()),
            section: Ok(dataset.clone()),
        };
        sessions.found.insert(branch.dataset.clone(), found);
    }
    let names = branches.iter().map(|branch| branch.dataset.clone());
    let mut places = branches.iter();
    let mut coming = Vec::new();
    let mut untold = None;
    let rows = many::each(
        names.collect::<Vec<_>>(),
        // All of the tree lie in one.
        |_| Some(dataset.to_string()),
        |dataset| {
            let branch = places.by_ref().find(|branch| branch.dataset == *dataset);
            let to = branch.map_or_else(|| dataset.clone(), |branch| branch.to.clone());
            let place = Place {
                to: Some(to.clone()),
                ..place.clone()
            };
            let one = One {
                session: &sessions.of(dataset)?,
                options,
                place: &place,
                coming: &coming,
                progress,
                report,
            };
            let tally = match one.wanted()? {
                Wanted::Name(name) => one.run(&name)?,
                Wanted::NotYet(error) => return Ok(not_yet(&error)),
            };
            coming.extend(options.is_dry().then_some(to));
            Ok(tally)
        },
        |row| {
            if let Err(error) = several::told(report, row) {
                untold.get_or_insert(error);
            }
        },
    );
    if let Some(error) = untold {
        return Err(error);
    }
    if !options.is_dry() {
        several::results(report, "FETCHED", &rows)?;
    }
    many::verdict(rows)
}

/// It was made later than that.
fn not_yet(error: &Error) -> Tally {
    log::info!("{error}");
    Tally {
        word: "not there yet",
        snapshots: 0,
        stored_bytes: 0,
    }
}
