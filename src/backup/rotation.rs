//! FULL_EVERY in a run: what has to be asked for it, and what is said of it.
//!
//! A plan knows what is stored when it is made. What its own steps take is known as they are stored: only then can a ratio tell
//! where the fulls are that single nights would have had.

use super::Manner;
use crate::calendar::Calendar;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::full_every::{Chain, FullEvery};
use crate::plan::{self, BackupStep, Base};
use crate::run::Run;
use crate::send_flags::SendFlags;
use crate::zfs::LocalSnapshot;

/// Where new chains begin while a run goes on.
#[derive(Default)]
pub struct Turns {
    /// `None`: as it was planned.
    rule: Option<FullEvery>,
    calendar: Calendar,
    chain: Chain,
    /// What each step would build on if its chain went on.
    bases: Vec<Option<Base>>,
    flags: Option<SendFlags>,
}

/// Makes fulls of the steps with which a new chain begins, as far as that is known.
pub fn rotate(
    run: &Run<'_>,
    locals: &[LocalSnapshot],
    catalog: &mut Catalog,
    steps: &mut [BackupStep],
) -> Result<Turns> {
    let send = &run.settings.send;
    if send.full_every.is_never() {
        return Ok(Turns::default());
    }
    let rule = send.full_every.clone();
    let stored = stored(run, locals, catalog, steps)?;
    let calendar = run.settings.retention.keep.calendar;
    let bases = steps.iter().map(|step| step.base.clone()).collect();
    let reasons = plan::rotate(steps, stored, &rule, calendar);
    reasons.iter().for_each(|reason| log::info!("{reason}"));
    Ok(Turns {
        rule: Some(rule).filter(FullEvery::asks_for_sizes),
        calendar,
        chain: stored.unwrap_or_default(),
        bases,
        flags: None,
    })
}

/// The chain that the first step goes on with. When its full was made may have to be asked of its bytes: if they are no stream,
/// nothing is built on it.
fn stored(
    run: &Run<'_>,
    locals: &[LocalSnapshot],
    catalog: &mut Catalog,
    steps: &[BackupStep],
) -> Result<Option<Chain>> {
    let dataset = &run.settings.dataset;
    let Some((full, mut chain)) = plan::chain_of(dataset, catalog, steps) else {
        return Ok(None);
    };
    let full = full.name.clone();
    catalog.learn_creations(run.vault, std::iter::once(full.as_str()))?;
    plan::expect_base(dataset, catalog, steps)?;
    let full = catalog.get(&full);
    chain.began = full.and_then(|full| plan::began(full, locals));
    Ok(Some(chain))
}

impl Turns {
    /// A step as it is sent now, that all before it are stored.
    pub fn next(&self, run: &Run<'_>, at: usize, step: &BackupStep) -> Result<BackupStep> {
        let (Some(rule), Some(base)) = (&self.rule, self.bases.get(at)) else {
            return Ok(step.clone());
        };
        let mut step = step.clone();
        let reason = base.as_ref();
        let reason =
            reason.and_then(|_| rule.reason(&self.chain, step.local.creation, self.calendar));
        let planned = step.base.is_none();
        step.base = base.clone().filter(|_| reason.is_none());
        match (step.base.is_none(), planned) {
            (true, false) => {
                let reason = reason.unwrap_or_default();
                log::info!("{}: {reason}: a new chain begins", step.snapshot);
                step.flags = Manner::of_new_chain(run)?;
            }
            // The chain is another than was planned: it goes on as it began.
            (false, _) => step.flags = self.flags.unwrap_or(step.flags),
            (true, true) => {}
        }
        Ok(step)
    }

    /// It is stored, and has so many bytes.
    pub fn stored(&mut self, step: &BackupStep, bytes: u64) {
        let (full, creation) = (step.base.is_none(), step.local.creation);
        self.chain = self.chain.with(full, creation, bytes);
        self.flags = Some(step.flags);
    }
}
