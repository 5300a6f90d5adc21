//! A run of `z3_ssh_sync`: snapshots go to another machine, or come from there, over ssh.
//!
//! Everything behind the newest snapshot that both sides have goes, one `zfs send -i` for each snapshot: a package, as
//! the original sends it, could bring file systems and properties that nobody asked for. Each stream passes our check, and
//! zfs gets its end only when all of it is good. Responsible for carrying it into exactly the dataset that was named, and
//! for believing nothing that the other machine says; not responsible for what is in the files.

use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName, Snapshot, Source};
use crate::pipeline::{Cmd, Pipeline};
use crate::plan::{self, SyncStep};
use crate::selection::Selection;
use crate::send_flags::SendFlags;
use crate::stream::{Accept, Check, Checked, Expect};
use crate::zfs::{self, Host, LocalSnapshot};

/// What is asked of a run.
pub struct SyncRequest<'a> {
    /// The dataset here, and there.
    pub local: &'a Dataset,
    pub remote: &'a Dataset,
    /// The other machine, as ssh takes it.
    pub machine: &'a str,
    /// Which snapshots are meant.
    pub selection: &'a Selection,
    /// From there to here.
    pub pull: bool,
    /// Nothing is changed.
    pub dry: bool,
}

/// What a run tells of.
pub enum SyncEvent<'a> {
    /// The destination has it all.
    Nothing,
    /// A step of a dry run.
    Planned(&'a Leg),
    /// A snapshot that zfs has taken on the other side: its step, from where, and to where. The last one is asked for
    /// again, at the end.
    Synced(&'a SyncStep<'a>, &'a Side, &'a Side),
}

/// Where events go; a failure to tell ends the run.
pub type TellSync<'t> = &'t mut dyn FnMut(SyncEvent<'_>) -> Result<()>;

/// A dataset on a machine.
pub struct Side {
    /// The machine.
    pub host: Host,
    /// The dataset.
    pub dataset: Dataset,
}

/// One snapshot on its way.
pub struct Leg {
    send: Pipeline,
    receive: Pipeline,
    /// The snapshot as the source calls it.
    snapshot: Snapshot,
    /// The guids that both sides have been heard of.
    expect: Expect,
}

/// Brings the destination up to the newest snapshot of the source.
pub fn run(request: &SyncRequest<'_>, tell: TellSync<'_>) -> Result<()> {
    let (source, destination) = sides(request);
    let have = zfs::list_snapshots(&source.host, &source.dataset)?;
    let got = zfs::list_snapshots(&destination.host, &destination.dataset)?;
    let steps = plan::sync(&source, &have, &got, request.selection)?;
    let Some(last) = steps.last() else {
        return tell(SyncEvent::Nothing);
    };
    let mbuffer = destination.host.has("mbuffer")?;
    let leg = |step: &SyncStep<'_>| leg(&source, &destination, step, mbuffer);
    // All names are looked at before the first one is used.
    let legs: Vec<Leg> = steps.iter().map(leg).collect::<Result<_>>()?;
    if request.dry {
        return legs
            .iter()
            .try_for_each(|leg| tell(SyncEvent::Planned(leg)));
    }
    let mounted = request.pull && wants_mount(&destination.dataset)?;
    let carried = steps.iter().zip(legs).try_for_each(|(step, leg)| {
        leg.carry()?;
        tell(SyncEvent::Synced(step, &source, &destination))
    });
    if request.pull {
        tell_if_unmounted(&destination.dataset, mounted);
    }
    carried?;
    destination.verify(last.to)
}

/// Whether people will miss its mount: it is not there yet, or is mounted now.
fn wants_mount(dataset: &Dataset) -> Result<bool> {
    let mounted = zfs::mounted(dataset)?.contains(dataset);
    Ok(mounted || !zfs::dataset_exists(&Host::Local, dataset)?)
}

/// What a stranger has sent is not mounted here, lest its files are at work at once.
fn tell_if_unmounted(dataset: &Dataset, before: bool) {
    let mount = zfs::mount_cmd(dataset);
    match zfs::is_unmounted(dataset) {
        Ok(false) => {}
        Ok(true) if before => {
            log::warn!("{dataset} is not mounted, as --pull mounts nothing: '{mount}' does it");
        }
        Ok(true) => log::info!("{dataset} is not mounted, as it was before: '{mount}' does it"),
        Err(error) => log::warn!("{error}"),
    }
}

/// Where the stream comes from and where it goes.
fn sides(request: &SyncRequest<'_>) -> (Side, Side) {
    let remote = request.machine.to_owned();
    let here = Side {
        host: Host::Local,
        dataset: request.local.clone(),
    };
    let there = Side {
        host: Host::Ssh { remote },
        dataset: request.remote.clone(),
    };
    match request.pull {
        true => (there, here),
        false => (here, there),
    }
}

fn leg(source: &Side, destination: &Side, step: &SyncStep<'_>, mbuffer: bool) -> Result<Leg> {
    let snapshot = source.dataset.snapshot(&step.to.name)?;
    let from = step.from.map(|from| source.dataset.snapshot(&from.name));
    let from = from.transpose()?.map(Source::Snapshot);
    let send = zfs::Send {
        snapshot: &snapshot,
        from: from.as_ref(),
        flags: SendFlags::NONE,
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

/// As it can be pasted into a shell, which checks nothing.
impl std::fmt::Display for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} | {}", self.send, self.receive)
    }
}

impl Side {
    /// The commands that take the stream, through mbuffer where it is installed. A stream that comes here is a stranger's: it
    /// becomes exactly that snapshot, and nothing is mounted.
    fn receive(&self, name: &SnapName, mbuffer: bool) -> Result<Vec<Cmd>> {
        let target = self.dataset.snapshot(name)?;
        let receive = match self.host {
            Host::Local => zfs::recv_cmd(&target),
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
