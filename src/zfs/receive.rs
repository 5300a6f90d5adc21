//! `zfs receive`, as z3 starts it, and what the one of this machine knows.

use super::{Host, ask, shown};
use crate::error::{Error, Result};
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Cmd, Pipeline};
use crate::receive_options::ReceiveOptions;

/// How a stream is received: into exactly one snapshot, without mounting.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The snapshot that it becomes.
    pub target: Snapshot,
    /// `-F`: the dataset is rolled back first.
    pub force: bool,
    /// `-s`: what was received stays after a failure.
    pub keep: bool,
    /// `-o` and `-x`.
    pub options: ReceiveOptions,
}

impl Receive {
    /// `zfs recv -s -u -F -o atime=off tank/a@b`.
    pub fn cmd(&self) -> Cmd {
        Cmd::new("zfs")
            .arg("recv")
            .args(self.keep.then_some("-s"))
            .arg("-u")
            .args(self.force.then_some("-F"))
            .args(self.options.args())
            .arg(self.target.to_string())
    }
}

/// `zfs recv -u tank/a@b`.
pub fn recv_cmd(target: &Snapshot) -> Cmd {
    let receive = Receive {
        target: target.clone(),
        force: false,
        keep: false,
        options: ReceiveOptions::default(),
    };
    receive.cmd()
}

/// `zfs receive -A tank/a`: drops what was received.
pub fn drop_partial_cmd(dataset: &Dataset) -> Cmd {
    Cmd::new("zfs")
        .args(["receive", "-A"])
        .arg(dataset.as_str())
}

/// Runs [`drop_partial_cmd`].
pub fn drop_partial(dataset: &Dataset) -> Result<()> {
    Pipeline::from(drop_partial_cmd(dataset))
        .capture()
        .map(drop)
}

/// What `zfs receive` says of itself: asked for nothing, it answers with its usage.
#[derive(Debug, Clone)]
pub struct ReceiveUsage(pub(super) String);

impl ReceiveUsage {
    /// Asks the zfs of this machine.
    pub fn ask() -> Result<Self> {
        match ask(&Host::Local, Cmd::new("zfs").arg("receive")) {
            Err(Error::Child { stderr, .. }) => Ok(Self(stderr)),
            Err(error) => Err(error),
            Ok(_) => Ok(Self(String::new())),
        }
    }

    /// Whether it can be told of properties.
    pub fn has_options(&self) -> bool {
        let mut forms = self.forms();
        forms.any(|form| form.contains("[-o ") && form.contains("[-x "))
    }

    /// Fails unless it can be told of properties.
    pub fn expect_options(&self) -> Result<()> {
        if self.has_options() {
            return Ok(());
        }
        let form = self.forms().next().unwrap_or("unknown");
        Err(Error::refused(format!(
            "zfs receive -o: this zfs has neither -o nor -x, its usage is '{}'",
            shown(form)
        ))
        .hint(
            "OpenZFS has them since 0.7; 'zfs set' behind a restore with --no-mount does the same",
        ))
    }

    /// Whether what was received can stay.
    pub fn keeps_partial(&self) -> bool {
        let mut letters = self
            .forms()
            .filter_map(|form| form.strip_prefix("receive [-"));
        letters.any(|form| form.split(']').next().unwrap_or_default().contains('s'))
    }

    /// The first line of each form of the command.
    fn forms(&self) -> impl Iterator<Item = &str> {
        let lines = self.0.lines().map(str::trim);
        lines.filter(|line| line.starts_with("receive "))
    }
}
