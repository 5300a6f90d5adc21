//! Looks at stored backups, one after the other, and tells of each whether it can be restored.
//!
//! Responsible for the verdicts: good, damaged, or not looked at. It reads the bucket and writes nothing to it; only
//! [`scratch`](Verify::receive) makes a dataset, which it destroys again. Not responsible for what is looked at
//! ([`selected`]) in detail, nor for how it is shown ([`crate::commands`]).

mod fault;
mod receipts;
mod run;
mod scratch;
mod select;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use fault::Fault;
pub use run::{VerifyEvent, VerifyRequest, run};
use scratch::scratch_dataset;
use select::{in_subset, leaves, may_be_empty, selected};

use crate::catalog::{Catalog, Health, Stored, first_of};
use crate::config::PartLimits;
use crate::error::{Error, Result};
use crate::fetch;
use crate::name::SnapName;
use crate::progress::{self, Progress};
use crate::receipt::Receipt;
use crate::run::Run;
use crate::store::ObjectStore;
use crate::stream::StreamSummary;

/// What was found out about one stored backup.
pub struct Finding<'a> {
    /// The backup.
    pub stored: &'a Stored,
    /// What its stream is, if it was read; or what is wrong.
    pub outcome: Result<Option<StreamSummary>, Fault>,
    /// There is a receipt, and it was compared.
    pub receipt: bool,
}

/// How backups are looked at.
struct Verify<'a> {
    /// Where the objects are.
    store: Arc<dyn ObjectStore>,
    /// All of the dataset's backups.
    catalog: &'a Catalog,
    /// Memory and workers.
    limits: PartLimits,
    /// How progress is shown.
    progress: progress::Mode,
    /// What was written down when they were stored, by name.
    receipts: BTreeMap<SnapName, Receipt>,
    /// Guids by name, as the data that was read in this run has them.
    guids: BTreeMap<SnapName, u64>,
}

impl<'a> Verify<'a> {
    fn new(run: &Run<'_>, catalog: &'a Catalog, receipts: BTreeMap<SnapName, Receipt>) -> Self {
        Self {
            store: Arc::clone(&run.vault.store),
            catalog,
            limits: run.settings.store.limits,
            progress: run.progress,
            receipts,
            guids: BTreeMap::new(),
        }
    }

    /// Level list: the key, its metadata and its chain, and the receipt.
    fn list(&self, stored: &'a Stored) -> Finding<'a> {
        let noted = |()| match self.receipts.get(&stored.name) {
            Some(receipt) => receipts::compare_object(receipt, stored),
            None => Ok(()),
        };
        let proved = |()| match stored.is_hearsay() {
            true => Err(Fault::unread(
                "only its receipt tells what it is, which nothing but its bytes proves (--level data)",
            )),
            false => Ok(()),
        };
        let outcome = self.listed(stored).and_then(proved).and_then(noted);
        self.finding(stored, outcome.map(|()| None))
    }

    /// Level data: every byte as well.
    fn data(&mut self, stored: &'a Stored) -> Finding<'a> {
        let outcome = self.listed(stored).and_then(|()| self.read(stored));
        self.finding(stored, outcome.map(Some))
    }

    fn finding(
        &self,
        stored: &'a Stored,
        outcome: Result<Option<StreamSummary>, Fault>,
    ) -> Finding<'a> {
        Finding {
            stored,
            outcome,
            receipt: self.receipts.contains_key(&stored.name),
        }
    }

    fn listed(&self, stored: &Stored) -> Result<(), Fault> {
        match self.catalog.health(stored) {
            _ if self.catalog.is_unknown(stored) => {
                let reason = self.catalog.reason(stored);
                Err(Fault::unread(format!(
                    "it is not known what it is: {reason}"
                )))
            }
            _ if stored.head.size_bytes == 0 => Err(Fault::damage("the object is empty")),
            Health::Ok => Ok(()),
            _ => {
                let reason = self.catalog.reason(stored);
                Err(Fault::damage(format!("it cannot be restored: {reason}")))
            }
        }
    }

    fn read(&mut self, stored: &Stored) -> Result<StreamSummary, Fault> {
        readable(stored)?;
        let (size_bytes, mode) = (stored.head.size_bytes, self.progress);
        let progress = Arc::new(Progress::new(stored.name.as_str(), Some(size_bytes), mode));
        let stream = fetch::open(&self.store, stored, &self.limits, progress)?;
        let drained = stream.drain();
        let report = drained.map_err(|error| Error::io("read the object", error))?;
        self.note(stored, &report)?;
        Ok(report)
    }

    /// Compares a stream that was read with its receipt, remembers its guid, and compares the base of an increment with what
    /// its parent holds.
    fn note(&mut self, stored: &Stored, report: &StreamSummary) -> Result<(), Fault> {
        let begin = &report.begin;
        if let Some(words) = fetch::word_of_lost(report, false, "z3 restore --repair") {
            return Err(Fault {
                offset: Some(report.lost_spills.first_at),
                ..Fault::damage(words)
            });
        }
        if let Some(receipt) = self.receipts.get(&stored.name) {
            receipts::compare_stream(receipt, report)?;
        }
        self.guids.insert(stored.name.clone(), begin.toguid);
        let (from, Some(parent)) = (begin.fromguid, self.catalog.parent_of(stored)) else {
            return Ok(());
        };
        match self.guid_of(parent) {
            _ if from == 0 => Err(Fault::damage(
                "this is a full stream, an increment was expected",
            )),
            Some(guid) if guid != from => Err(Fault::damage(format!(
                "fromguid is {from}, but its parent @{} holds guid {guid}: it was made from another snapshot",
                parent.name
            ))),
            _ => Ok(()),
        }
    }

    /// The guid that an object holds: as its data has it, else as its first record has it, else as its metadata says.
    fn guid_of(&self, stored: &Stored) -> Option<u64> {
        let read = self.guids.get(&stored.name).copied();
        read.or_else(|| {
            let first = first_of(self.store.as_ref(), stored);
            first.begin().map(|begin| begin.toguid)
        })
        .or(stored.label.guid)
    }
}

fn readable(stored: &Stored) -> Result<(), Fault> {
    match stored.head.archived {
        true => Err(Fault::unread("archived, without a readable copy")),
        false => Ok(()),
    }
}
