//! Mounting what was received: `zfs receive -u` leaves it unmounted.

use super::{Host, ask, existing, get};
use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::{Cmd, Pipeline};

/// `zfs mount tank/a`.
pub fn mount_cmd(dataset: &Dataset) -> Cmd {
    Cmd::new("zfs").arg("mount").arg(dataset.as_str())
}

/// Whether a restore has to mount the dataset at its end: true if it is not there yet, or is mounted now (a receive may
/// unmount it). One that somebody has unmounted stays so.
pub fn wants_mount(dataset: &Dataset) -> Result<bool> {
    let cmd = get(["-o", "value", "mounted"]).arg(dataset.as_str());
    let answer = existing(ask(&Host::Local, cmd), dataset.as_str())?;
    Ok(answer.is_none_or(|mounted| mounted.trim() == "yes"))
}

/// Mounts the dataset, if `wanted` and if it is one that can be and is not mounted yet; else tells that it is not. What
/// was received is safe all the same, so that a mount that fails is told and no error.
pub fn mount(dataset: &Dataset, wanted: bool) -> Result<()> {
    let properties = "type,mounted,canmount,mountpoint";
    let cmd = get(["-o", "property,value", properties]).arg(dataset.as_str());
    let answer = existing(ask(&Host::Local, cmd), dataset.as_str())?.unwrap_or_default();
    if !mountable(&answer) {
        return Ok(());
    }
    let mount = mount_cmd(dataset);
    if !wanted {
        log::info!("{dataset} is not mounted, as it was before: '{mount}' does it");
    } else if let Err(error) = Pipeline::from(mount).run() {
        log::warn!("{error}; the data was received, only the mount is missing");
    }
    Ok(())
}

/// Whether it is a file system that zfs would mount itself, and is not mounted.
pub fn unmounted(dataset: &Dataset) -> Result<bool> {
    let properties = "type,mounted,canmount,mountpoint";
    let cmd = get(["-o", "property,value", properties]).arg(dataset.as_str());
    let answer = existing(ask(&Host::Local, cmd), dataset.as_str())?;
    Ok(answer.is_some_and(|answer| mountable(&answer)))
}

/// A file system that is not mounted, whose `canmount` is on, with a mount point of zfs's own.
pub(super) fn mountable(properties: &str) -> bool {
    let is = |name: &str, wanted: &[&str]| {
        properties
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .any(|(property, value)| property == name && wanted.contains(&value))
    };
    is("type", &["filesystem"])
        && is("mounted", &["no"])
        && is("canmount", &["on"])
        && !is("mountpoint", &["none", "legacy", "-"])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn only_what_zfs_would_mount_itself_is_mounted() {
        let rows = |mounted, canmount, mountpoint| {
            format!(
                "type\tfilesystem\nmounted\t{mounted}\ncanmount\t{canmount}\nmountpoint\t{mountpoint}\n"
            )
        };
        assert!(mountable(&rows("no", "on", "/tank/a b")));
        for (mounted, canmount, mountpoint) in [
            ("yes", "on", "/tank/a"),
            ("no", "noauto", "/tank/a"),
            ("no", "off", "/tank/a"),
            ("no", "on", "legacy"),
            ("no", "on", "none"),
        ] {
            assert!(!mountable(&rows(mounted, canmount, mountpoint)));
        }
        assert!(!mountable(
            "type\tvolume\nmounted\t-\ncanmount\t-\nmountpoint\t-\n"
        ));
    }
}
