//! The mounts that a restore owes: what was mounted before is mounted after, however it ends, and what it makes is mounted
//! when it is complete.
//!
//! Responsible for when. A mark on the file systems ([`crate::zfs::mark`]) tells the run that completes a restore what one
//! that was killed has left unmounted. Not responsible for the data: it is safe with or without its mount.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::error::Result;
use crate::name::{Dataset, Snapshot};
use crate::pipeline::Cmd;
use crate::signals::{self, OnStop};
use crate::terminal;
use crate::zfs;

/// What is owed; paid when it is dropped, as far as it was mounted before.
pub struct Mounts<'a> {
    dataset: &'a Dataset,
    /// Mounted when the restore began.
    before: Vec<Dataset>,
    /// Made by this restore, or left unmounted by an earlier one.
    ours: Vec<Dataset>,
    /// There was no such dataset.
    fresh: bool,
    /// What this restore makes is to be mounted.
    mount: bool,
    received: Arc<AtomicBool>,
    _undo: OnStop,
}

/// What a run that is stopped says of what it leaves.
fn unmounted(dataset: &Dataset) -> String {
    let mount = zfs::mount_cmd(dataset);
    format!(
        "z3: {dataset} is not mounted: '{mount}' does it, and so does the restore that completes it"
    )
}

impl<'a> Mounts<'a> {
    /// Looks at what is mounted, and marks it. Where there is no such dataset, receiving this snapshot `makes` it. What was not
    /// mounted before stays so unless it is to `mount`.
    pub fn of(dataset: &'a Dataset, makes: Option<Snapshot>, mount: bool) -> Result<Self> {
        let exists = makes.is_none();
        let before = zfs::mounted(dataset)?;
        let mut ours = match exists {
            true => zfs::marked(dataset),
            false => vec![dataset.clone()],
        };
        ours.retain(|one| mount && !before.contains(one));
        zfs::mark(&before);
        match exists {
            true if ours.is_empty() => {}
            true => mark_made(dataset, &ours),
            false => zfs::mark_above(dataset),
        }
        let received = Arc::new(AtomicBool::new(false));
        let above = dataset.clone();
        let undo = {
            let (before, left) = (before.clone(), ours.clone());
            let received = Arc::clone(&received);
            move || {
                zfs::mount_in_undo(&before);
                // Stopped right behind the first receive, it has made the dataset all the same.
                let made = makes.is_some_and(|first| zfs::unmark_above_in_undo(&above, &first));
                if made || received.load(Relaxed) {
                    left.iter().for_each(|one| terminal::say(&unmounted(one)));
                }
            }
        };
        Ok(Self {
            dataset,
            before,
            ours,
            fresh: !exists,
            mount,
            received,
            _undo: signals::on_stop(undo),
        })
    }

    /// A step was received: after the first, what did not exist before can be marked.
    pub fn received(&self) {
        if !self.received.swap(true, Relaxed) && self.fresh {
            mark_made(self.dataset, &self.ours);
        }
    }

    /// All steps were received.
    pub fn complete(mut self) {
        self.before.append(&mut self.ours);
    }
}

impl Drop for Mounts<'_> {
    fn drop(&mut self) {
        for one in &self.before {
            match zfs::mount(one) {
                Ok(()) => zfs::unmark(std::slice::from_ref(one)),
                // Told below, once.
                Err(_) if zfs::is_locked(one) => {}
                Err(error) => log::warn!("{error}; the data is there, only the mount is missing"),
            }
        }
        if self.fresh && !self.received.load(Relaxed) && is_half_there(self.dataset) {
            // Who goes on with it makes it whole, and mounts it.
            return;
        }
        let dataset = self.dataset;
        let unmounted = self.mount && zfs::is_unmounted(dataset).unwrap_or(false);
        if unmounted {
            let mount: Cmd = match zfs::is_locked(dataset) {
                true => zfs::mount_locked_cmd(dataset),
                false => zfs::mount_cmd(dataset),
            };
            log::warn!("{dataset} is not mounted: '{mount}' does it");
        }
        match self.received.load(Relaxed) {
            false if self.fresh && unmounted => mark_made(self.dataset, &self.ours),
            false if self.fresh => zfs::unmark_above(self.dataset),
            _ => {}
        }
    }
}

/// A broken receive has left what it had, which cannot be mounted.
fn is_half_there(dataset: &Dataset) -> bool {
    let target = zfs::Target::of(dataset).ok().flatten();
    target.is_some_and(|target| target.resume_token.is_some())
}

/// What this restore or an earlier one has made bears its own mark from now on, in place of the one above it.
fn mark_made(dataset: &Dataset, made: &[Dataset]) {
    zfs::mark(made);
    zfs::unmark_above(dataset);
}
