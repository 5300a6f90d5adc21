//! Carries out one step of a backup plan: a snapshot becomes an object.
//!
//! Responsible for joining the stages: zfs send, stream check, compressor, upload, and for the same as text for
//! `--dry-run`. Not responsible for what is sent ([`crate::plan`]) or for how each stage does its work.

mod bookmarks;
mod holds;
mod intended;
mod manner;
mod rotation;
mod run;
mod tap;

use std::io::Read;
use std::sync::Arc;

pub use bookmarks::Bookmarks;
use holds::{Holds, explained};
use intended::Intended;
use manner::Manner;
pub use run::{BackupDone, BackupEvent, BackupRequest, UpToDate, run};

use crate::checksum::Payload;
use crate::codec::{self, Compressor};
use crate::config::GzipEngine;
use crate::error::{Error, Result};
use crate::label::Label;
use crate::name::{FullName, Snapshot};
use crate::note::Origin;
use crate::order::gathered;
use crate::pipeline::{Cmd, Pipeline};
use crate::plan::BackupStep;
use crate::progress::{self, Progress};
use crate::receipt::{self, Receipt};
use crate::run::Run;
use crate::schedule::Schedule;
use crate::store::{Condition, CreateOptions};
use crate::stream::{Accept, Check, Checked, Expect, StreamSummary};
use crate::system;
use crate::upload::{BaseObject, Earlier, Job, Recovery, Uploaded, Uploader};
use tap::Tap;

/// The most threads that compress. Each takes about 2 MiB, and all have to fit into the 32 MiB that z3 may use beside its
/// parts.
const GZIP_THREADS: usize = 6;

/// How snapshots are sent, compressed and stored.
pub struct Backup<'a> {
    run: &'a Run<'a>,
    /// What the objects are made with, and what is known of the dataset.
    manner: Manner,
    /// Whether to go on with uploads that were cut off, and to leave those that are for the next run.
    resume: bool,
}

impl Backup<'_> {
    /// The metadata of the object, in the order in which `--dry-run` prints it.
    fn metadata(&self, step: &BackupStep, estimate: u64) -> Vec<(&'static str, String)> {
        let compressor = self.compressor(step);
        let packed = compressor != Compressor::None;
        let label = Label {
            full: step.base.is_none(),
            parent: step.parent().map(FullName::from),
            size_text: Some(estimate.to_string()),
            compressor: packed.then(|| compressor.name().to_owned()),
            guid: Some(step.local.guid),
            parent_guid: step.base.as_ref().map(|base| base.guid),
            creation: Some(step.local.creation),
            send_flags: step.flags,
            z3id: None,
        };
        label.pairs()
    }

    /// The step as a command line that does the same when it is pasted into a shell; `pput` as it has to be started.
    pub fn shell_text(&self, pput: Cmd, step: &BackupStep, estimate: u64) -> String {
        let mut pput = pput.args(["--quiet", "--estimated", &estimate.to_string()]);
        for (name, value) in self.metadata(step, estimate) {
            pput = pput.args(["--meta", &format!("{name}={value}")]);
        }
        let (engine, recipient) = (
            self.run.settings.gzip_engine,
            &self.run.settings.gpg_recipient,
        );
        let compress = codec::compress_cmd(self.compressor(step), engine, recipient);
        let put = pput.arg(self.run.vault.key(&step.snapshot));
        let send = Pipeline::from(step.send().cmd());
        let stages = compress.into_iter().chain([put]);
        stages.fold(send, Pipeline::pipe).to_string()
    }

    /// Sends the snapshot, going on with what `earlier` runs have left of it. `left` is called if the upload stays unfinished,
    /// for a later run; `committed` as soon as the object is there, before a waiting signal ends the program.
    fn send(
        &self,
        uploader: &Uploader,
        step: &BackupStep,
        estimate: u64,
        earlier: Vec<Earlier>,
        left: impl Fn() + Send + Sync + 'static,
        committed: impl FnOnce(&Uploaded),
    ) -> Result<()> {
        let schedule = Schedule::new(Some(estimate), &self.run.settings.store.limits)
            .map_err(|error| error.about(&step.snapshot))?;
        let (snapshot, label) = (&step.snapshot, step.snapshot.to_string());
        let progress = Arc::new(Progress::new(&label, Some(estimate), self.run.progress));
        let zfs = Pipeline::from(step.send().cmd()).reader()?;
        let killer = Some(zfs.killer());
        let tap = Tap::new(zfs, Arc::clone(&progress), self.is_hashed(step));
        let digest = tap.digest();
        let checked = Checked::new(tap, Check::new(Accept::OnePlain, expected(step)));
        let report = checked.report();
        let job = Job {
            key: self.run.vault.key(&step.snapshot),
            options: self.options(step, estimate),
            schedule,
            source: self.compressed(step, Box::new(checked))?,
            killer,
            progress: Arc::new(Progress::new("", None, progress::Mode::Off)),
            base: self.base_object(step),
            condition: condition(step),
            recovery: self.recovery(step, earlier, left),
        };
        let sent = uploader.run(job, |outcome| {
            drop(progress);
            let parts = outcome.parts.len();
            log::info!("{snapshot}: {} bytes in {parts} parts", outcome.size_bytes);
            warn_of_lost_blocks(snapshot, report.get());
            committed(outcome);
            let receipt = self.receipt(step, outcome, report.get(), digest.get());
            keep(uploader, snapshot, &receipt);
            Ok(())
        });
        match sent {
            Err(error @ Error::Stream(_)) => Err(error.about(step.send().cmd())),
            sent => sent.map(drop),
        }
    }

    /// Whether the receipt gets a digest of the stream; without a compressor those of the parts are that.
    fn is_hashed(&self, step: &BackupStep) -> bool {
        self.compressor(step) != Compressor::None
            && self.run.settings.store.s3.payload == Payload::Sha256
    }

    /// What has to be stored when the increment becomes a backup.
    fn base_object(&self, step: &BackupStep) -> Option<BaseObject> {
        step.base.as_ref().map(|base| BaseObject {
            key: self.run.vault.key(&base.parent),
            guid: base.guid,
        })
    }

    fn recovery(
        &self,
        step: &BackupStep,
        earlier: Vec<Earlier>,
        left: impl Fn() + Send + Sync + 'static,
    ) -> Recovery {
        // Every run of gpg draws another session key: no part would be the same.
        let repeats = self.compressor(step) != Compressor::Gpg;
        if self.resume && !repeats {
            let snapshot = &step.snapshot;
            log::info!("{snapshot}: with gpg, an upload that is cut off begins anew");
        }
        Recovery {
            origin: Some(Origin {
                send: step.spelled(),
                codec: self.codec(step),
            }),
            resume: self.resume && repeats,
            earlier,
            left: Some(Box::new(left)),
        }
    }

    fn compressor(&self, step: &BackupStep) -> Compressor {
        self.manner.compressor(step.flags)
    }

    /// What compresses, and the version that makes the same bytes again.
    fn codec(&self, step: &BackupStep) -> String {
        let compressor = self.compressor(step);
        let (name, version) = (compressor.name(), env!("CARGO_PKG_VERSION"));
        match (compressor, self.run.settings.gzip_engine) {
            (Compressor::Gzip(_), GzipEngine::Pigz) => format!("{name}, external"),
            _ => format!("{name}, z3 {version}"),
        }
    }

    fn receipt(
        &self,
        step: &BackupStep,
        outcome: &Uploaded,
        report: Option<&StreamSummary>,
        stream_sha256: Option<&String>,
    ) -> Receipt {
        let report = report.cloned().unwrap_or_default();
        Receipt {
            format: 1,
            key: self.run.vault.key(&step.snapshot),
            z3id: outcome.z3id.clone(),
            program: format!("z3 {}", env!("CARGO_PKG_VERSION")),
            zfs_version: system::zfs_version(),
            send: step.send().cmd().to_string(),
            codec: self.codec(step),
            guid: report.begin.toguid,
            parent_guid: report.begin.fromguid,
            features: report.begin.features,
            stream_bytes: report.stream_bytes,
            stream_sha256: stream_sha256.cloned(),
            end_checksum: report.end_checksum.map(|word| format!("{word:016x}")),
            stored_bytes: outcome.size_bytes,
            etag: outcome.etag.clone(),
            properties: self.manner.properties.clone(),
            parts: outcome.parts.iter().map(receipt::StoredSums::of).collect(),
        }
    }

    fn options(&self, step: &BackupStep, estimate: u64) -> CreateOptions {
        let metadata = self.metadata(step, estimate).into_iter();
        CreateOptions {
            metadata: gathered(metadata.map(|(name, value)| (name.to_owned(), value))),
            storage_class: self.run.settings.store.storage_class.clone(),
            acl: self.run.settings.store.acl.clone(),
            headers: self.run.settings.store.s3.put_headers_print(),
        }
    }

    fn compressed(
        &self,
        step: &BackupStep,
        source: Box<dyn Read + Send>,
    ) -> Result<Box<dyn Read + Send>> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = self.run.settings;
        codec::compress(
            self.compressor(step),
            settings.gzip_engine,
            &settings.gpg_recipient,
            source,
            processors.min(GZIP_THREADS),
        )
    }
}

/// What the key has to hold just before.
fn condition(step: &BackupStep) -> Condition {
    match &step.replaces {
        None => Condition::Absent,
        Some(etag) => Condition::Etag(etag.clone()),
    }
}

/// Writes a receipt beside the objects.
fn keep(uploader: &Uploader, snapshot: &Snapshot, receipt: &Receipt) {
    let name = Receipt::name(&snapshot.into());
    uploader.vault.write(&name, receipt);
}

/// The guids that the stream has to have.
fn expected(step: &BackupStep) -> Expect {
    let toguid = Some(step.local.guid);
    let fromguid = Some(step.base.as_ref().map_or(0, |base| base.guid));
    Expect { toguid, fromguid }
}

/// The stream is whole, but its sender could not read some blocks and was told to go on (`zfs_send_corrupt_data`).
fn warn_of_lost_blocks(snapshot: &Snapshot, report: Option<&StreamSummary>) {
    let blocks = report.map_or(0, |report| report.corrupt_fill);
    if blocks > 0 {
        log::warn!(
            "{snapshot}: zfs could not read {blocks} blocks and sent a filler in their place: that data is lost"
        );
    }
}
