//! The zfs of this machine, or of another one behind ssh: what z3 asks it and the commands that move streams.
//!
//! Responsible for command lines that work with OpenZFS 0.7 to 2.4 and with zfs-fuse 0.7, and for reading their answers
//! (`zfs-get(8)`, `zfs-send(8)`, `zfs-receive(8)`). Not responsible for processes ([`crate::pipeline`]) nor for deciding
//! what to send or receive.

mod allow;
mod bookmark;
mod estimate;
mod feed;
mod flags;
#[cfg(fuzzing)]
pub mod fuzz;
mod hold;
mod list;
mod mark;
mod mount;
mod past;
mod pool;
mod properties;
mod receive;
mod receiver;
mod send;
mod target;
#[cfg(test)]
mod tests;
mod tree;

pub use allow::{Who, allow_cmd, lacking};
pub use bookmark::{
    LocalBookmark, bookmark, destroy_bookmark, expect_marked, has_no_bookmarks, list_bookmarks,
};
pub use estimate::Estimator;
pub use feed::{copy, feed};
pub use flags::{expect_flags, known_flags};
pub use hold::{hold, release, release_in_undo};
pub use list::{LocalSnapshot, list_snapshots};
pub use mark::{
    is_marked_above, mark, mark_above, marked, unmark, unmark_above, unmark_above_in_undo,
};
pub use mount::{is_unmounted, mount, mount_cmd, mount_in_undo, mount_locked_cmd, mounted};
pub use past::{Past, past};
pub use pool::{Features, available, features};
pub use properties::{Properties, Property, is_locked, known_properties, set_cmd};
pub use receive::{Receive, ReceiveUsage, drop_partial, drop_partial_cmd, recv_cmd};
pub use receiver::{Able, settled};
pub use send::{AFTER_RECEIVE, Send, expect_guid};
pub use target::{Above, Target, clones, create_cmd, missing_parents};
pub use tree::{Listed, dataset_names, list_datasets, snapshot_names};

use crate::error::{Error, Result};
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Captured, Cmd, Pipeline};
use crate::terminal::plain;

/// The most that another machine may answer, in bytes: a listing of a hundred thousand snapshots.
const REMOTE_BYTES: u64 = 32 << 20;

/// How much of an odd answer is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// Where a zfs command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// This machine.
    Local,
    /// Another one, through ssh and `sudo -n`.
    Ssh {
        /// What ssh takes as its destination: `user@backup`.
        remote: String,
    },
}

impl Host {
    /// The command that runs `zfs` there. Its text, quoted for a shell, is what ssh hands to the remote shell; after
    /// `--` a destination that begins with a dash is no option.
    pub fn cmd(&self, zfs: Cmd) -> Cmd {
        match self {
            Self::Local => zfs,
            Self::Ssh { remote } => ssh(remote, format!("sudo -n {zfs}")),
        }
    }

    /// The commands that run `zfs` there with its input through another program.
    pub fn cmds_behind(&self, first: Cmd, zfs: Cmd) -> Vec<Cmd> {
        match self {
            Self::Local => vec![first, zfs],
            Self::Ssh { remote } => vec![ssh(remote, format!("{first} | sudo -n {zfs}"))],
        }
    }

    /// Whether a program is installed there.
    pub fn has(&self, program: &str) -> Result<bool> {
        let Self::Ssh { remote } = self else {
            return Ok(Cmd::new(program).is_installed());
        };
        let probe = format!("if command -v {program} >/dev/null; then echo yes; fi");
        let answer = Pipeline::from(ssh(remote, probe)).capture_at_most(REMOTE_BYTES)?;
        Ok(answer.stdout.trim() == "yes")
    }
}

fn ssh(remote: &str, command: String) -> Cmd {
    Cmd::new("ssh").args(["-C", "--"]).arg(remote).arg(command)
}

/// `zfs destroy -r tank/scratch`: the dataset with its snapshots.
pub fn destroy_cmd(dataset: &Dataset) -> Cmd {
    Cmd::new("zfs")
        .args(["destroy", "-r"])
        .arg(dataset.as_str())
}

/// The guid of a snapshot, `None` if there is no such snapshot.
pub fn guid(host: &Host, snapshot: &Snapshot) -> Result<Option<u64>> {
    let name = snapshot.to_string();
    let cmd = get(["-o", "value", "guid"]).arg(&name);
    let answer = existing(ask(host, cmd), &name)?;
    answer.map(|text| guid_in(&text, &name)).transpose()
}

fn guid_in(text: &str, name: &str) -> Result<u64> {
    text.trim().parse().map_err(|_| {
        Error::refused(format!(
            "zfs get guid {name}: expected a number, got '{}'",
            shown(text.trim())
        ))
    })
}

/// What zfs says where its module or its daemon is missing (`libzfs_error_init()` in OpenZFS's libzfs; zfs-fuse).
const NOT_RUNNING: [&str; 6] = [
    "The ZFS modules are not loaded",
    "The ZFS modules cannot be auto-loaded",
    "/dev/zfs and /proc/self/mounts are required",
    // FreeBSD, with its own zfs and with that of its ports.
    "Failed to load zfs module",
    "Failed to load openzfs module",
    "make sure that the zfs-fuse daemon is running",
];

/// Whether a failure says that there is no zfs to be asked, as in a rescue system: it is not installed, or does not run.
pub fn is_absent(error: &Error) -> bool {
    match error {
        Error::Missing { .. } => true,
        Error::Child { stderr, .. } => NOT_RUNNING.iter().any(|words| stderr.contains(words)),
        _ => false,
    }
}

/// Whether there is such a file system or volume.
pub fn dataset_exists(host: &Host, dataset: &Dataset) -> Result<bool> {
    let cmd = get(["-o", "value", "type"]).arg(dataset.as_str());
    Ok(existing(ask(host, cmd), dataset.as_str())?.is_some())
}

/// `zfs list` has no exact numbers in zfs-fuse, `zfs get -p` has them everywhere.
fn get<const N: usize>(args: [&str; N]) -> Cmd {
    Cmd::new("zfs").args(["get", "-H", "-p"]).args(args)
}

fn ask(host: &Host, cmd: Cmd) -> Result<Captured> {
    let asked = Pipeline::from(host.cmd(cmd));
    match host {
        Host::Local => asked.capture(),
        Host::Ssh { .. } => asked.capture_at_most(REMOTE_BYTES),
    }
}

/// An odd answer, as it may stand in a message of ours.
fn shown(answer: &str) -> String {
    let beginning: String = answer.chars().take(SHOWN_CHARS).collect();
    plain(&beginning)
}

/// What zfs printed about `name`; `None` if it says that it does not exist. All versions use these words.
fn existing(answer: Result<Captured>, name: &str) -> Result<Option<String>> {
    let absent = format!("cannot open '{name}': dataset does not exist");
    match answer {
        Ok(captured) => Ok(Some(captured.stdout)),
        Err(Error::Child { stderr, .. }) if stderr.lines().any(|line| line.trim() == absent) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
