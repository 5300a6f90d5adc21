//! What to send.

use super::{Base, Marked, broken};
use crate::catalog::{Catalog, Scope, Stored};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName, Snapshot, Source};
use crate::selection::Selection;
use crate::send_flags::SendFlags;
use crate::zfs::{self, LocalSnapshot};

/// One send stream that becomes one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupStep {
    /// The snapshot to send.
    pub snapshot: Snapshot,
    /// What zfs knows of it.
    pub local: LocalSnapshot,
    /// What it builds on, `None` for a full.
    pub base: Option<Base>,
    /// How it is sent.
    pub flags: SendFlags,
    /// The ETag of the stored backup that this one replaces.
    pub replaces: Option<String>,
}

impl BackupStep {
    /// The backup that it builds on.
    pub fn parent(&self) -> Option<&Snapshot> {
        self.base.as_ref().map(|base| &base.parent)
    }

    /// What makes its stream.
    pub fn send(&self) -> zfs::Send<'_> {
        zfs::Send {
            snapshot: &self.snapshot,
            from: self.base.as_ref().map(|base| &base.source),
            flags: self.flags,
        }
    }

    /// The same in one spelling: a snapshot and a bookmark of it are the source of the same bytes.
    pub fn spelled(&self) -> String {
        let parent = self.parent().cloned().map(Source::Snapshot);
        let send = zfs::Send {
            from: parent.as_ref(),
            ..self.send()
        };
        send.cmd().to_string()
    }

    fn new(dataset: &Dataset, local: &LocalSnapshot, base: Option<Base>) -> Result<Self> {
        Ok(Self {
            snapshot: dataset.snapshot(&local.name)?,
            local: local.clone(),
            base,
            flags: SendFlags::NONE,
            replaces: None,
        })
    }
}

/// The snapshots that a backup is about: those in the pool that SNAPSHOT_PREFIX or SNAPSHOT_GLOB means, oldest first, up to the
/// wanted one.
pub struct Candidates<'a> {
    pub(super) dataset: &'a Dataset,
    selection: &'a Selection,
    pub(super) chain: Vec<&'a LocalSnapshot>,
    pub(super) last: &'a LocalSnapshot,
}

/// No snapshot is meant. What there is instead is often one letter away: `zfs-auto-snap_daily` of Linux is
/// `zfs-auto-snap:daily` elsewhere.
fn nothing(dataset: &Dataset, locals: &[LocalSnapshot], selection: &Selection) -> Error {
    let error = Error::refused(format!(
        "Nothing to backup for filesystem \"{dataset}\". Are you sure {}=\"{}\" is correct?",
        selection.key(),
        selection.text()
    ));
    error.hint(match locals.last() {
        Some(newest) => format!(
            "the newest snapshot is {}: {} has to match the names of those that are meant",
            dataset.full_name(&newest.name),
            selection.key()
        ),
        None => "it has no snapshot; z3 makes none: zfs-auto-snapshot, sanoid or a line of cron do"
            .to_owned(),
    })
}

impl<'a> Candidates<'a> {
    /// `wanted` is the name after the `@`, or the full name; without it the latest is meant.
    pub fn find(
        dataset: &'a Dataset,
        locals: &'a [LocalSnapshot],
        selection: &'a Selection,
        wanted: Option<&str>,
    ) -> Result<Self> {
        let matching = locals.iter().filter(|local| selection.matches(&local.name));
        let mut chain: Vec<&LocalSnapshot> = matching.collect();
        if let Some(wanted) = wanted {
            let name = dataset.own_name(wanted);
            let found = chain.iter().position(|local| local.name == name);
            let last = found.ok_or_else(|| {
                Error::refused(format!(
                    "no snapshot {} among those of {}=\"{}\"",
                    dataset.full_name(&name),
                    selection.key(),
                    selection.text()
                ))
                .hint(format!(
                    "'zfs list -t snapshot' lists what is there; {} changes what is wanted",
                    selection.flag()
                ))
            })?;
            chain.truncate(last + 1);
        }
        let none = || nothing(dataset, locals, selection);
        let last = *chain.last().ok_or_else(none)?;
        Ok(Self {
            dataset,
            selection,
            chain,
            last,
        })
    }

    /// The newest.
    pub fn last(&self) -> &'a LocalSnapshot {
        self.last
    }

    /// What the plan has to know of the bucket.
    pub fn scope(&self, full: bool) -> Scope {
        match full {
            true => Scope::AllIfStored(self.last.name.clone()),
            false => Scope::LastOf(self.chain.iter().map(|local| local.name.clone()).collect()),
        }
    }

    /// The plan of `backup --full`: one step for the wanted snapshot. It replaces a stored backup of the same name only if
    /// that cannot break a chain.
    pub fn full(&self, catalog: &Catalog) -> Result<Vec<BackupStep>> {
        let mut step = BackupStep::new(self.dataset, self.last, None)?;
        if let Some(stored) = catalog.get(&self.last.name) {
            self.replaceable(catalog, stored)?;
            step.replaces = Some(stored.head.etag.clone());
        }
        Ok(vec![step])
    }

    /// The plan of `backup`: from the newest stored snapshot that the pool still has up to the wanted one, one increment
    /// for each. On the first run the oldest goes in full. Only where the pool has none of the stored ones does the bookmark
    /// count that it may have of one.
    pub fn incremental(
        &self,
        catalog: &Catalog,
        marked: Option<&Marked>,
    ) -> Result<Vec<BackupStep>> {
        let (mut base, new) = match (self.newest_common(catalog)?, marked) {
            (Some((index, local)), _) => (Some(Base::of(self.dataset, local)?), index + 1),
            (None, Some(marked)) => (Some(self.sound(catalog, marked)?), self.new_since(marked)),
            (None, None) if self.is_stored(catalog) => return Err(self.nothing_in_common()),
            (None, None) => (None, 0),
        };
        let mut steps = Vec::new();
        for local in self.chain.iter().skip(new) {
            let next = Base::of(self.dataset, local)?;
            steps.push(BackupStep::new(self.dataset, local, base.replace(next))?);
        }
        Ok(steps)
    }

    /// Whether there are backups, and the pool has the snapshot of none of them.
    pub fn is_cut_off(&self, catalog: &Catalog) -> Result<bool> {
        Ok(self.newest_common(catalog)?.is_none() && self.is_stored(catalog))
    }

    /// The newest of the stored ones, unless the pool has none of them.
    pub fn stored(&self, catalog: &Catalog) -> Result<Option<&'a LocalSnapshot>> {
        let newest = self.newest_common(catalog)?;
        Ok(newest.map(|(_, local)| local))
    }

    fn is_stored(&self, catalog: &Catalog) -> bool {
        catalog.names().any(|name| self.means(name))
    }

    /// Under a name that no snapshot can have there is no backup.
    pub(super) fn means(&self, name: &SnapName) -> bool {
        self.selection.matches(name) && self.dataset.may_have(name)
    }

    fn nothing_in_common(&self) -> Error {
        Error::refused(format!(
            "no snapshot of {} up to @{} is both stored and still in the pool: an incremental has nothing to start from",
            self.dataset, self.last.name
        ))
        .hint("'z3 backup --full' starts a new chain")
    }

    /// The newest candidate that is stored, and its index. A stored backup that is broken, or that is another snapshot under the
    /// same name, stops everything.
    fn newest_common(&self, catalog: &Catalog) -> Result<Option<(usize, &'a LocalSnapshot)>> {
        for (index, local) in self.chain.iter().copied().enumerate().rev() {
            if let Some(stored) = catalog.get(&local.name) {
                same_snapshot(self.dataset, stored, local)?;
                return match broken(catalog, stored) {
                    None => Ok(Some((index, local))),
                    Some(error) => Err(anew(error)),
                };
            }
        }
        Ok(None)
    }

    /// `--full` over a stored backup: the same snapshot may be sent again, and anything that no other backup hangs on.
    fn replaceable(&self, catalog: &Catalog, stored: &Stored) -> Result<()> {
        // On a receipt's word alone nothing is replaced.
        let same = stored.label.guid == Some(self.last.guid) && !stored.is_hearsay();
        match catalog.children_of(&stored.name).next() {
            Some(child) if !same => Err(Error::refused(format!(
                "{} is stored already and {} is an increment on it: overwriting could break that chain",
                catalog.full_name(stored),
                catalog.full_name(child)
            ))
            .hint("'z3 backup --full' of a later snapshot starts a new chain and overwrites nothing")),
            _ => Ok(()),
        }
    }
}

/// Fails if the stored backup that the first step builds on cannot be restored, as is known by now.
pub fn expect_base(catalog: &Catalog, steps: &[BackupStep]) -> Result<()> {
    let parent = steps.first().and_then(BackupStep::parent);
    let stored = parent.and_then(|parent| catalog.get(parent.name()));
    let problem = stored.and_then(|stored| broken(catalog, stored));
    problem.map_or(Ok(()), |error| Err(anew(error)))
}

pub(super) fn anew(error: Error) -> Error {
    error.hint("'z3 status' shows the chain; 'z3 backup --full' starts a new one")
}

fn same_snapshot(dataset: &Dataset, stored: &Stored, local: &LocalSnapshot) -> Result<()> {
    if stored.label.may_be(local.guid) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{} is stored with guid {}, but the pool's snapshot of that name has guid {}: another snapshot",
        dataset.full_name(&local.name),
        stored.label.guid.unwrap_or_default(),
        local.guid
    ))
    .hint("'z3 backup --full' of a later snapshot starts a new chain and overwrites nothing"))
}
