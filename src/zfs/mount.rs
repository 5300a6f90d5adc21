//! Which file systems are mounted, and mounting them again: `zfs receive -u` mounts nothing, and a receive into a file
//! system may unmount it and all that is mounted below it.
//!
//! Responsible for the commands. Not responsible for when, nor for remembering it ([`mod@super::mark`]).

use super::mark::unmark_in_undo;
use super::{Host, ask, existing, get};
use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::{Cmd, Pipeline};

/// `zfs mount tank/a`.
pub fn mount_cmd(dataset: &Dataset) -> Cmd {
    Cmd::new("zfs").args(["mount", dataset.as_str()])
}

/// `zfs mount -l tank/a`, which asks for the key first.
pub fn mount_locked_cmd(dataset: &Dataset) -> Cmd {
    Cmd::new("zfs").args(["mount", "-l", dataset.as_str()])
}

/// The file systems that are mounted, of this dataset and all below it; none if there is no such dataset. OpenZFS refuses to
/// list a volume where only file systems are asked for.
pub fn mounted(dataset: &Dataset) -> Result<Vec<Dataset>> {
    let of_type = ["list", "-H", "-r", "-t", "filesystem,volume"];
    let cmd = Cmd::new("zfs").args(of_type).args(["-o", "name,mounted"]);
    let cmd = cmd.arg(dataset.as_str());
    let answer = existing(ask(&Host::Local, cmd), dataset.as_str())?;
    let lines = answer.iter().flat_map(|text| text.lines());
    let is_mounted = |line: &str| Dataset::parse(line.strip_suffix("\tyes")?).ok();
    Ok(lines.filter_map(is_mounted).collect())
}

/// Whether zfs would mount this one itself, and has not.
pub fn is_unmounted(dataset: &Dataset) -> Result<bool> {
    let name = dataset.as_str();
    let cmd = get(["-o", "property,value", "type,mounted,canmount,mountpoint"]).arg(name);
    let answer = existing(ask(&Host::Local, cmd), name)?;
    Ok(answer.is_some_and(|text| mountable(&text)))
}

/// Mounts one that is not mounted and can be.
pub fn mount(dataset: &Dataset) -> Result<()> {
    match is_unmounted(dataset)? {
        true => Pipeline::from(mount_cmd(dataset)).capture().map(drop),
        false => Ok(()),
    }
}

/// Mounts them in the undo of a signal, parents first, and takes the mark off what it has mounted. What zfs says is lost.
pub fn mount_in_undo(datasets: &[Dataset]) {
    for dataset in datasets {
        if mount_cmd(dataset).run_in_undo() {
            unmark_in_undo(dataset);
        }
    }
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
