//! Where new chains begin in a plan: FULL_EVERY, step by step.

use super::{BackupStep, Base};
use crate::calendar::Calendar;
use crate::catalog::{Catalog, Stored};
use crate::full_every::{Chain, FullEvery};
use crate::send_flags::SendFlags;
use crate::zfs::LocalSnapshot;

/// Where new chains begin while a run goes on: what its steps take is known as they are stored.
#[derive(Debug, Default)]
pub struct Turns {
    /// `None`: as it was planned.
    rule: Option<FullEvery>,
    calendar: Calendar,
    chain: Chain,
    /// What each step would build on if its chain went on.
    bases: Vec<Option<Base>>,
    flags: Option<SendFlags>,
}

/// Makes a full of each step at which the chain so far is long enough; why, in the order of the steps. Every step counts as
/// stored for those behind it. What it will take is not known before: a ratio is that of what is stored, and looked at again
/// when it is.
pub fn rotate(
    steps: &mut [BackupStep],
    stored: Option<Chain>,
    rule: &FullEvery,
    calendar: Calendar,
) -> (Turns, Vec<String>) {
    let turns = Turns {
        rule: rule.asks_for_sizes().then(|| rule.clone()),
        calendar,
        chain: stored.unwrap_or_default(),
        bases: steps.iter().map(|step| step.base.clone()).collect(),
        flags: None,
    };
    let (mut chain, mut reasons) = (turns.chain, Vec::new());
    for step in steps {
        let creation = step.local.creation;
        let reason = step.base.as_ref();
        let reason = reason.and_then(|_| rule.reason(&chain, creation, calendar));
        if let Some(reason) = reason {
            step.base = None;
            reasons.push(format!("{}: {reason}: a new chain begins", step.snapshot));
        }
        chain = chain.with(step.base.is_none(), creation, 0);
    }
    (turns, reasons)
}

impl Turns {
    /// A step now that all before it are stored; why it begins a new chain, if that was not planned.
    pub fn next(&self, at: usize, planned: &BackupStep) -> (BackupStep, Option<String>) {
        let mut step = planned.clone();
        let (Some(rule), Some(base)) = (&self.rule, self.bases.get(at)) else {
            return (step, None);
        };
        let reason = base.as_ref();
        let reason =
            reason.and_then(|_| rule.reason(&self.chain, step.local.creation, self.calendar));
        step.base = base.clone().filter(|_| reason.is_none());
        if step.base.is_some() {
            // The chain may be another than was planned: it goes on as it began.
            step.flags = self.flags.unwrap_or(step.flags);
        }
        (step, reason.filter(|_| planned.base.is_some()))
    }

    /// It is stored, and has so many bytes.
    pub fn stored(&mut self, step: &BackupStep, bytes: u64) {
        let (full, creation) = (step.base.is_none(), step.local.creation);
        self.chain = self.chain.with(full, creation, bytes);
        self.flags = Some(step.flags);
    }
}

/// The chain that the first step goes on with, and the full that it begins with; `None` if that step is a full itself.
pub fn chain_of<'a>(catalog: &'a Catalog, steps: &[BackupStep]) -> Option<(&'a Stored, Chain)> {
    let parent = steps.first()?.parent()?;
    let mut stored = catalog.get(parent.name())?;
    let mut chain = Chain::default();
    // A catalog that was judged healthy has no circles; its length bounds this all the same.
    for _ in catalog.iter() {
        let Some(parent) = catalog.parent_of(stored) else {
            break;
        };
        chain.increments += 1;
        let bytes = stored.head.size_bytes;
        chain.increment_bytes = chain.increment_bytes.saturating_add(bytes);
        stored = parent;
    }
    chain.full_bytes = stored.head.size_bytes;
    Some((stored, chain))
}

/// When the snapshot of a stored full was made: the pool knows best, if it still has it.
pub fn began(full: &Stored, locals: &[LocalSnapshot]) -> Option<u64> {
    let local = locals
        .iter()
        .find(|local| full.label.guid == Some(local.guid));
    let told = || full.creation().map(|creation| creation.seconds);
    local.map(|local| local.creation).or_else(told)
}
