//! The backup of a time: what has to be known of all backups to find it.

use crate::calendar::{When, show};
use crate::catalog::{Creation, Scope, epoch_seconds};
use crate::error::{Error, Result};
use crate::name::SnapName;
use crate::recovery::{Newest, newest_at, not_yet};
use crate::run::Run;

/// A backup that was chosen by its time.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its name.
    pub name: SnapName,
    /// Its guid, if that is known.
    pub guid: Option<u64>,
    /// When its snapshot was made.
    pub made: Creation,
}

/// What there is of a time.
#[derive(Debug)]
pub enum OfTime {
    /// The newest backup.
    Newest(Chosen),
    /// None yet, in words: all that can be restored are newer.
    NotYet(Error),
}

/// The newest backup of a time that can be restored. Its own first bytes are looked at, as anybody may have written what its
/// metadata say: what they show may make it another one.
pub fn newest(run: &Run<'_>, at: When) -> Result<OfTime> {
    let dataset = &run.settings.dataset;
    let mut catalog = run.catalog(&[], &Scope::All)?;
    let at = at.seconds(epoch_seconds(run.vault.store.now()));
    let names: Vec<SnapName> = catalog.names().cloned().collect();
    catalog.learn_creations(run.vault, &names)?;
    for _ in &names {
        let newest = newest_at(dataset, &catalog, at)?.map(|newest| newest.stored);
        let Some(stored) = newest.filter(|stored| stored.first.is_none()) else {
            break;
        };
        let name = stored.name.clone();
        catalog.look(run.vault, &[name])?;
    }
    let Some(Newest {
        stored,
        made,
        broken,
    }) = newest_at(dataset, &catalog, at)?
    else {
        return Ok(OfTime::NotYet(not_yet(dataset, &catalog, at)));
    };
    if let Some(broken) = broken {
        let (name, reason) = (&broken.name, catalog.reason(broken));
        log::warn!(
            "@{name}, which is nearer to {}, cannot be restored: {reason}",
            show(at)
        );
    }
    Ok(OfTime::Newest(Chosen {
        name: stored.name.clone(),
        guid: stored.label.guid,
        made,
    }))
}
