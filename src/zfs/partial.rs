//! What `zfs receive -s` leaves of a snapshot that it could not finish, and where it can be asked for that.

use super::{Host, ask};
use crate::error::{Error, Result};
use crate::name::{Dataset, Snapshot};
use crate::pipeline::{Cmd, Pipeline};

/// `zfs recv -s -u tank/a@b`: as [`super::recv_cmd`], and what was received stays after a failure.
pub fn recv_keeping_cmd(target: &Snapshot, force: bool) -> Cmd {
    Cmd::new("zfs")
        .args(["recv", "-s", "-u"])
        .args(force.then_some("-F"))
        .arg(target.to_string())
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

/// Whether what was received can stay: this zfs knows how, and so does the pool. Who cannot be asked cannot.
pub fn keeps_partial(dataset: &Dataset) -> bool {
    let usage = match ask(&Host::Local, Cmd::new("zfs").arg("receive")) {
        Err(Error::Child { stderr, .. }) => stderr,
        _ => return false,
    };
    knows_how(&usage) && has_feature(dataset)
}

/// Asked for nothing, it answers with its usage.
pub(super) fn knows_how(usage: &str) -> bool {
    let forms = usage.lines().map(str::trim);
    let mut forms = forms.filter_map(|line| line.strip_prefix("receive [-"));
    forms.any(|form| form.split(']').next().unwrap_or_default().contains('s'))
}

/// The state lies in an extensible dataset.
fn has_feature(dataset: &Dataset) -> bool {
    let pool = dataset.as_str().split('/').next().unwrap_or_default();
    let feature = "feature@extensible_dataset";
    let cmd = Cmd::new("zpool").args(["get", "-H", "-o", "value", feature, pool]);
    let answer = ask(&Host::Local, cmd);
    answer.is_ok_and(|captured| matches!(captured.stdout.trim(), "enabled" | "active"))
}
