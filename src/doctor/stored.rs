//! Whether the pool could receive what is stored of the dataset: its features against those of the streams.

use std::sync::Arc;

use super::Chart;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::name::SnapName;
use crate::progress::Mode;
use crate::recovery::{fits_pool, newest_at};
use crate::restore::with_features;
use crate::run::Run;
use crate::s3::Client;
use crate::vault::Vault;
use crate::{catalog::Scope, plan, zfs};

const SUBJECT: &str = "stored backups";

/// The newest that can be restored, with all that it builds on. Whether others are damaged is for `z3 check` and `z3 verify`.
pub fn examine(client: &Client, settings: &Settings, chart: &mut Chart<'_>) -> Result<()> {
    match look(client, settings) {
        Ok(None) => chart.ok(SUBJECT, "none yet"),
        Ok(Some(Ok(found))) => chart.ok(SUBJECT, found),
        Ok(Some(Err(error))) => chart.error(SUBJECT, &error, ""),
        Err(error) => {
            let hint = error.advice().unwrap_or("'z3 status' shows them");
            chart.warn(SUBJECT, format!("not looked at: {error}"), hint)
        }
    }
}

/// What is found of the newest, or what keeps everybody or this pool from receiving it; nothing, if nothing is stored.
fn look(client: &Client, settings: &Settings) -> Result<Option<Result<String>>> {
    let dataset = &settings.dataset;
    let (store, aside) = (Arc::new(client.clone()), Arc::new(client.fresh()));
    let (prefix, workers) = (&settings.store.s3_prefix, settings.store.limits.concurrency);
    let vault = Vault::new(store, aside, prefix, workers);
    let run = Run {
        settings,
        vault: &vault,
        progress: Mode::Off,
    };
    let mut catalog = run.catalog(&[], &Scope::All)?;
    if catalog.names().next().is_none() {
        return Ok(None);
    }
    let Ok(Some(newest)) = newest_at(dataset, &catalog, u64::MAX) else {
        let broken = Error::refused(format!("no backup of {dataset} can be restored"));
        return Ok(Some(Err(broken.hint("'z3 status' shows why"))));
    };
    let name = newest.stored.name.clone();
    // zfs-fuse has no such question.
    let Ok(pool) = zfs::features(dataset) else {
        let found = format!("the newest is {name}; this zfs tells no features of pools");
        return Ok(Some(Ok(found)));
    };
    let chain = plan::links(dataset, &catalog, &name)?;
    let names: Vec<SnapName> = chain.iter().map(|one| one.name.clone()).collect();
    catalog.look(&vault, &names)?;
    let chain = plan::links(dataset, &catalog, &name)?;
    let steps = with_features(&run, &chain)?;
    let mut known = steps
        .iter()
        .filter_map(|(step, features)| Some((step, (*features)?)));
    let fits = known.try_for_each(|(step, features)| fits_pool(dataset, &pool, step, features));
    Ok(Some(fits.map(|()| {
        format!("the pool can receive the newest, {name}")
    })))
}
