//! What was seen of the backups of one dataset.

use crate::catalog::{Catalog, Creation, Health, Stored};
use crate::name::SnapName;
use crate::selection::Selection;

/// A snapshot that was made so much later than now cannot be: a clock is wrong.
const CLOCKS: u64 = 24 * 3600;

/// The newest snapshot of the pool that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestLocal {
    /// Its name.
    pub name: SnapName,
    /// When it was made, in seconds since 1970.
    pub creation: u64,
    /// Its backup is healthy.
    pub stored: bool,
}

/// What was seen of the backups of one dataset: of those that are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The server's time, in seconds since 1970.
    pub now: u64,
    /// The newest that can be restored, of those that cannot be of the future.
    pub newest: Option<(SnapName, Creation)>,
    /// Why the bytes of the newest could not be read, if the server keeps them back.
    pub withheld: Option<String>,
    /// One that can be restored, and that says that it is of the future.
    pub future: Option<SnapName>,
    /// How many can be restored.
    pub healthy: usize,
    /// How many cannot.
    pub broken: usize,
    /// How many of these nobody could look at.
    pub unread: usize,
    /// The newest that cannot be restored, if it is newer than the newest that can, with the reason.
    pub newer_broken: Option<String>,
    /// The length of all their objects.
    pub stored_bytes: u64,
    /// How many backups are needed to restore the newest.
    pub chain: usize,
    /// Unfinished uploads, and how many of them nothing was added to for longer than the limit; `None` if they cannot be seen.
    pub uploads: Option<(usize, usize)>,
    /// The newest of the pool, if that was looked at, or why it could not be; `None` in it if there is none.
    pub pool: Option<Result<Option<NewestLocal>, String>>,
}

impl Seen {
    /// What the catalog has.
    pub fn of(catalog: &Catalog, selection: &Selection, now: u64) -> Self {
        let mut seen = Self {
            now,
            ..Self::default()
        };
        let (mut newest, mut newest_broken) = (None, None);
        for stored in catalog.iter().filter(|one| selection.matches(&one.name)) {
            seen.stored_bytes = seen.stored_bytes.saturating_add(stored.head.size_bytes);
            let health = catalog.health(stored);
            match (health, stored.creation()) {
                (Health::Ok, made) if made.is_some_and(|made| is_future(made.seconds, now)) => {
                    seen.healthy += 1;
                    seen.future = Some(stored.name.clone());
                }
                (Health::Ok, made) => {
                    seen.healthy += 1;
                    newer(&mut newest, stored, made);
                }
                (_, made) => {
                    seen.broken += 1;
                    seen.unread += usize::from(health == Health::Unread);
                    newer(&mut newest_broken, stored, made);
                }
            }
        }
        let seconds = |one: &Option<(&Stored, Creation)>| one.map(|(_, made)| made.seconds);
        if let Some((broken, _)) =
            newest_broken.filter(|_| seconds(&newest_broken) > seconds(&newest))
        {
            seen.newer_broken = Some(format!("@{}: {}", broken.name, catalog.reason(broken)));
        }
        seen.chain = newest.map_or(0, |(stored, _)| catalog.depth(stored));
        let withheld = newest.and_then(|(stored, _)| stored.withheld());
        seen.withheld = withheld.map(str::to_owned);
        seen.newest = newest.map(|(stored, made)| (stored.name.clone(), made));
        seen
    }

    /// When the newest was made; where all are broken that was long ago, as what a former run has said would keep an alert quiet.
    /// `None`: who knows, or nothing was ever stored, as `ALLOW_EMPTY` has it.
    pub fn newest_or_never(&self) -> Option<u64> {
        let newest = self.newest.as_ref().map(|(_, made)| made.seconds);
        let all_broken = self.broken > 0 && self.unread == 0 && self.future.is_none();
        newest.or(all_broken.then_some(0))
    }

    /// How old the newest is, in seconds.
    pub fn age(&self) -> Option<u64> {
        let (_, made) = self.newest.as_ref()?;
        Some(self.now.saturating_sub(made.seconds))
    }
}

fn newer<'a>(newest: &mut Option<(&'a Stored, Creation)>, one: &'a Stored, made: Option<Creation>) {
    if let Some(made) = made
        && newest.is_none_or(|(_, before)| made.seconds >= before.seconds)
    {
        *newest = Some((one, made));
    }
}

/// Whether no snapshot can have been made then, whatever the clocks of the hosts.
pub fn is_future(seconds: u64, now: u64) -> bool {
    seconds > now.saturating_add(CLOCKS)
}
