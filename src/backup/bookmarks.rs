//! Bookmarks as bases (`BOOKMARKS`): the snapshot that the next increment starts from may be destroyed once it is stored.
//!
//! Responsible for the one bookmark that the runs into a bucket leave, of the newest snapshot that is stored there, and for the
//! question whether one may take the place of a snapshot that is gone. A zfs without bookmarks, or one that refuses, costs
//! a notice: what else a run does is the same. Not responsible for when a bookmark is wanted ([`crate::plan`]).

use crate::catalog::{Catalog, Scope};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::plan::{Candidates, Marked};
use crate::run::Run;
use crate::zfs::{self, LocalBookmark, LocalSnapshot, Past};

/// What the runs into this bucket have left on the dataset.
pub struct Bookmarks {
    dataset: Dataset,
    /// `z3-`, and what the tag of the holds has, too.
    tag: String,
    /// The oldest snapshot's first; `None` where nothing is to be tried, or not again.
    own: Option<Vec<LocalBookmark>>,
}

impl Bookmarks {
    /// Looks for them. Others' are none of them, whatever their names.
    pub fn find(run: &Run<'_>) -> Self {
        let settings = run.settings;
        let mut bookmarks = Self::none(settings);
        let listed = settings
            .send
            .bookmarks
            .then(|| zfs::list_bookmarks(&settings.dataset));
        match listed {
            None => {}
            // It is so in every run, and nothing can be done about it.
            Some(Err(error)) if zfs::has_no_bookmarks(&error) => {
                log::debug!("no bookmark is left of what is stored: this zfs has none");
            }
            Some(Err(error)) => {
                log::info!("no bookmark is left of what is stored: {}", brief(&error))
            }
            Some(Ok(all)) => bookmarks.take(all),
        }
        bookmarks
    }

    /// Whether a run has to leave one of this snapshot, which is stored, or to take away others. Where there are none, it has
    /// nothing to do.
    pub fn lack(settings: &Settings, stored: &LocalSnapshot) -> bool {
        let mut bookmarks = Self::none(settings);
        if settings.send.bookmarks
            && let Ok(all) = zfs::list_bookmarks(&settings.dataset)
        {
            bookmarks.take(all);
        }
        bookmarks.are_behind(stored)
    }

    fn none(settings: &Settings) -> Self {
        Self {
            dataset: settings.dataset.clone(),
            tag: format!("z3-{}", settings.store.destination_id("")),
            own: None,
        }
    }

    /// Keeps its own of all that there are.
    fn take(&mut self, mut all: Vec<LocalBookmark>) {
        all.retain(|one| {
            let own = self.dataset.bookmark(&self.name_of(one.guid));
            own.is_ok_and(|own| own == one.bookmark)
        });
        self.own = Some(all);
    }

    /// What [`moved`](Self::moved) would change.
    fn are_behind(&self, stored: &LocalSnapshot) -> bool {
        let (Some(own), Some(createtxg)) = (&self.own, stored.createtxg) else {
            return false;
        };
        own.len() > 1 || own.last().is_none_or(|last| last.createtxg < createtxg)
    }

    fn name_of(&self, guid: u64) -> String {
        format!("{}-{guid:016x}", self.tag)
    }

    /// This snapshot is stored, and is there. The bookmark before it goes only when the new one has come, and never back to an
    /// older snapshot.
    pub fn advance(&mut self, stored: &LocalSnapshot) {
        if let Err(error) = self.moved(stored) {
            log::info!("no bookmark is left of what is stored: {}", brief(&error));
            self.own = None;
        }
    }

    fn moved(&mut self, stored: &LocalSnapshot) -> Result<()> {
        let name = self.name_of(stored.guid);
        let (Some(own), Some(createtxg)) = (&mut self.own, stored.createtxg) else {
            return Ok(());
        };
        if own.last().is_none_or(|last| last.createtxg < createtxg) {
            let bookmark = self.dataset.bookmark(&name)?;
            zfs::bookmark(&self.dataset.snapshot(&stored.name)?, &bookmark)?;
            own.push(LocalBookmark {
                bookmark,
                guid: stored.guid,
                createtxg,
            });
        }
        while own.len() > 1 {
            zfs::destroy_bookmark(&own.remove(0).bookmark)?;
        }
        Ok(())
    }
}

/// Without the usage that a zfs prints which has no bookmarks.
fn brief(error: &Error) -> String {
    error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The bookmark that increments can start from, where the pool has no snapshot for it. The catalog knows all backups then.
pub fn base(
    run: &Run<'_>,
    locals: &[LocalSnapshot],
    candidates: &Candidates<'_>,
    catalog: &mut Catalog,
) -> Result<Option<Marked>> {
    if !run.settings.send.bookmarks || !candidates.is_cut_off(catalog)? {
        return Ok(None);
    }
    let bookmarks = zfs::list_bookmarks(&run.settings.dataset).unwrap_or_else(|error| {
        log::info!("no bookmark can be a base: {}", brief(&error));
        Vec::new()
    });
    if bookmarks.is_empty() {
        return Ok(None);
    }
    *catalog = run.catalog(locals, &Scope::All)?;
    let marked = candidates.marked(catalog, &bookmarks)?;
    Ok(marked.filter(|marked| is_sound(&run.settings.dataset, locals, marked)))
}

/// Whether all of the dataset came about on top of what the bookmark marks; why not, in a warning.
fn is_sound(dataset: &Dataset, locals: &[LocalSnapshot], marked: &Marked) -> bool {
    let LocalBookmark {
        bookmark,
        guid,
        createtxg,
    } = &marked.bookmark;
    let past = match locals.iter().any(|local| local.guid == *guid) {
        // It is there, under a name that is not meant.
        true => Ok(Past::Straight),
        false => zfs::past(dataset, *createtxg),
    };
    let name = marked.name();
    let problem = match past {
        Ok(Past::Straight) => {
            log::info!("@{name} is stored and gone from the pool: its bookmark {bookmark} is the base");
            return true;
        }
        Ok(Past::WentBack) => format!("{dataset} may have gone back behind it (by a rollback or zfs receive -F)"),
        Ok(Past::Renamed) => format!("{dataset} had another name then, and may have gone back behind it"),
        Ok(Past::Forgotten) => "zpool history -i does not reach back to it, so that nobody knows whether the dataset went back behind it".to_owned(),
        Err(error) => format!("nobody knows whether the dataset went back behind it: {error}"),
    };
    log::warn!("{bookmark} marks @{name}, which is stored, but is no base: {problem}");
    false
}
