//! `z3_ssh_sync`: snapshots go to another machine, or come from there, over ssh.

use std::ffi::OsString;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::exit::{self, level};
use super::report::{Command, Item, Report};
use crate::args::SshSync;
use crate::config::Config;
use crate::error::Result;
use crate::name::Dataset;
use crate::plan::SyncStep;
use crate::ssh::{self, Side, SyncEvent, SyncRequest};
use crate::zfs::LocalSnapshot;

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let level = |args: &SshSync| level(args.verbose, args.quiet);
    exit::run("z3_ssh_sync", argv, level, run)
}

fn run(args: SshSync, report: &Report) -> Result<()> {
    let config = Config::read(args.config.as_deref(), args.settings())?;
    let local = config.dataset()?;
    let remote = args.remote_dataset.as_deref().map(Dataset::parse);
    let remote = remote.transpose()?;
    let request = SyncRequest {
        local: &local,
        remote: remote.as_ref().unwrap_or(&local),
        machine: &args.remote,
        selection: &config.snapshots_of(&local)?,
        pull: args.pull,
        dry: args.dry_run,
    };
    ssh::run(&request, &mut |event| match event {
        SyncEvent::Nothing if args.quiet => Ok(()),
        SyncEvent::Nothing => report.say("Nothing to do here.\n"),
        SyncEvent::Planned(leg) => report.tell(&Command(leg)),
        SyncEvent::Synced(step, from, to) => report.line(&Synced(step, from, to)),
    })
}

/// A snapshot, from where, and to where.
struct Synced<'a>(&'a SyncStep<'a>, &'a Side, &'a Side);

impl Item for Synced<'_> {
    const TYPE: &'static str = "synced";

    fn fields(&self) -> Value {
        let Self(SyncStep { from, to }, source, destination) = self;
        let parent = |from: &LocalSnapshot| source.dataset.full_name(&from.name);
        json!({
            "source": source.to_string(),
            "destination": destination.to_string(),
            "name": to.name,
            "guid": to.guid.to_string(),
            "parent": from.map(parent),
            "parent_guid": from.map(|from| from.guid.to_string()),
            "creation": to.creation,
        })
    }
}
