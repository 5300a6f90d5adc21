//! The mounts that a restore owes: what was mounted before is mounted after, however it ends, and what it makes is mounted
//! when it is complete.
//!
//! Responsible for when. A mark on the file systems ([`crate::zfs::mark`]) tells the run that completes a restore what one
//! that was killed has left unmounted. Not responsible for the data: it is safe with or without its mount.

use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::Cmd;
use crate::signals::{self, OnStop};
use crate::zfs;

/// What is owed; paid when it is dropped, as far as it was mounted before.
pub struct Mounts<'a> {
    dataset: &'a Dataset,
    /// Mounted when the restore began.
    before: Vec<String>,
    /// Made by this restore, or left unmounted by an earlier one.
    ours: Vec<String>,
    _undo: OnStop,
}

impl<'a> Mounts<'a> {
    /// Looks at what is mounted, and marks it.
    pub fn of(dataset: &'a Dataset, exists: bool) -> Result<Self> {
        let before = zfs::mounted(dataset)?;
        let mut ours = match exists {
            true => zfs::marked(dataset),
            false => vec![dataset.to_string()],
        };
        ours.retain(|name| !before.contains(name));
        zfs::mark(&before);
        let names = before.clone();
        Ok(Self {
            dataset,
            before,
            ours,
            _undo: signals::on_stop(move || zfs::mount_in_undo(&names)),
        })
    }

    /// A step was received: what did not exist before does now, and may be marked.
    pub fn received(&self) {
        zfs::mark(&self.ours);
    }

    /// All steps were received.
    pub fn complete(mut self) {
        self.before.append(&mut self.ours);
    }
}

impl Drop for Mounts<'_> {
    fn drop(&mut self) {
        for name in &self.before {
            match zfs::mount(name) {
                Ok(()) => zfs::unmark(std::slice::from_ref(name)),
                Err(error) => log::warn!("{error}; the data is there, only the mount is missing"),
            }
        }
        let name = self.dataset.as_str();
        if zfs::is_unmounted(name).unwrap_or(false) {
            let mount: Cmd = zfs::mount_cmd(name);
            log::warn!("{name} is not mounted: '{mount}' does it");
        }
    }
}
