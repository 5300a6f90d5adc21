//! Holds on what a run sends: nobody can destroy a snapshot, or the base of an increment, before it is stored.
//!
//! Responsible for what is held, and for letting it go at every end but SIGKILL, which the next run makes good. A zfs that
//! refuses costs a warning, not the backup. Not responsible for what is sent ([`crate::plan`]).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::error::{Error, Result};
use crate::name::{Snapshot, Source};
use crate::order::gathered;
use crate::plan::{BackupStep, Base};
use crate::run::Run;
use crate::signals::{self, OnStop};
use crate::sync::lock;
use crate::upload::Earlier;
use crate::zfs::{self, Host, LocalSnapshot};

/// The holds of one run; they end with it.
pub struct Holds {
    tag: String,
    held: Arc<Mutex<BTreeSet<Snapshot>>>,
    _undo: OnStop,
}

impl Holds {
    /// Holds every snapshot of the plan and its base. What an earlier run has left on others is released first. What an
    /// unfinished upload needs that is not in the plan, but in another run's, stays held beyond this one.
    ///
    /// Only the holder of the lock may call this: the tag is that of every run into this bucket and prefix.
    pub fn take(
        run: &Run<'_>,
        locals: &[LocalSnapshot],
        steps: &[BackupStep],
        earlier: &[Earlier],
    ) -> Result<Self> {
        let tag = format!("z3{}", run.settings.store.destination_id(""));
        let wanted: BTreeSet<Snapshot> = gathered(steps.iter().flat_map(names).cloned());
        let keys = steps.iter().map(|step| run.vault.key(&step.snapshot));
        let keys: BTreeSet<String> = gathered(keys);
        let needed: BTreeSet<Snapshot> = gathered(
            earlier
                .iter()
                .filter(|others| !keys.contains(&others.upload.key))
                .flat_map(Earlier::snapshots)
                .filter_map(|name| run.settings.dataset.snapshot(&name).ok()),
        );
        let mut left = Vec::new();
        for local in locals.iter().filter(|local| local.holds > 0) {
            left.push(run.settings.dataset.snapshot(&local.name)?);
        }
        left.retain(|snapshot| !wanted.contains(snapshot) && !needed.contains(snapshot));
        if let Err(error) = zfs::release(&tag, &left) {
            log::info!("{error}");
        }
        let held = Arc::new(Mutex::new(&wanted - &needed));
        let _undo = signals::on_stop({
            let (tag, held) = (tag.clone(), Arc::clone(&held));
            move || zfs::release_in_undo(&tag, &listed(&held))
        });
        let holds = Self { tag, held, _undo };
        if let Err(error) = zfs::hold(&holds.tag, &Vec::from_iter(wanted)) {
            holds.give_up(error, steps)?;
        }
        Ok(holds)
    }

    /// A snapshot that is not there any more is an error. Anything else is no reason to have no backup.
    fn give_up(&self, refusal: Error, steps: &[BackupStep]) -> Result<()> {
        steps.iter().try_for_each(unchanged)?;
        let way = match refusal.to_string().contains("permission denied") {
            true => " ('zfs allow' gives a user hold and release)",
            false => "",
        };
        log::warn!(
            "{refusal}; nothing keeps the snapshots from being destroyed before they are stored{way}"
        );
        // Some may be held; what zfs has to say about the others is known by now.
        let _ = zfs::release(&self.tag, &listed(&self.held));
        lock(&self.held).clear();
        Ok(())
    }

    /// The step is stored, nobody needs its base any more.
    pub fn stored(&self, step: &BackupStep) {
        if let Some(base) = step.base.as_ref().and_then(Base::snapshot) {
            self.release(std::slice::from_ref(base));
        }
    }

    /// What to call when the upload of this step stays unfinished, to be gone on with: its snapshot and base stay held
    /// beyond this run.
    pub fn keeper(&self, step: &BackupStep) -> impl Fn() + Send + Sync + 'static {
        let (held, kept) = (Arc::clone(&self.held), names(step).cloned());
        let kept: Vec<Snapshot> = kept.collect();
        move || lock(&held).retain(|snapshot| !kept.contains(snapshot))
    }

    fn release(&self, snapshots: &[Snapshot]) {
        let mut ours = snapshots.to_vec();
        ours.retain(|snapshot| lock(&self.held).contains(snapshot));
        if let Err(error) = zfs::release(&self.tag, &ours) {
            log::warn!("{error}; the next backup tries again");
        }
        // Only now: a signal that comes meanwhile shall release them once more rather than cut this short.
        lock(&self.held).retain(|snapshot| !ours.contains(snapshot));
    }
}

impl Drop for Holds {
    fn drop(&mut self) {
        self.release(&listed(&self.held));
    }
}

/// Why a step could not be sent. That the pool has not what was planned, or other snapshots under those names, is seen in the
/// stream: its first record has the guids of what `zfs send` has really taken, so that nothing has to be asked before. zfs's
/// words for it, and the check's, say less than what stands under the names now.
pub fn explained(error: Error, step: &BackupStep) -> Error {
    match error.innermost() {
        Error::Stream(_) | Error::Child { .. } => match unchanged(step) {
            Err(changed) if matches!(changed.innermost(), Error::Refused(_)) => changed,
            _ => error,
        },
        _ => error,
    }
}

/// Fails unless the pool still has the step's snapshot and its base, and no others under their names.
fn unchanged(step: &BackupStep) -> Result<()> {
    let sent = zfs::expect_guid(&Host::Local, &step.snapshot, step.local.guid, "now");
    let base = step
        .base
        .as_ref()
        .map_or(Ok(()), |base| match &base.source {
            Source::Snapshot(snapshot) => {
                zfs::expect_guid(&Host::Local, snapshot, base.guid, "now")
            }
            Source::Bookmark(bookmark) => zfs::expect_marked(bookmark, base.guid),
        });
    sent.and(base)
        .map_err(|error| error.hint("what was stored before it stays; 'z3 backup' plans anew"))
}

/// What can be held: a bookmark cannot.
fn names(step: &BackupStep) -> impl Iterator<Item = &Snapshot> {
    let base = step.base.as_ref().and_then(Base::snapshot);
    std::iter::once(&step.snapshot).chain(base)
}

fn listed(held: &Mutex<BTreeSet<Snapshot>>) -> Vec<Snapshot> {
    lock(held).iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Dataset;
    use crate::send_flags::SendFlags;

    #[test]
    fn what_is_kept_is_not_released() {
        let dataset = Dataset::parse("tank/a").unwrap();
        let [base, sent, later] =
            ["1", "2", "3"].map(|name| dataset.snapshot(&name.into()).unwrap());
        let all = BTreeSet::from([base.clone(), sent.clone(), later.clone()]);
        let holds = Holds {
            tag: "z3test".into(),
            held: Arc::new(Mutex::new(all)),
            _undo: signals::on_stop(|| ()),
        };
        let step = BackupStep {
            snapshot: sent,
            local: LocalSnapshot {
                name: "2".into(),
                guid: 2,
                createtxg: None,
                creation: 0,
                referenced: 0,
                holds: 1,
            },
            base: Some(Base {
                source: Source::Snapshot(base.clone()),
                parent: base,
                guid: 1,
            }),
            flags: SendFlags::NONE,
            replaces: None,
        };
        holds.keeper(&step)();
        assert_eq!(listed(&holds.held), [later]);
        // Nothing is there to release it from.
        lock(&holds.held).clear();
    }
}
