//! What is asked of the one that receives once in a run, and handed on: the snapshots that are there, what the pool and zfs can
//! do.
//!
//! Responsible for asking, and for waiting until a run that was killed has let go. Not responsible for what the dataset looks
//! like when the first stream is about to come ([`super::target`]): that may change while a bucket is asked.

use std::thread;
use std::time::{Duration, Instant};

use super::{
    Features, Host, LocalSnapshot, ReceiveUsage, Target, features, is_marked_above, list_snapshots,
};
use crate::error::Result;
use crate::name::Dataset;

/// How long a killed receive may take to end, and how often to look.
const WAY_OUT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);

/// The snapshots of the dataset that receives, the oldest first, when it has settled. A run that was killed a moment ago leaves
/// a `zfs receive` on its way out, and for so long what that was about to make. Waits until it is there, with a snapshot, or
/// gone; not for ever, as somebody may have made an empty one.
pub fn settled(dataset: &Dataset) -> Result<Vec<LocalSnapshot>> {
    let end = Instant::now() + WAY_OUT;
    loop {
        let Some(target) = Target::of(dataset)? else {
            return Ok(Vec::new());
        };
        let locals = list_snapshots(&Host::Local, dataset)?;
        if is_settled(dataset, target, &locals)? || Instant::now() >= end {
            return Ok(locals);
        }
        thread::sleep(LOOK);
    }
}

/// What was half received is settled when its token stays what it is.
fn is_settled(dataset: &Dataset, target: Target, locals: &[LocalSnapshot]) -> Result<bool> {
    if target.resume_token.is_some() {
        thread::sleep(LOOK);
        let now = Target::of(dataset)?;
        return Ok(now.is_some_and(|now| now.resume_token == target.resume_token));
    }
    Ok(!locals.is_empty() || !is_marked_above(dataset))
}

/// What can be received there, as far as a run has to know it.
#[derive(Debug, Default)]
pub struct Able {
    /// The features of its pool, if that could be asked.
    pub pool: Option<Features>,
    /// What this zfs says of its receive, where that makes a difference.
    pub usage: Option<ReceiveUsage>,
}

impl Able {
    /// Asks the pool, and zfs if it is to be `told` of properties, or if what was received is to be `kept` and can be.
    pub fn of(dataset: &Dataset, told: bool, kept: bool) -> Result<Self> {
        let pool = features(dataset).ok();
        let asked = told || kept && has_room_for_half(pool.as_ref());
        let usage = asked.then(ReceiveUsage::ask).transpose()?;
        Ok(Self { pool, usage })
    }

    /// Whether what was received of a snapshot can stay. Who cannot be asked cannot.
    pub fn keeps_partial(&self) -> bool {
        let usage = self.usage.as_ref();
        usage.is_some_and(ReceiveUsage::keeps_partial) && has_room_for_half(self.pool.as_ref())
    }
}

/// Half a snapshot lies in an extensible dataset.
fn has_room_for_half(pool: Option<&Features>) -> bool {
    pool.is_some_and(|features| features.has("extensible_dataset"))
}
