//! Carries out one step of a restore plan: an object becomes a snapshot.
//!
//! Responsible for joining the stages: download, decompressor, stream check, zfs receive, for holding back the end of the
//! stream until all of it has been found good, and for looking at what zfs made of it. Not responsible for what is
//! received ([`crate::plan`]). Nothing is rolled back or destroyed without `--force`.

mod mounts;
mod run;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mounts::Mounts;
pub use run::{Event, Request, run};

use crate::catalog::Stored;
use crate::codec;
use crate::config::PartLimits;
use crate::error::{Error, Result};
use crate::fetch;
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Cmd, Pipeline};
use crate::progress::{self, Progress};
use crate::store::ObjectStore;
use crate::stream::Report;
use crate::zfs::{self, Host, Missing, Target};

/// How long a killed receive may take to end, and how often to look.
const WAY_OUT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);

/// How snapshots are fetched and received.
pub struct Restore<'a> {
    /// Where the objects are.
    pub store: Arc<dyn ObjectStore>,
    /// The dataset that receives.
    pub dataset: &'a Dataset,
    /// `zfs receive -F`.
    pub force: bool,
    /// Memory and workers.
    pub limits: PartLimits,
    /// How progress is shown.
    pub progress: progress::Mode,
}

impl Restore<'_> {
    /// The step as a command line that does the same when it is pasted into a shell; `z3_get` as it has to be started.
    pub fn shell_text(&self, z3_get: Cmd, step: &Stored) -> Result<String> {
        let get = Pipeline::from(z3_get.arg(&step.key));
        let decompress = codec::decompress_cmd(fetch::compressor(step));
        let receive = zfs::recv_cmd(&self.target(step)?, self.force);
        let stages = decompress.into_iter().chain([receive]);
        Ok(stages.fold(get, Pipeline::pipe).to_string())
    }

    fn target(&self, step: &Stored) -> Result<Snapshot> {
        self.dataset.snapshot(&step.name)
    }

    /// Receives one object; success means that zfs has the snapshot with the guid that was stored.
    pub fn receive(&self, step: &Stored) -> Result<Report> {
        let target = self.target(step)?;
        // zfs-fuse puts an increment for a dataset that is not there into any other one that has the base.
        if !step.label.full && !zfs::dataset_exists(&Host::Local, self.dataset)? {
            let dataset = self.dataset;
            return Err(Error::refused(format!(
                "{dataset} is not there to receive the increment {target}"
            )));
        }
        let (label, size_bytes) = (target.to_string(), step.head.size_bytes);
        let progress = Arc::new(Progress::new(&label, Some(size_bytes), self.progress));
        let mut stream = fetch::open(&self.store, step, &self.limits, Arc::clone(&progress))?;
        let receiver = Pipeline::from(zfs::recv_cmd(&target, self.force));
        let unread = |error| Error::io("read the object", error).about(&step.key);
        zfs::feed(&mut stream, &receiver, unread).map_err(|error| self.advise(error))?;
        drop(progress);
        let report = stream.report().get().cloned().unwrap_or_default();
        zfs::expect_guid(
            &Host::Local,
            &target,
            report.begin.toguid,
            zfs::AFTER_RECEIVE,
        )?;
        if report.lost_spills.count > 0 {
            log::warn!("{target} is not whole: {}", report.lost_spills);
        }
        Ok(report)
    }

    /// What zfs would refuse after a download: no place for the dataset, or half a snapshot in its way.
    pub fn look_at_target(&self, target: Option<&Target>) -> Result<()> {
        let dataset = self.dataset;
        match target {
            Some(target) if target.half_received => Err(Error::refused(format!(
                "{dataset} holds half of a snapshot that a 'zfs receive -s' has left"
            ))
            .hint(format!(
                "'zfs receive -A {dataset}' drops it; then start again"
            ))),
            Some(_) => Ok(()),
            None => self.look_above(),
        }
    }

    fn look_above(&self) -> Result<()> {
        let dataset = self.dataset;
        match zfs::missing_above(dataset)? {
            None => Ok(()),
            Some(Missing::Pool(pool)) => Err(Error::refused(format!(
                "there is no pool {pool} here to receive {dataset}"
            ))
            .hint("'zpool import' shows which can be imported")),
            Some(Missing::Parent(parent)) => Err(Error::refused(format!(
                "{parent} is not there, below which {dataset} would be received"
            ))
            .hint(format!("'zfs create -p {parent}' makes it"))),
            Some(Missing::FileSystem(parent)) => Err(Error::refused(format!(
                "{parent} is a volume, nothing can be received below it"
            ))),
        }
    }

    /// Says what `zfs receive` means by its refusals, and what the way out costs.
    fn advise(&self, error: Error) -> Error {
        let said = |words| matches!(&error, Error::Child { stderr, .. } if stderr.contains(words));
        let dataset = self.dataset;
        if said("contains partially-complete state") {
            error.hint(format!(
                "'zfs receive -A {dataset}' drops it; then start again"
            ))
        } else if said("match incremental source") && self.force {
            error.hint(format!(
                "this zfs does not go back behind snapshots of its own accord: 'zfs rollback -r {dataset}@BASE' does, then start again"
            ))
        } else if said("match incremental source") {
            error.hint(format!(
                "{dataset} has later snapshots than the one that the backup builds on: 'z3 restore --force' destroys them first"
            ))
        } else if said("must specify -F") && !self.force {
            error.hint(format!(
                "zfs's -F is z3's --force: everything in {dataset} is lost then"
            ))
        } else if said("has been modified") && !self.force {
            error.hint(format!(
                "'z3 restore --force' rolls {dataset} back first: what was changed since, and snapshots made since, are lost"
            ))
        } else if said("dataset is busy") && self.force {
            error.hint(format!(
                "a later snapshot may be held: 'zfs list -r -t snapshot -o name,userrefs {dataset}' shows which"
            ))
        } else {
            error
        }
    }
}

/// A run that was killed a moment ago leaves a `zfs receive` on its way out, and for so long what that was about to make.
/// Waits until it is there, with a snapshot, or gone; not for ever, as somebody may have made an empty one.
fn settle(dataset: &Dataset) -> Result<()> {
    let end = Instant::now() + WAY_OUT;
    while zfs::is_marked_above(dataset)
        && zfs::dataset_exists(&Host::Local, dataset)?
        && zfs::list_snapshots(&Host::Local, dataset)?.is_empty()
        && Instant::now() < end
    {
        thread::sleep(LOOK);
    }
    Ok(())
}
