//! The mounts that a restore owes: what was mounted before is mounted after, however it ends, and what it makes is mounted
//! when it is complete.
//!
//! Responsible for when. A mark on the file systems ([`crate::zfs::mark`]) tells the run that completes a restore what one
//! that was killed has left unmounted. Not responsible for the data: it is safe with or without its mount.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

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
    /// The dataset above bears the mark: there was none, and what is made has not its own yet.
    above: bool,
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
    /// Marks what is mounted `before`. Where there is no such dataset, receiving this snapshot `makes` it. What was not mounted
    /// before stays so unless it is to `mount`.
    pub fn of(
        dataset: &'a Dataset,
        before: Vec<Dataset>,
        makes: Option<Snapshot>,
        mount: bool,
    ) -> Self {
        let exists = makes.is_none();
        let marked = match (mount, exists) {
            (false, _) => Vec::new(),
            (true, true) => zfs::marked(dataset),
            (true, false) => vec![dataset.clone()],
        };
        let mut ours = marked.clone();
        ours.retain(|one| !before.contains(one));
        zfs::mark(&before);
        match exists {
            // What is mounted by now, whoever did it, needs no mark above.
            true if marked.is_empty() => {}
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
        Self {
            dataset,
            before,
            ours,
            above: !exists,
            mount,
            received,
            _undo: signals::on_stop(undo),
        }
    }

    /// A step was received: after the first, what did not exist before can be marked. With no `more` to come the mount is next,
    /// and until then the mark above tells of it.
    pub fn received(&mut self, more: bool) {
        self.received.store(true, Relaxed);
        if self.above && more {
            mark_made(self.dataset, &self.ours);
            self.above = false;
        }
    }

    /// All steps were received.
    pub fn complete(mut self) {
        self.before.extend_from_slice(&self.ours);
    }

    /// Mounts what is owed. Tells whether the dataset itself is among that, and nothing is left to do for it.
    fn pay(&self) -> bool {
        let mut done = false;
        for one in &self.before {
            let unmarked = self.above && self.ours.contains(one);
            match zfs::mount(one) {
                Ok(()) => {
                    done |= one == self.dataset;
                    if !unmarked {
                        zfs::unmark(std::slice::from_ref(one));
                    }
                }
                // Told below, once.
                Err(_) if zfs::is_locked(one) => {}
                Err(error) => log::warn!("{error}; the data is there, only the mount is missing"),
            }
        }
        done
    }
}

impl Drop for Mounts<'_> {
    fn drop(&mut self) {
        let done = self.pay();
        if self.above && !self.received.load(Relaxed) && is_half_there(self.dataset) {
            // Who goes on with it makes it whole, and mounts it.
            return;
        }
        let dataset = self.dataset;
        let unmounted = self.mount && !done && zfs::is_unmounted(dataset).unwrap_or(false);
        if unmounted {
            let mount: Cmd = match zfs::is_locked(dataset) {
                true => zfs::mount_locked_cmd(dataset),
                false => zfs::mount_cmd(dataset),
            };
            log::warn!("{dataset} is not mounted: '{mount}' does it");
        }
        match self.above {
            true if unmounted => mark_made(dataset, &self.ours),
            true => zfs::unmark_above(dataset),
            false => {}
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
