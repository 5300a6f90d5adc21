//! A run of `z3 verify`: what is looked at, and one verdict after the other.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Finding, Verify, in_subset, leaves, may_be_empty, scratch_dataset, selected};
use crate::args::{Level, Subset};
use crate::catalog::{Catalog, Scope, Stored};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::receipt;
use crate::run::Run;
use crate::size;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct VerifyRequest<'a> {
    /// How closely the backups are looked at.
    pub level: Level,
    /// The dataset into which level receive receives.
    pub scratch: Option<&'a str>,
    /// Which backups are meant, by their full names or the part after the `@`; none of them are all.
    pub snapshots: &'a [String],
    /// Only those whose turn it is today.
    pub subset: Option<Subset>,
}

/// What a run tells of.
pub enum VerifyEvent<'a> {
    /// It is known what is looked at.
    Begun,
    /// A verdict.
    Found(&'a Finding<'a>),
}

/// Where events go. What cannot be told ends the run.
pub type TellVerify<'t> = &'t mut dyn FnMut(VerifyEvent<'_>) -> Result<()>;

/// Looks at the backups of one dataset: the length of their objects, or nothing where nothing is stored and need not be.
pub fn run(
    run: &Run<'_>,
    request: &VerifyRequest<'_>,
    tell: TellVerify<'_>,
) -> Result<Option<u64>> {
    let dataset = &run.settings.dataset;
    let scratch = scratch(request, dataset)?;
    let wanted = request.snapshots.iter();
    let wanted: Vec<SnapName> = wanted.map(|name| dataset.own_name(name)).collect();
    let scope = match wanted.as_slice() {
        [] => Scope::All,
        names => Scope::Chains(names.to_vec()),
    };
    let catalog = run.catalog(&[], &scope)?;
    if may_be_empty(run.settings, &catalog, &wanted) {
        log::info!("nothing to verify: nothing is stored, which ALLOW_EMPTY allows");
        return Ok(None);
    }
    let chosen = chosen(run, request, &catalog, &wanted)?;
    let looked_at: Vec<&Stored> = match request.level {
        Level::Receive => catalog.iter().collect(),
        _ => chosen.clone(),
    };
    let receipts = receipt::load(run.vault, dataset, &looked_at)?;
    let stored_bytes = size::total(chosen.iter().map(|stored| stored.head.size_bytes));
    tell(VerifyEvent::Begun)?;
    let mut verify = Verify::new(run, &catalog, receipts);
    let mut found = |finding: Finding<'_>| tell(VerifyEvent::Found(&finding));
    match &scratch {
        Some(scratch) => verify.receive(&chosen, scratch, found)?,
        None => {
            for stored in chosen {
                found(match request.level {
                    Level::List => verify.list(stored),
                    _ => verify.data(stored),
                })?;
            }
        }
    }
    Ok(Some(stored_bytes))
}

/// The scratch dataset of level receive, which no other level has.
fn scratch(request: &VerifyRequest<'_>, dataset: &Dataset) -> Result<Option<Dataset>> {
    match (request.scratch, request.level) {
        (Some(name), Level::Receive) => scratch_dataset(name, dataset).map(Some),
        (None, Level::Receive) => Err(Error::Usage(
            "--level receive needs --scratch DATASET to receive into".to_owned(),
        )),
        (Some(_), _) => Err(Error::Usage("--scratch is for --level receive".to_owned())),
        (None, _) => Ok(None),
    }
}

/// What is looked at today: backups, or for level receive the ends of chains.
fn chosen<'a>(
    run: &Run<'_>,
    request: &VerifyRequest<'_>,
    catalog: &'a Catalog,
    wanted: &[SnapName],
) -> Result<Vec<&'a Stored>> {
    let settings = run.settings;
    let selection = &settings.snapshots;
    let mut chosen = selected(&settings.dataset, catalog, selection, wanted)?;
    if request.level == Level::Receive {
        chosen = leaves(catalog, &chosen);
    }
    if let Some(subset) = request.subset {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let day = since_1970.unwrap_or_default().as_secs() / DAY_SECONDS;
        chosen.retain(|stored| in_subset(&stored.key, subset, day));
    }
    Ok(chosen)
}
