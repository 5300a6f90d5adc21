//! `pput`: standard input, or another descriptor, becomes one object.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use super::exit::{self, level};
use super::report::Report;
use super::session::Plain;
use super::whole::Whole;
use crate::args::Pput;
use crate::config::StoreSettings;
use crate::error::Result;
use crate::input;
use crate::order::gathered;
use crate::progress::{Mode, Progress};
use crate::schedule::Schedule;
use crate::store::{Condition, CreateOptions};
use crate::upload::{Job, Recovery, Uploader};

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let level = |args: &Pput| level(args.verbose, args.quiet);
    exit::run("pput", argv, level, run)
}

fn run(args: Pput, report: &Report) -> Result<()> {
    let plain = Plain::open(args.settings(), args.config.as_deref())?;
    let settings = &plain.settings;
    let schedule = schedule(settings, args.estimated)?;
    let workers = schedule.workers(1);
    let part = schedule.part_bytes(1) as f64 / crate::size::MIB as f64;
    let (bucket, key) = (&settings.s3.bucket, args.name.as_str());
    log::info!("uploading to {bucket}/{key} in parts of {part:.2}M with {workers} workers");
    let job = Job {
        source: input::open(args.file_descriptor, args.no_check)?,
        options: options(settings, &args.metadata),
        schedule,
        killer: None,
        progress: Arc::new(Progress::new(&args.name, args.estimated, mode(&args))),
        key: args.name.clone(),
        condition: Condition::Any,
        base: None,
        recovery: Recovery::default(),
    };
    let quiet = args.quiet;
    let uploader = Uploader::new(plain.vault.clone(), settings.s3.retry_for);
    let stored = uploader.run(job, |outcome| {
        let object = Whole {
            bucket,
            key,
            bytes: outcome.size_bytes,
            etag: &outcome.etag,
        };
        match quiet {
            true => report.line(&object),
            false => report.tell(&object),
        }
    });
    stored.map(drop)
}

fn mode(args: &Pput) -> Mode {
    match (args.quiet, args.progress) {
        (true, _) => Mode::Off,
        (false, true) => Mode::Always,
        (false, false) => Mode::Terminal,
    }
}

fn schedule(settings: &StoreSettings, estimate: Option<u64>) -> Result<Schedule> {
    match settings.chunk_bytes.filter(|_| estimate.is_none()) {
        Some(bytes) => Schedule::with_base(bytes, &settings.limits),
        None => Schedule::new(estimate, &settings.limits),
    }
}

fn options(settings: &StoreSettings, metadata: &[(String, String)]) -> CreateOptions {
    let metadata = metadata
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()));
    CreateOptions {
        metadata: gathered(metadata),
        storage_class: settings.storage_class.clone(),
        acl: settings.acl.clone(),
        headers: settings.s3.put_headers_print(),
    }
}
