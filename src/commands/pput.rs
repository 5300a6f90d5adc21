//! `pput`: standard input, or another descriptor, becomes one object.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};

use super::exit::{self, level};
use super::report::{Item, Report};
use super::session::Plain;
use crate::args::Pput;
use crate::buffer::Pipe;
use crate::config::StoreSettings;
use crate::error::{Error, Result};
use crate::progress::{Mode, Progress};
use crate::schedule::Schedule;
use crate::store::{Condition, CreateOptions};
use crate::stream::{self, Accept, Check, Checked, Expect};
use crate::terminal::escaped;
use crate::upload::{Job, Recovery, Uploader};

/// How much is looked at to tell a send stream from anything else, in bytes.
const LOOK_BYTES: u64 = 16;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    exit::run(
        "pput",
        argv,
        |args: &Pput| level(args.verbose, args.quiet),
        run,
    )
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
        source: checked(input(args.file_descriptor)?, args.no_check)?,
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
        metadata: metadata.collect(),
        storage_class: settings.storage_class.clone(),
        acl: settings.acl.clone(),
    }
}

/// Standard input or an inherited descriptor. Opening the path under /dev/fd needs no unsafe code, but gives a file anew,
/// from its beginning.
fn input(descriptor: Option<u32>) -> Result<Box<dyn Read + Send>> {
    let Some(number) = descriptor.filter(|&number| number != 0) else {
        return Ok(Box::new(Pipe::new(io::stdin())));
    };
    let open = || {
        let mut file = File::open(format!("/dev/fd/{number}"))?;
        if let Some(position) = position(number).filter(|&bytes| bytes > 0) {
            file.seek(SeekFrom::Start(position))?;
        }
        Ok(Box::new(Pipe::new(file)) as _)
    };
    open().map_err(|error| Error::io(format!("open file descriptor {number}"), error))
}

/// Where a descriptor stands in its file, in bytes (`proc_pid_fdinfo(5)`); 0 for a pipe.
fn position(descriptor: u32) -> Option<u64> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")).ok()?;
    let position = info.lines().find_map(|line| line.strip_prefix("pos:"))?;
    position.trim().parse().ok()
}

/// Input that begins like a ZFS send stream has to be a whole one: a pasted `zfs send | pput` is safe, too.
fn checked(mut input: Box<dyn Read + Send>, no_check: bool) -> Result<Box<dyn Read + Send>> {
    let mut first = Vec::new();
    let looked_at = input.by_ref().take(LOOK_BYTES).read_to_end(&mut first);
    looked_at.map_err(|error| Error::io("read the input", error))?;
    let is_stream = stream::looks_like_stream(&first);
    let whole = Cursor::new(first).chain(input);
    let check = Check::new(Accept::Any, Expect::default());
    Ok(match is_stream && !no_check {
        true => Box::new(Checked::new(whole, check)),
        false => Box::new(whole),
    })
}

/// An object that was stored whole, or delivered.
pub struct Whole<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub bytes: u64,
    pub etag: &'a str,
}

impl Item for Whole<'_> {
    const TYPE: &'static str = "object";

    fn fields(&self) -> Value {
        let (bucket, key, bytes, etag) = (self.bucket, self.key, self.bytes, self.etag);
        json!({ "bucket": bucket, "key": key, "bytes": bytes, "etag": etag })
    }

    /// The original's line of JSON, blanks included.
    fn text(&self) -> String {
        let etag = escaped(&json!(self.etag).to_string());
        format!("{{\"status\": \"success\", \"etag\": {etag}}}\n")
    }
}
