//! `z3_ssh_sync`: snapshots go to another machine, or come from there, over ssh.
//!
//! Everything behind the newest snapshot that both sides have goes, one `zfs send -i` for each snapshot: a package, as
//! the original sends it, could bring file systems and properties that nobody asked for. Each stream passes our check, and
//! zfs gets its end only when all of it is good. Responsible for carrying it into exactly the dataset that was named, and
//! for believing nothing that the other machine says; not responsible for what is in the files.

use std::ffi::OsString;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::exit::{self, level};
use super::report::{Command, Item, Report};
use crate::args::SshSync;
use crate::config::PoolSettings;
use crate::error::{Error, Result};
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Cmd, Pipeline};
use crate::plan::{self, SyncStep};
use crate::stream::{Accept, Check, Checked, Expect};
use crate::zfs::{self, Host, LocalSnapshot};

/// The program.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let level = |args: &SshSync| level(args.verbose, args.quiet);
    exit::run("z3_ssh_sync", argv, level, run)
}

/// A dataset on a machine.
struct Side {
    host: Host,
    dataset: Dataset,
}

/// One snapshot on its way.
struct Leg {
    send: Pipeline,
    receive: Pipeline,
    /// The snapshot as the source calls it.
    snapshot: Snapshot,
    /// The guids that both sides have been heard of.
    expect: Expect,
}

fn run(args: SshSync, report: &Report) -> Result<()> {
    let settings = PoolSettings::read(args.config.as_deref(), &args.settings())?;
    let (source, destination) = sides(&args, &settings)?;
    let have = zfs::list_snapshots(&source.host, &source.dataset)?;
    let got = zfs::list_snapshots(&destination.host, &destination.dataset)?;
    let steps = plan::sync(&source, &have, &got, &settings.snapshot_prefix)?;
    let Some(last) = steps.last() else {
        return match args.quiet {
            true => Ok(()),
            false => report.say("Nothing to do here.\n"),
        };
    };
    let mbuffer = destination.host.has("mbuffer")?;
    let leg = |step: &SyncStep<'_>| leg(&source, &destination, step, mbuffer);
    // All names are looked at before the first one is used.
    let legs: Vec<Leg> = steps.iter().map(leg).collect::<Result<_>>()?;
    let mut pairs = steps.iter().zip(legs);
    if args.dry_run {
        return pairs.try_for_each(|(_, leg)| report.tell(&Command(leg)));
    }
    let mounted = args.pull && wants_mount(&destination.dataset)?;
    let carried = pairs.try_for_each(|(step, leg)| {
        leg.carry()?;
        report.line(&Synced {
            step,
            source: &source,
            destination: &destination,
        })
    });
    if args.pull {
        tell_if_unmounted(&destination.dataset, mounted);
    }
    carried?;
    destination.verify(last.to)
}

/// Whether people will miss its mount: it is not there yet, or is mounted now.
fn wants_mount(dataset: &Dataset) -> Result<bool> {
    let mounted = zfs::mounted(dataset)?.contains(&dataset.to_string());
    Ok(mounted || !zfs::dataset_exists(&Host::Local, dataset)?)
}

/// What a stranger has sent is not mounted here, lest its files are at work at once.
fn tell_if_unmounted(dataset: &Dataset, before: bool) {
    let mount = zfs::mount_cmd(dataset.as_str());
    match zfs::is_unmounted(dataset.as_str()) {
        Ok(false) => {}
        Ok(true) if before => {
            log::warn!("{dataset} is not mounted, as --pull mounts nothing: '{mount}' does it");
        }
        Ok(true) => log::info!("{dataset} is not mounted, as it was before: '{mount}' does it"),
        Err(error) => log::warn!("{error}"),
    }
}

/// Where the stream comes from and where it goes.
fn sides(args: &SshSync, settings: &PoolSettings) -> Result<(Side, Side)> {
    let local = settings.dataset()?.clone();
    let remote = match &args.remote_dataset {
        Some(name) => Dataset::parse(name)?,
        None => local.clone(),
    };
    let here = Side {
        host: Host::Local,
        dataset: local,
    };
    let there = Side {
        host: Host::Ssh {
            remote: args.remote.clone(),
        },
        dataset: remote,
    };
    Ok(match args.pull {
        true => (there, here),
        false => (here, there),
    })
}

fn leg(source: &Side, destination: &Side, step: &SyncStep<'_>, mbuffer: bool) -> Result<Leg> {
    let snapshot = source.dataset.snapshot(&step.to.name)?;
    let from = step.from.map(|from| source.dataset.snapshot(&from.name));
    let send = zfs::Send {
        snapshot: &snapshot,
        from: from.transpose()?.as_ref(),
    }
    .cmd();
    let mut receive = destination.receive(&step.to.name, mbuffer)?.into_iter();
    let first = receive
        .next()
        .ok_or_else(|| Error::refused("nothing receives"))?;
    Ok(Leg {
        send: source.host.cmd(send).into(),
        receive: receive.fold(first.into(), Pipeline::pipe),
        snapshot,
        expect: Expect {
            toguid: Some(step.to.guid),
            fromguid: Some(step.from.map_or(0, |from| from.guid)),
        },
    })
}

impl Leg {
    /// The stream goes through our check on its way, and its end waits until all of it has passed.
    fn carry(&self) -> Result<()> {
        log::info!("{self}");
        let check = Check::new(Accept::OnePlain, self.expect);
        let mut stream = Checked::new(self.send.reader()?, check);
        zfs::feed(&mut stream, &self.receive, |error| {
            match Error::io("read the stream", error) {
                fault @ Error::Stream(_) => fault.about(&self.snapshot),
                other => other,
            }
        })
    }
}

/// A snapshot that zfs has taken on the other side; of the last one it is asked for again, at the end.
struct Synced<'a> {
    step: &'a SyncStep<'a>,
    source: &'a Side,
    destination: &'a Side,
}

impl Item for Synced<'_> {
    const TYPE: &'static str = "synced";

    fn fields(&self) -> Value {
        let SyncStep { from, to } = self.step;
        let parent = |from: &LocalSnapshot| format!("{}@{}", self.source.dataset, from.name);
        json!({
            "source": self.source.to_string(),
            "destination": self.destination.to_string(),
            "name": to.name,
            "guid": to.guid.to_string(),
            "parent": from.map(parent),
            "parent_guid": from.map(|from| from.guid.to_string()),
            "creation": to.creation,
        })
    }
}

/// As it can be pasted into a shell, which checks nothing.
impl std::fmt::Display for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} | {}", self.send, self.receive)
    }
}

impl Side {
    /// The commands that take the stream, through mbuffer where it is installed. A stream that comes here is a stranger's: it
    /// becomes exactly that snapshot, and nothing is mounted.
    fn receive(&self, name: &str, mbuffer: bool) -> Result<Vec<Cmd>> {
        let target = self.dataset.snapshot(name)?;
        let receive = match self.host {
            Host::Local => zfs::recv_cmd(&target, false),
            Host::Ssh { .. } => Cmd::new("zfs").arg("recv").arg(self.dataset.as_str()),
        };
        let buffer = Cmd::new("mbuffer").args(["-s", "128k", "-m", "200m", "-q"]);
        Ok(match mbuffer {
            true => self.host.cmds_behind(buffer, receive),
            false => vec![self.host.cmd(receive)],
        })
    }

    /// A sync counts as done only when the destination shows the snapshot itself.
    fn verify(&self, sent: &LocalSnapshot) -> Result<()> {
        let snapshot = self.dataset.snapshot(&sent.name)?;
        zfs::expect_guid(&self.host, &snapshot, sent.guid, zfs::AFTER_RECEIVE)
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.host {
            Host::Local => write!(f, "{}", self.dataset),
            Host::Ssh { remote } => write!(f, "{remote}:{}", self.dataset),
        }
    }
}
