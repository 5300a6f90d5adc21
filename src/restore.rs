//! Carries out one step of a restore plan: an object becomes a snapshot.
//!
//! Responsible for joining the stages: download, decompressor, stream check, zfs receive, for holding back the end of the
//! stream until all of it has been found good, and for looking at what zfs made of it. Not responsible for what is
//! received ([`crate::plan`]). Nothing is rolled back or destroyed without `--force`.

mod at;
mod mounts;
mod partial;
mod place;
mod properties;
mod ready;
mod run;
mod survey;
mod tree;

use std::io::{Cursor, Read};
use std::sync::Arc;

pub use at::{Chosen, OfTime, newest};
use mounts::Mounts;
use partial::{HalfReceived, Partial};
use place::Place;
pub use place::with_features;
use ready::Ready;
pub use run::{RestoreEvent, RestoreRequest, TellRestore, run};
pub use survey::{Link, LinkState, RestoreSurvey, survey};
pub use tree::tree;

use crate::catalog::{First, Stored};
use crate::codec;
use crate::config::PartLimits;
use crate::error::{Error, Result};
use crate::fetch::{self, Shape, Way, Which};
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Cmd, Pipeline};
use crate::progress::{self, Progress};
use crate::receive_options::ReceiveOptions;
use crate::store::ObjectStore;
use crate::stream::{StreamSummary, begin_of, has_record_sums};
use crate::zfs::{self, Host, Receive};

/// How much of a stream is looked at before it is received: BEGIN, its list, and one header more.
const FIRST_BYTES: u64 = 64 << 10;

/// How snapshots are fetched and received.
pub struct Restore<'a> {
    /// Where the objects are.
    pub store: Arc<dyn ObjectStore>,
    /// The dataset that receives.
    pub dataset: &'a Dataset,
    /// `zfs receive -F`.
    pub force: bool,
    /// `zfs receive -s` where it is safe: what was received stays after a failure.
    pub keep: bool,
    /// Spill blocks that zfs has lost are put back.
    pub repair: bool,
    /// Half of the first step is there.
    pub partial: Option<Partial>,
    /// What each receive is told of properties.
    pub options: ReceiveOptions,
    /// Properties that are set when all is received.
    pub afterwards: Vec<(String, String)>,
    /// Memory and workers.
    pub limits: PartLimits,
    /// How progress is shown.
    pub progress: progress::Mode,
}

/// What was received.
pub struct Received {
    /// What is known of its stream; of a rest that was fetched alone, of that.
    pub report: StreamSummary,
    /// How much was fetched for it.
    pub fetched_bytes: u64,
}

impl Restore<'_> {
    /// The step as a command line that does the same when it is pasted into a shell; `z3_get` as it has to be started.
    pub fn shell_text(&self, z3_get: Cmd, step: &Stored) -> Result<String> {
        let z3_get = match self.repair {
            true => z3_get.arg("--repair"),
            false => z3_get,
        };
        if let Some(partial) = self.partial_of(step) {
            let get = z3_get.args(["--token", &partial.text]).arg(&step.key);
            let receive = self.receiver(step, partial.volume, true)?;
            return Ok(Pipeline::from(get).pipe(receive).to_string());
        }
        let get = Pipeline::from(z3_get.arg(&step.key));
        let packed = codec::decompress_cmd(fetch::compressor(step));
        let decompress = packed.filter(|_| !self.repair);
        let begin = step.first.as_ref().and_then(First::begin);
        let volume = begin.is_some_and(|begin| begin.volume);
        let receive = self.receiver(step, volume, false)?;
        let stages = decompress.into_iter().chain([receive]);
        Ok(stages.fold(get, Pipeline::pipe).to_string())
    }

    fn target(&self, step: &Stored) -> Result<Snapshot> {
        self.dataset.snapshot(&step.name)
    }

    /// Half of this step, if that is what is there.
    pub fn partial_of(&self, step: &Stored) -> Option<&Partial> {
        let partial = self.partial.as_ref();
        partial.filter(|partial| partial.is_of(step))
    }

    fn shape(&self, partial: Option<&Partial>) -> Shape {
        Shape {
            token: partial.map(|partial| partial.token.clone()),
            repair: self.repair,
        }
    }

    /// The receiver of a step, or of what it still lacks. What was changed since the base is rolled back with `--force`; half of
    /// a full has no base.
    fn receiver(&self, step: &Stored, volume: bool, keep: bool) -> Result<Cmd> {
        let (full, half) = (step.label.full, self.partial_of(step).is_some());
        let receive = Receive {
            target: self.target(step)?,
            force: self.force && !(full && half),
            keep,
            options: self.options.of_receive(volume, full && !half),
        };
        Ok(receive.cmd())
    }

    /// Fails unless there is something to receive the first step: zfs-fuse puts an increment for a dataset that is not there into
    /// any other one that has the base.
    pub fn expect_receiver(&self, first: &Stored) -> Result<()> {
        if first.label.full || zfs::dataset_exists(&Host::Local, self.dataset)? {
            return Ok(());
        }
        let (dataset, target) = (self.dataset, self.target(first)?);
        Err(Error::refused(format!(
            "{dataset} is not there to receive the increment {target}"
        )))
    }

    /// Receives one object; success means that zfs has the snapshot with the guid that was stored.
    pub fn receive(&self, step: &Stored) -> Result<Received> {
        let target = self.target(step)?;
        let shape = self.shape(self.partial_of(step));
        let way = Way::find(&self.store, Which::Stored(step), &shape)?;
        let (label, fetched_bytes) = (target.to_string(), way.fetched_bytes());
        let progress = Progress::new(&label, Some(way.left_bytes()), self.progress);
        let progress = Arc::new(progress);
        let fetched = way.open(&self.limits, Arc::clone(&progress))?;
        self.hand_over(fetched.stream, step)
            .map_err(|error| self.advise(error))?;
        drop(progress);
        let report = fetched.report.get().cloned().unwrap_or_default();
        zfs::expect_guid(
            &Host::Local,
            &target,
            report.begin.toguid,
            zfs::AFTER_RECEIVE,
        )?;
        if let Some(words) = fetch::word_of_lost(&report, self.repair, "z3 restore --repair") {
            let whole = if self.repair { "whole" } else { "not whole" };
            log::warn!("{target} is {whole}: {words}");
        }
        Ok(Received {
            report,
            fetched_bytes,
        })
    }

    /// Gives the stream to the receiver, or what that still lacks of it. What was received stays only where a receiver can tell
    /// each record by its own checksum: without those it would keep a damaged one.
    fn hand_over(&self, stream: impl Read, step: &Stored) -> Result<()> {
        let unread = |error| Error::io("read the object", error).about(&step.key);
        if let Some(partial) = self.partial_of(step) {
            let receiver = Pipeline::from(self.receiver(step, partial.volume, true)?);
            let mut rest = self.shape(Some(partial)).of(stream);
            return zfs::feed(&mut rest, &receiver, unread);
        }
        let mut stream = self.shape(None).of(stream);
        let mut first = Vec::new();
        if self.keep || !self.options.is_empty() {
            let read = stream.by_ref().take(FIRST_BYTES).read_to_end(&mut first);
            read.map_err(unread)?;
        }
        let volume = begin_of(&first).is_some_and(|begin| begin.volume);
        let keep = self.keep && has_record_sums(&first) == Some(true);
        let receiver = self.receiver(step, volume, keep)?;
        let mut whole = Cursor::new(first).chain(stream);
        zfs::feed(&mut whole, &Pipeline::from(receiver), unread)
    }

    /// Says what `zfs receive` means by its refusals, what the way out costs, and what stays.
    fn advise(&self, error: Error) -> Error {
        let error = self.explain(error);
        match self.keep || self.partial.is_some() {
            true => partial::advise(self.dataset, error),
            false => error,
        }
    }

    fn explain(&self, error: Error) -> Error {
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
