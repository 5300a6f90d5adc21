//! What is stored costs, and what pruning would change of that. Nothing is deleted.

use std::collections::BTreeMap;

use super::{PruneRequest, PruneSurvey, refused};
use crate::catalog::Health;
use crate::error::Result;
use crate::retention::{Action, Totals};
use crate::run::Run;

/// What there is of a dataset.
pub struct Forecast {
    /// By storage class; without a rule, all of it stays.
    pub classes: BTreeMap<String, Totals>,
    /// How many backups a restore of the newest fetches into an empty pool.
    pub newest: usize,
    /// The same of the one that needs most.
    pub deepest: usize,
    /// Whether anything says what may go.
    pub ruled: bool,
    /// How many bytes of what would go the bucket keeps as former versions.
    pub version_bytes: u64,
    /// Why nothing would go all the same.
    pub refusal: Option<String>,
}

/// Looks as a dry run of pruning does.
pub fn forecast(run: &Run<'_>) -> Result<Forecast> {
    let request = PruneRequest {
        dry: true,
        ..PruneRequest::default()
    };
    let plan = PruneSurvey::of(run, &request)?.plan(run, &request);
    let ruled = !run.settings.retention.keep.is_empty();
    let mut classes: BTreeMap<String, Totals> = BTreeMap::new();
    for row in plan.rows() {
        let action = if ruled {
            row.verdict.action
        } else {
            Action::Keep
        };
        let class = classes.entry(row.class().to_owned()).or_default();
        class.add(action, row.stored.head.size_bytes);
    }
    let healthy = |row: &super::PruneRow<'_>| plan.catalog.health(row.stored) == Health::Ok;
    let depths = plan.rows().filter(healthy);
    let depths: Vec<usize> = depths.map(|row| plan.catalog.depth(row.stored)).collect();
    let refusal = plan.pruning.refusal.as_ref().filter(|_| ruled);
    let refusal = refusal.map(|refusal| refused(run, refusal).to_string());
    Ok(Forecast {
        newest: depths.last().copied().unwrap_or_default(),
        deepest: depths.iter().copied().max().unwrap_or_default(),
        // Nobody expects that anything was.
        refusal: refusal.map(|text| text.replace(": nothing was deleted", "")),
        version_bytes: plan.expected().version_bytes,
        classes,
        ruled,
    })
}
