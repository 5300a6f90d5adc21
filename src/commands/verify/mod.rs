//! `z3 verify`: tells what is good, what is damaged and what could not be looked at.

mod show;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use show::VerifyTold;

use super::report::Report;
use super::session::{Session, Sessions};
use super::several;
use crate::args::{self, Level};
use crate::catalog::{Catalog, Scope, Stored};
use crate::error::{Error, Result};
use crate::many::{self, Tally};
use crate::name::Dataset;
use crate::plan::own_name;
use crate::receipt;
use crate::size;
use crate::verify::{Verify, in_subset, leaves, may_be_empty, scratch_dataset, selected};

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// `z3 verify --stream FILE`.
pub fn stream(file: &str, snapshots: &[String], report: &Report) -> Result<()> {
    if !snapshots.is_empty() {
        return Err(Error::Usage(
            "--stream checks one file and takes no snapshots".to_owned(),
        ));
    }
    stream::run(file, report)
}

/// Runs the command: the verdicts of each dataset, and a table at the end if there are several.
pub fn run(sessions: &mut Sessions, options: &args::VerifyArgs) -> Result<()> {
    let rows = sessions.each(|session| one(session, options));
    let Some(rows) = rows.map_err(unread)? else {
        return Ok(());
    };
    several::results(&sessions.report, "STORED", &rows)?;
    many::worst(rows)
}

fn one(session: &Session, options: &args::VerifyArgs) -> Result<Tally> {
    let level = options.level.unwrap_or(Level::Data);
    let dataset = &session.settings.dataset;
    let scratch = scratch(options, level, dataset)?;
    let snapshots = options.snapshots();
    let named: Vec<String> = snapshots
        .iter()
        .map(|name| own_name(dataset, name).to_owned())
        .collect();
    let scope = match named.is_empty() {
        true => Scope::All,
        false => Scope::Chains(named),
    };
    let catalog = session.run().catalog(&[], &scope)?;
    if may_be_empty(&session.settings, &catalog, &snapshots) {
        log::info!("nothing to verify: nothing is stored, which ALLOW_EMPTY allows");
        return Ok(Tally::nothing("empty"));
    }
    let chosen = chosen(session, options, &catalog, level)?;
    let looked_at: Vec<&Stored> = match level {
        Level::Receive => catalog.iter().collect(),
        _ => chosen.clone(),
    };
    let receipts = receipt::load(&session.vault, dataset.as_str(), &looked_at)?;
    let stored_bytes = size::total(chosen.iter().map(|stored| stored.head.size_bytes));
    let mut shown = VerifyTold::begin(session, level)?;
    let mut verify = Verify {
        store: Arc::clone(&session.vault.store),
        catalog: &catalog,
        limits: session.settings.store.limits,
        progress: session.run().progress,
        receipts,
        guids: BTreeMap::new(),
    };
    match &scratch {
        Some(scratch) => verify.receive(&chosen, scratch, |finding| shown.add(&finding))?,
        None => {
            for stored in chosen {
                shown.add(&match level {
                    Level::List => verify.list(stored),
                    _ => verify.data(stored),
                })?;
            }
        }
    }
    let snapshots = shown.end()?;
    Ok(Tally {
        word: "ok",
        snapshots,
        stored_bytes,
    })
}

/// The scratch dataset of level receive, which no other level has.
fn scratch(options: &args::VerifyArgs, level: Level, dataset: &Dataset) -> Result<Option<Dataset>> {
    match (&options.scratch, level) {
        (Some(name), Level::Receive) => scratch_dataset(name, dataset).map(Some),
        (None, Level::Receive) => Err(Error::Usage(
            "--level receive needs --scratch DATASET to receive into".to_owned(),
        )),
        (Some(_), _) => Err(Error::Usage("--scratch is for --level receive".to_owned())),
        (None, _) => Ok(None),
    }
}

/// A bucket that cannot be listed is not damaged.
fn unread(error: Error) -> Error {
    match error {
        Error::Store(error) => Error::Unread(error.to_string()),
        other => other,
    }
}

/// What is looked at today: backups, or for level receive the ends of chains.
fn chosen<'a>(
    session: &Session,
    options: &args::VerifyArgs,
    catalog: &'a Catalog,
    level: Level,
) -> Result<Vec<&'a Stored>> {
    let settings = &session.settings;
    let wanted = options.snapshots();
    let mut chosen = selected(&settings.dataset, catalog, &settings.snapshots, &wanted)?;
    if level == Level::Receive {
        chosen = leaves(catalog, &chosen);
    }
    if let Some(subset) = options.subset {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let day = since_1970.unwrap_or_default().as_secs() / DAY_SECONDS;
        chosen.retain(|stored| in_subset(&stored.key, subset, day));
    }
    Ok(chosen)
}
