//! Of many datasets, those for which there is nothing to do, found out before they have their turn: several at a time, by one
//! listing of all that their keys have in common.
//!
//! Responsible for being sure of it. The listing only saves to ask again: every object that is to be there is asked for anew, and
//! whatever is out of the ordinary, new, or not known is left to the run of the dataset, which makes a listing of its own. So
//! nothing is planned, sent or told by what is found out here. Not responsible for what a run decides ([`crate::backup`]).

mod common;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::iter;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::names;

use crate::backup::{Bookmarks, UpToDate};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::error::Result;
use crate::name::{Dataset, SnapName};
use crate::plan::Candidates;
use crate::pool::Pool;
use crate::vault::Vault;
use crate::zfs::{self, Host};

/// So many datasets are looked at ahead of the one that has its turn.
const LOOKS: usize = 8;
/// What was found out longer ago is not believed: the run of one dataset may take hours.
const FRESH: Duration = Duration::from_secs(60);

/// A dataset, and the bucket of its backups.
#[derive(Clone)]
pub struct Destination {
    /// All settings of the dataset.
    pub settings: Settings,
    /// The bucket.
    pub vault: Vault,
}

/// Who looks ahead.
pub struct Ahead {
    /// Those that nobody has looked at, in the order of their turns.
    later: VecDeque<Destination>,
    /// One had its turn.
    begun: bool,
    looks: Option<Looks>,
}

impl Ahead {
    /// For datasets that will have their turns in this order.
    pub fn of(places: impl IntoIterator<Item = Destination>) -> Self {
        Self {
            later: places.into_iter().collect(),
            begun: false,
            looks: None,
        }
    }

    /// Whether there is nothing to do for a dataset that has its turn now, if that is known. The run of the first one shows
    /// whether there is a bucket that answers: nobody waits for it twice.
    pub fn up_to_date(&mut self, dataset: &Dataset) -> Option<UpToDate> {
        if std::mem::replace(&mut self.begun, true) && self.looks.is_none() && self.later.len() > 1
        {
            self.looks = Looks::begin(self.later.make_contiguous());
        }
        let Some(looks) = &mut self.looks else {
            self.later
                .retain(|place| place.settings.dataset != *dataset);
            return None;
        };
        looks.fill(&mut self.later);
        let seen = looks.take(dataset);
        looks.fill(&mut self.later);
        seen
    }
}

/// The datasets that are being looked at.
struct Looks {
    pool: Pool<Look, Learned>,
    asked: VecDeque<Dataset>,
    names: BTreeMap<Dataset, BTreeSet<SnapName>>,
}

/// A dataset to look at, and the names of what is stored of it.
type Look = (Destination, BTreeSet<SnapName>);
/// Since when it is known what.
type Learned = (Instant, Option<UpToDate>);

impl Looks {
    fn begin(places: &[Destination]) -> Option<Self> {
        let pool = Pool::new(LOOKS, "look ahead", |(place, names): Look| {
            let (since, dataset) = (Instant::now(), &place.settings.dataset);
            let seen = look(&place, names);
            let seen = seen.inspect_err(|error| log::debug!("{dataset}: {error}"));
            (since, seen.ok().flatten())
        });
        Some(Self {
            pool: pool.ok()?,
            asked: VecDeque::new(),
            names: names(places),
        })
    }

    /// Those of whose backups the names are known are looked at, a few ahead.
    fn fill(&mut self, later: &mut VecDeque<Destination>) {
        while self.asked.len() < LOOKS
            && let Some(place) = later.pop_front()
        {
            let dataset = place.settings.dataset.clone();
            if let Some(names) = self.names.remove(&dataset) {
                self.asked.push_back(dataset);
                self.pool.submit((place, names));
            }
        }
    }

    /// What was seen of a dataset. Those before it had their turns without asking.
    fn take(&mut self, dataset: &Dataset) -> Option<UpToDate> {
        let at = self.asked.iter().position(|asked| asked == dataset)?;
        self.asked.drain(..=at);
        let (since, seen) = iter::from_fn(|| self.pool.next_in_order()).nth(at)?;
        seen.filter(|_| since.elapsed() < FRESH)
    }
}

/// Whether there is nothing to do, as far as that can be seen without doing it.
fn look(place: &Destination, names: BTreeSet<SnapName>) -> Result<Option<UpToDate>> {
    let Destination { settings, vault } = place;
    let locals = zfs::list_snapshots(&Host::Local, &settings.dataset)?;
    let candidates = Candidates::find(&settings.dataset, &locals, &settings.snapshots, None)?;
    // What an earlier run may have left held is for the next one to release.
    let newest = candidates.last();
    if locals.iter().any(|local| local.holds > 0) || !names.contains(&newest.name) {
        return Ok(None);
    }
    let mut vault = vault.clone();
    vault.store = Arc::clone(&vault.aside);
    vault.workers = (vault.workers / LOOKS).max(1);
    let scope = candidates.scope(false);
    let mut catalog = Catalog::of_names(&vault, &settings.dataset, names, &scope)?;
    catalog.learn(&vault, &locals)?;
    catalog.look(&vault, std::slice::from_ref(&newest.name))?;
    let nothing =
        catalog.lacking().is_empty() && candidates.incremental(&catalog, None)?.is_empty();
    // Whoever stored it may have been killed before it left a bookmark.
    let nothing = nothing && !Bookmarks::lack(settings, newest);
    Ok(nothing.then_some(UpToDate {
        newest: newest.creation,
    }))
}
