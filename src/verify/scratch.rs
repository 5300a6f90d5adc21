//! Level receive: whole chains go through `zfs receive` into a dataset that is made for it and destroyed afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::select::chain;
use super::{Fault, Finding, Verify, readable};
use crate::catalog::Stored;
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::pipeline::Pipeline;
use crate::receive_options::ReceiveOptions;
use crate::restore::Restore;
use crate::stream::StreamSummary;
use crate::zfs::{self, Host};
use crate::{signals, terminal};

/// How long a dataset may stay busy after its receiver has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// The dataset to receive into, by its name, if it may be used for that: it will be destroyed.
pub fn scratch_dataset(name: &str, dataset: &Dataset) -> Result<Dataset> {
    let scratch = Dataset::parse(name)?;
    if dataset.is_at_or_below(&scratch) {
        return Err(Error::refused(format!(
            "{scratch} is {dataset} or holds it, expected a scratch dataset that can be destroyed"
        )));
    }
    let there = |above: Dataset| zfs::dataset_exists(&Host::Local, &above);
    if !scratch.above().map_or(Ok(false), there)? {
        return Err(Error::refused(format!(
            "there is no dataset above {scratch}, expected a scratch dataset in a pool that is there"
        )));
    }
    absent(&scratch)?;
    Ok(scratch)
}

fn absent(scratch: &Dataset) -> Result<()> {
    if !zfs::dataset_exists(&Host::Local, scratch)? {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{scratch} exists, expected a scratch dataset that is not there yet: it will be destroyed"
    ))
    .hint(format!(
        "what a killed verify has left is removed by '{}'; if it is somebody's, choose another name",
        zfs::destroy_cmd(scratch)
    )))
}

/// Tries again for a while: zfs-fuse takes a moment to see that a receiver has been killed, and says "busy" until then.
fn patiently(act: impl Fn() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    loop {
        match act() {
            Err(_) if start.elapsed() < PATIENCE => thread::sleep(PATIENCE / 50),
            outcome => return outcome,
        }
    }
}

impl<'a> Verify<'a> {
    /// Receives each of these with all that it builds on, and tells of every backup once.
    pub fn receive(
        &mut self,
        leaves: &[&'a Stored],
        scratch: &Dataset,
        mut tell: impl FnMut(Finding<'a>) -> Result<()>,
    ) -> Result<()> {
        let destroy = Pipeline::from(zfs::destroy_cmd(scratch));
        let left = format!("z3: {scratch} may be left behind: '{destroy}' removes it");
        let _on_stop = signals::on_stop(move || terminal::say(&left));
        let mut told = BTreeSet::new();
        for leaf in leaves {
            absent(scratch)?;
            let mut made = false;
            let outcome = self.receive_chain(leaf, scratch, &mut made, &mut told, &mut tell);
            if made {
                patiently(|| destroy.run()).map_err(|error| {
                    error.hint(format!("'{destroy}' removes what was received"))
                })?;
            } else if patiently(|| absent(scratch)).is_err() {
                // What a killed receiver leaves goes by itself.
                log::warn!(
                    "{scratch} is there, but is not known to be what verify received: left alone"
                );
            }
            outcome?;
        }
        Ok(())
    }

    /// Behind a link that cannot be received the others are read only. `made` says whether the dataset is there, and ours.
    fn receive_chain(
        &mut self,
        leaf: &'a Stored,
        scratch: &Dataset,
        made: &mut bool,
        told: &mut BTreeSet<&'a SnapName>,
        tell: &mut impl FnMut(Finding<'a>) -> Result<()>,
    ) -> Result<()> {
        let mut missing: Option<&SnapName> = None;
        for stored in chain(self.catalog, leaf) {
            let new = told.insert(&stored.name);
            let outcome = match missing {
                None => self.receive_one(stored, scratch),
                Some(_) if !new => continue,
                Some(before) => self.data(stored).outcome.and_then(|_| {
                    Err(Fault::unread(format!(
                        "its data is good, but zfs was not given it: @{before} is missing"
                    )))
                }),
            };
            if !*made {
                *made = self.is_in(scratch, stored)?;
            }
            if outcome.is_err() {
                missing = missing.or(Some(&stored.name));
            }
            if new {
                let outcome = outcome.map(Some);
                tell(self.finding(stored, outcome))?;
            }
        }
        Ok(())
    }

    fn receive_one(&mut self, stored: &Stored, scratch: &Dataset) -> Result<StreamSummary, Fault> {
        self.listed(stored)?;
        readable(stored)?;
        let restore = Restore {
            store: Arc::clone(&self.store),
            dataset: scratch,
            repair: false,
            force: false,
            keep: false,
            partial: None,
            options: ReceiveOptions::default(),
            afterwards: Vec::new(),
            limits: self.limits,
            progress: self.progress,
        };
        restore.expect_receiver(stored)?;
        let report = match restore.receive(stored).map_err(Error::without_hint) {
            // Whether the stream or the pool is to blame, only the data can tell.
            Err(error @ Error::Child { .. }) => {
                self.read(stored)?;
                return Err(error.into());
            }
            received => received?.report,
        };
        self.note(stored, &report)?;
        Ok(report)
    }

    /// Whether the pool has this snapshot as it was stored. Somebody else's dataset of that name is never destroyed.
    fn is_in(&self, scratch: &Dataset, stored: &Stored) -> Result<bool> {
        let Ok(snapshot) = scratch.snapshot(&stored.name) else {
            return Ok(false);
        };
        let there = zfs::guid(&Host::Local, &snapshot)?;
        Ok(there.is_some() && there == self.guid_of(stored))
    }
}
