//! What has to be known before anything may go: all of it, or nothing goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Plan, PruneRequest, pins, same_time};
use crate::catalog::{Catalog, Health, Scope, Stored, epoch_seconds};
use crate::error::{Error, Result};
use crate::name::SnapName;
use crate::note::{Claim, claims};
use crate::order::gathered;
use crate::pool::Pool;
use crate::retention::{self, Known, RetentionView};
use crate::run::Run;
use crate::terminal::plain;
use crate::zfs::{self, Host, LocalSnapshot};

/// What is stored, and what else counts.
pub struct PruneSurvey {
    catalog: Catalog,
    known: Known,
    /// Seconds since 1970, by the server's clock.
    now: u64,
    /// What is being sent.
    pub claims: Vec<Claim>,
}

impl PruneSurvey {
    /// Looks at everything. What is being stored comes last: it counts until the very moment of the decision.
    pub fn of(run: &Run<'_>, request: &PruneRequest) -> Result<Self> {
        let (vault, dataset) = (run.vault, &run.settings.dataset);
        let locals = locals(run)?;
        let mut catalog = run.catalog(&locals, &Scope::All)?;
        let healthy = catalog.iter().filter(|it| catalog.health(it) == Health::Ok);
        let names: Vec<SnapName> = healthy.map(|stored| stored.name.clone()).collect();
        catalog.learn_creations(vault, &names)?;
        same_time(vault.store.as_ref())?;
        let now = epoch_seconds(vault.store.now());
        let guids = locals.into_iter().map(|local| (local.name, local.guid));
        let known = Known {
            locals: gathered(guids),
            pinned: pins::pinned(vault, dataset)?,
            in_use: BTreeSet::new(),
        };
        let mut survey = Self {
            catalog,
            known,
            now,
            claims: Vec::new(),
        };
        survey.look_at_newest(run, request)?;
        survey.readable()?;
        survey.look_at_kept(run, request)?;
        if request.broken {
            survey.missing_for_good(run)?;
        }
        survey.claims = claims(vault, &vault.keys_of(dataset))?;
        survey.known.in_use = survey.in_use(run)?;
        Ok(survey)
    }

    /// The decision.
    pub fn plan(&self, run: &Run<'_>, request: &PruneRequest) -> Plan {
        let (objects, retention) = (self.objects(run, request), &run.settings.retention);
        Plan {
            pruning: retention::prune(&objects, retention, self.now),
            with_monthly_fulls: retention::with_monthly_fulls(&objects, retention, self.now),
            catalog: self.catalog.clone(),
            objects,
        }
    }

    fn objects(&self, run: &Run<'_>, request: &PruneRequest) -> Vec<retention::Object> {
        let view = RetentionView {
            selection: &run.settings.snapshots,
            min_days: run.settings.retention.min_days,
            early: request.early,
            broken: request.broken,
            now: self.now,
        };
        retention::objects(&self.catalog, &self.known, &view)
    }

    /// Looks at the first bytes of the newest and of what it builds on: all others may go because it is good. If one is not,
    /// another is the newest then. As long as nobody could restore the newest, nothing else goes.
    fn look_at_newest(&mut self, run: &Run<'_>, request: &PruneRequest) -> Result<()> {
        let chain = self.look_at(run, request, |objects, now| {
            retention::newest_chain(objects, now)
        })?;
        self.given(&chain, "which the newest backup needs")
    }

    /// The same of all that stays where others go: of a day or a month only one is kept, which has to be good then.
    fn look_at_kept(&mut self, run: &Run<'_>, request: &PruneRequest) -> Result<()> {
        let kept = self.look_at(run, request, |objects, now| {
            retention::stand_ins(objects, &run.settings.retention, now)
        })?;
        self.given(&kept, "which is kept where others go")
    }

    /// Looks at the first bytes of those that are chosen, until all have been seen: what is seen may change the choice.
    fn look_at(
        &mut self,
        run: &Run<'_>,
        request: &PruneRequest,
        choose: impl Fn(&[retention::Object], u64) -> Vec<SnapName>,
    ) -> Result<Vec<SnapName>> {
        loop {
            let chosen = choose(&self.objects(run, request), self.now);
            let known = |name: &SnapName| {
                let stored = self.catalog.get(name);
                stored.is_none_or(|stored| stored.first.is_some())
            };
            let unseen = chosen.iter().filter(|name| !known(name)).cloned();
            let unseen: Vec<SnapName> = unseen.collect();
            if unseen.is_empty() {
                return Ok(chosen);
            }
            self.catalog.look(run.vault, &unseen)?;
        }
    }

    /// Fails if the server keeps back the bytes of one of these.
    fn given(&self, names: &[SnapName], role: &str) -> Result<()> {
        let links = names.iter().filter_map(|name| self.catalog.get(name));
        let mut withheld = links.filter_map(|link| Some((link, link.withheld()?)));
        let Some((link, why)) = withheld.next() else {
            return Ok(());
        };
        Err(Error::refused(format!(
            "{}, {role}, cannot be read, nothing was deleted: {}",
            plain(&link.key),
            plain(why)
        )))
    }

    /// Fails if something is stored of which nobody knows what it builds on.
    fn readable(&self) -> Result<()> {
        let unknown = |stored: &&Stored| self.catalog.is_unknown(stored);
        let Some(first) = self.catalog.iter().find(unknown) else {
            return Ok(());
        };
        Err(Error::refused(format!(
            "what {} builds on is not known, nothing was deleted: {}",
            plain(&first.key),
            self.catalog.reason(first)
        ))
        .hint("make it readable, or delete it by hand if it is no backup"))
    }

    /// Fails if a parent that is missing is there after all: what builds on it was broken by a fault of the listing, and for a
    /// moment.
    fn missing_for_good(&self, run: &Run<'_>) -> Result<()> {
        let missing = |it: &&Stored| self.catalog.health(it) == Health::MissingParent;
        let broken = self.catalog.iter().filter(missing);
        let dataset = &run.settings.dataset;
        let parents = broken.filter_map(|it| it.label.parent.as_ref()?.name_in(dataset));
        let snapshots = parents.filter_map(|name| dataset.snapshot(&name.into()).ok());
        let keys: BTreeSet<String> = gathered(snapshots.map(|snapshot| run.vault.key(&snapshot)));
        let store = Arc::clone(&run.vault.store);
        let workers = run.vault.workers.min(keys.len());
        let mut heads = Pool::new(workers, "head", move |key: String| {
            store.head(&key).map(|head| head.map(|_| key))
        })?;
        keys.into_iter().for_each(|key| heads.submit(key));
        for there in heads {
            if let Some(key) = there? {
                return Err(Error::refused(format!(
                    "{key} was not there when it was looked for, and is there now: nothing was deleted"
                ))
                .hint("run it again; if that helps nothing, the server's listing lacks it"));
            }
        }
        Ok(())
    }

    /// What uploads build on that are under way, and what was stored since the first look.
    fn in_use(&self, run: &Run<'_>) -> Result<BTreeSet<SnapName>> {
        let dataset = &run.settings.dataset;
        let alive = self.claims.iter().filter(|claim| !claim.over);
        let bases = alive.filter_map(|claim| claim.base.as_ref()?.name_in(dataset));
        let mut in_use: BTreeSet<SnapName> = gathered(bases.map(SnapName::from));
        let again = Catalog::load(run.vault, dataset, &Scope::Chains(Vec::new()))?;
        let known: BTreeSet<&SnapName> = gathered(self.catalog.names());
        let new = again.names().filter(|name| !known.contains(name));
        let new: Vec<SnapName> = new.cloned().collect();
        if !new.is_empty() {
            let chains = Catalog::load(run.vault, dataset, &Scope::Chains(new.clone()))?;
            let stored = new.iter().filter_map(|name| chains.get(name));
            let bases = stored.filter_map(|stored| chains.parent_of(stored));
            in_use.extend(bases.map(|base| base.name.clone()));
        }
        Ok(in_use)
    }
}

/// The pool's snapshots. A machine without zfs has none; a zfs that fails leaves it unknown which base the next backup needs.
fn locals(run: &Run<'_>) -> Result<Vec<LocalSnapshot>> {
    match zfs::list_snapshots(&Host::Local, &run.settings.dataset) {
        Err(error @ Error::Missing { .. }) => {
            log::info!("{error}: only what is stored counts");
            Ok(Vec::new())
        }
        answered => answered,
    }
}
