//! What is asked of the bucket: one listing, and the metadata of those backups that a command has to know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Catalog, Stored};
use crate::error::Result;
use crate::name::Dataset;
use crate::pool::Pool;
use crate::store::{ObjectStore, StoreError};

/// Which of a dataset's backups a command has to know, by their names after the `@`. Of the others it knows that they are
/// there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every one.
    All,
    /// Every one if this one is stored, as any other may build on it; else none.
    AllIfStored(String),
    /// These, and all that they build on.
    Chains(Vec<String>),
    /// The last of these that is stored, and all that it builds on.
    LastOf(Vec<String>),
}

impl Catalog {
    /// Lists `s3_prefix` + `dataset@` and asks for the metadata of what is in the scope, `workers` at a time. A key that is
    /// deleted between the two is no longer there and is left out.
    pub fn load(
        store: &Arc<dyn ObjectStore>,
        s3_prefix: &str,
        dataset: &Dataset,
        scope: &Scope,
        workers: usize,
    ) -> Result<Self> {
        let prefix = format!("{s3_prefix}{dataset}@");
        let keys = store.list(&prefix)?.into_iter();
        let name = |key: String| key.strip_prefix(&prefix).unwrap_or(&key).to_owned();
        let catalog = Self {
            dataset: dataset.to_string(),
            listed: keys.map(name).collect(),
            ..Self::default()
        };
        let mut loading = Loading::of(catalog, store, prefix, workers)?;
        match scope {
            Scope::All => loading.all()?,
            Scope::AllIfStored(name) if loading.catalog.listed.contains(name) => loading.all()?,
            Scope::AllIfStored(_) => {}
            Scope::Chains(names) => names.iter().try_for_each(|name| loading.chain(name))?,
            Scope::LastOf(names) => {
                let mut newest_first = names.iter().rev();
                while loading.catalog.by_name.is_empty()
                    && let Some(name) = newest_first.next()
                {
                    loading.chain(name)?;
                }
            }
        }
        let mut catalog = loading.catalog;
        catalog.healths = catalog.judged();
        Ok(catalog)
    }
}

/// A name, and what is stored under it.
type Answer = Result<(String, Option<Stored>), StoreError>;

struct Loading {
    catalog: Catalog,
    workers: usize,
    heads: Pool<String, Answer>,
    asked: BTreeSet<String>,
    /// What was asked for on the chance that a chain leads there.
    ahead: BTreeMap<String, Stored>,
}

impl Loading {
    fn of(
        catalog: Catalog,
        store: &Arc<dyn ObjectStore>,
        prefix: String,
        workers: usize,
    ) -> Result<Self> {
        let workers = workers.min(catalog.listed.len()).max(1);
        let store = Arc::clone(store);
        let heads = Pool::new(workers, "head", move |name: String| {
            let key = format!("{prefix}{name}");
            let head = store.head(&key)?;
            let stored = head.map(|head| Stored::new(&name, &key, head));
            Ok((name, stored))
        })?;
        Ok(Self {
            catalog,
            workers,
            heads,
            asked: BTreeSet::new(),
            ahead: BTreeMap::new(),
        })
    }

    fn all(&mut self) -> Result<()> {
        for name in &self.catalog.listed {
            self.heads.submit(name.clone());
        }
        while let Some(answer) = self.heads.next() {
            self.take(answer)?;
        }
        self.catalog.by_name.append(&mut self.ahead);
        Ok(())
    }

    /// A backup, and what it builds on down to a full, to a parent that is not there, or to what is known.
    fn chain(&mut self, name: &str) -> Result<()> {
        let mut next = Some(name.to_owned());
        while let Some(name) = next.take() {
            if !self.catalog.listed.contains(&name) || self.catalog.by_name.contains_key(&name) {
                break;
            }
            if let Some(stored) = self.ahead.remove(&name) {
                next = self.catalog.parent_name(&stored).map(str::to_owned);
                self.catalog.by_name.insert(name, stored);
                continue;
            }
            self.ask(&name);
            if let Some(answer) = self.heads.next() {
                self.take(answer)?;
                next = Some(name);
            }
        }
        Ok(())
    }

    /// Asks for a name and for some before it: names that tell a date make a chain in their order, and asking for several
    /// at once saves round trips. Four for each link that is known, up to one for each worker.
    fn ask(&mut self, name: &str) {
        let guesses = (4 * self.catalog.by_name.len()).clamp(1, self.workers);
        let before = self.catalog.listed.range(..=name.to_owned()).rev();
        for name in before.take(guesses) {
            if self.asked.insert(name.clone()) {
                self.heads.submit(name.clone());
            }
        }
    }

    fn take(&mut self, answer: Answer) -> Result<()> {
        match answer? {
            (name, Some(stored)) => drop(self.ahead.insert(name, stored)),
            (name, None) => drop(self.catalog.listed.take(&name)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
