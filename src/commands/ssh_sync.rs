//! `z3_ssh_sync`: snapshots go to another machine, or come from there, over ssh.
//!
//! The newest snapshot that both sides have, by guid, is the incremental source; everything after it goes in one stream
//! (`zfs send -I`), as the original does it. The stream passes from child to child and is received into exactly the
//! dataset that was named.

use std::process::ExitCode;

use super::exit::{self, level};
use super::output::print;
use crate::args::SshSync;
use crate::config::PoolSettings;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::pipeline::{Cmd, Pipeline};
use crate::zfs::{self, Host, LocalSnapshot};

/// The program.
pub fn main() -> ExitCode {
    let level = |args: &SshSync| level(args.verbose, args.quiet);
    exit::run("z3_ssh_sync", level, run)
}

/// A dataset on a machine.
struct Side {
    host: Host,
    dataset: Dataset,
}

/// What has to be sent: everything after `from` up to `to`.
struct Gap<'a> {
    from: Option<&'a LocalSnapshot>,
    to: &'a LocalSnapshot,
}

fn run(args: SshSync) -> Result<()> {
    let settings = PoolSettings::read(args.config.as_deref(), &args.settings())?;
    let (source, destination) = sides(&args, &settings)?;
    let have = zfs::list_snapshots(&source.host, &source.dataset)?;
    let got = zfs::list_snapshots(&destination.host, &destination.dataset)?;
    let Some(gap) = gap(&source, &have, &got, &settings.snapshot_prefix)? else {
        return match args.quiet {
            true => Ok(()),
            false => print("Nothing to do here.\n"),
        };
    };
    let pipeline = pipeline(&source, &destination, &gap)?;
    if args.dry_run {
        return print(&format!("{pipeline}\n"));
    }
    log::info!("{pipeline}");
    pipeline.run()?;
    destination.verify(gap.to)
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

/// `None` if the destination has the newest snapshot already.
fn gap<'a>(
    source: &Side,
    have: &'a [LocalSnapshot],
    got: &[LocalSnapshot],
    prefix: &str,
) -> Result<Option<Gap<'a>>> {
    let matching = |snapshot: &&LocalSnapshot| snapshot.name.starts_with(prefix);
    let to = have.iter().rfind(matching).ok_or_else(|| {
        Error::refused(format!(
            "{source} has no snapshot that begins with SNAPSHOT_PREFIX \"{prefix}\""
        ))
    })?;
    let known = |snapshot: &&LocalSnapshot| got.iter().any(|other| other.guid == snapshot.guid);
    let from = have.iter().filter(matching).rfind(known);
    if from.is_none() && got.iter().any(|snapshot| matching(&snapshot)) {
        return Err(Error::refused(format!(
            "the two sides have no snapshot of {source} in common (their guids differ)"
        ))
        .hint("name another --remote-dataset, or destroy the one that is there"));
    }
    Ok((from != Some(to)).then_some(Gap { from, to }))
}

fn pipeline(source: &Side, destination: &Side, gap: &Gap<'_>) -> Result<Pipeline> {
    let receive = destination.receive()?;
    let send = Pipeline::from(source.send(gap)?);
    Ok(receive.into_iter().fold(send, Pipeline::pipe))
}

impl Side {
    fn send(&self, gap: &Gap<'_>) -> Result<Cmd> {
        let mut send = Cmd::new("zfs").arg("send");
        if let Some(from) = gap.from {
            let from = self.dataset.snapshot(&from.name)?;
            send = send.arg("-I").quoted(from.to_string());
        }
        let to = self.dataset.snapshot(&gap.to.name)?;
        Ok(self.host.cmd(send.quoted(to.to_string())))
    }

    /// The commands that take the stream, through mbuffer where it is installed.
    fn receive(&self) -> Result<Vec<Cmd>> {
        let receive = Cmd::new("zfs").arg("recv").arg(self.dataset.as_str());
        let mbuffer = Cmd::new("mbuffer").args(["-s", "128k", "-m", "200m", "-q"]);
        Ok(match self.host.has("mbuffer")? {
            true => self.host.cmds_behind(mbuffer, receive),
            false => vec![self.host.cmd(receive)],
        })
    }

    /// A sync counts as done only when the destination shows the snapshot itself.
    fn verify(&self, sent: &LocalSnapshot) -> Result<()> {
        let snapshot = self.dataset.snapshot(&sent.name)?;
        match zfs::guid(&self.host, &snapshot)? {
            Some(guid) if guid == sent.guid => Ok(()),
            Some(guid) => Err(Error::refused(format!(
                "{snapshot} was sent with guid {}, but has {guid}",
                sent.guid
            ))),
            None => Err(Error::refused(format!(
                "zfs recv ended well, but {snapshot} is not there"
            ))),
        }
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
