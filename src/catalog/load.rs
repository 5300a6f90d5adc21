//! What is asked of the bucket: one listing, and the metadata of those backups that a command has to know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Catalog, Stored};
use crate::error::Result;
use crate::name::{Dataset, SnapName};
use crate::pool::Pool;
use crate::store::{Kind, StoreError};
use crate::vault::Vault;

/// Which of a dataset's backups a command has to know. Of the others it knows that they are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every one.
    All,
    /// Every one if this one is stored, as any other may build on it; else none.
    AllIfStored(SnapName),
    /// These, and all that they build on.
    Chains(Vec<SnapName>),
    /// The last of these that is stored, and all that it builds on.
    LastOf(Vec<SnapName>),
}

impl Catalog {
    /// Lists the keys of the dataset and asks for the metadata of what is in the scope. A key that is
    /// deleted between the two is no longer there and is left out. Of [all](Scope::All), those that the server does not
    /// describe stay unread; elsewhere one that is needed is an error.
    pub fn load(vault: &Vault, dataset: &Dataset, scope: &Scope) -> Result<Self> {
        let prefix = vault.keys_of(dataset);
        let listed = names(&vault.store.list(&prefix)?, &prefix)?;
        Self::of_names(vault, dataset, listed, scope)
    }

    /// The same, where the names of all that is stored are known.
    pub fn of_names(
        vault: &Vault,
        dataset: &Dataset,
        listed: BTreeSet<SnapName>,
        scope: &Scope,
    ) -> Result<Self> {
        let catalog = Self {
            dataset: dataset.clone(),
            listed,
            by_name: BTreeMap::new(),
            verdicts: BTreeMap::new(),
        };
        let mut loading = Loading::of(catalog, vault, vault.keys_of(dataset))?;
        match scope {
            Scope::All => {
                loading.all()?;
                loading.leave_unread()?;
            }
            Scope::AllIfStored(name) if loading.catalog.listed.contains(name) => {
                loading.all()?;
                loading.refused.into_values().next().map_or(Ok(()), Err)?;
            }
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
        catalog.verdicts = catalog.judged();
        Ok(catalog)
    }
}

/// The names behind the prefix. A server that lists other keys than those that were asked for may have left out others as
/// well: what is not seen would be sent again.
fn names(keys: &[String], prefix: &str) -> Result<BTreeSet<SnapName>, StoreError> {
    let name = |key: &String| {
        let name = key.strip_prefix(prefix).map(SnapName::from);
        name.ok_or_else(|| StoreError {
            act: "list".to_owned(),
            object: prefix.to_owned(),
            kind: Kind::Refused,
            code: String::new(),
            cause: format!("the server's listing has another key ({key}): it is not believed"),
            hint: None,
        })
    };
    let mut names = BTreeSet::new();
    for key in keys {
        names.insert(name(key)?);
    }
    Ok(names)
}

fn key(prefix: &str, name: &SnapName) -> String {
    format!("{prefix}{}", name.as_str())
}

/// A name, and what is stored under it.
type Described = (SnapName, Result<Option<Stored>, StoreError>);

struct Loading {
    catalog: Catalog,
    prefix: String,
    workers: usize,
    heads: Pool<SnapName, Described>,
    asked: BTreeSet<SnapName>,
    /// What was asked for on the chance that a chain leads there.
    ahead: BTreeMap<SnapName, Stored>,
    /// What the server has refused to describe.
    refused: BTreeMap<SnapName, StoreError>,
}

impl Loading {
    fn of(catalog: Catalog, vault: &Vault, prefix: String) -> Result<Self> {
        let workers = vault.workers.min(catalog.listed.len()).max(1);
        let store = Arc::clone(&vault.store);
        let begin = prefix.clone();
        let heads = Pool::new(workers, "head", move |name: SnapName| {
            let key = key(&begin, &name);
            let head = store.head(&key);
            let stored = head.map(|head| Some(Stored::new(&name, &key, head?)));
            (name, stored)
        })?;
        Ok(Self {
            catalog,
            prefix,
            workers,
            heads,
            asked: BTreeSet::new(),
            ahead: BTreeMap::new(),
            refused: BTreeMap::new(),
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

    /// Keeps what the server has refused to describe as unread, unless that is everything: then it is no oddity of theirs.
    fn leave_unread(&mut self) -> Result<()> {
        let (refused, all) = (self.refused.len(), self.catalog.listed.len());
        let Some(first) = self.refused.values().next() else {
            return Ok(());
        };
        if refused == all {
            return Err(first.clone().into());
        }
        log::warn!("{refused} of {all} objects could not be looked at, the first: {first}");
        for (name, error) in std::mem::take(&mut self.refused) {
            let key = key(&self.prefix, &name);
            let stored = Stored::unread(&name, &key, error.to_string());
            self.catalog.by_name.insert(name, stored);
        }
        Ok(())
    }

    /// A backup, and what it builds on down to a full, to a parent that is not there, or to what is known.
    fn chain(&mut self, name: &SnapName) -> Result<()> {
        let mut next = Some(name.clone());
        while let Some(name) = next.take() {
            if !self.catalog.listed.contains(&name) || self.catalog.by_name.contains_key(&name) {
                break;
            }
            if let Some(stored) = self.ahead.remove(&name) {
                next = self.catalog.parent_name(&stored).map(SnapName::from);
                self.catalog.by_name.insert(name, stored);
                continue;
            }
            if let Some(error) = self.refused.remove(&name) {
                return Err(error.into());
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
    fn ask(&mut self, name: &SnapName) {
        let guesses = (4 * self.catalog.by_name.len()).clamp(1, self.workers);
        let before = self.catalog.listed.range(..=name.clone()).rev();
        for name in before.take(guesses) {
            if self.asked.insert(name.clone()) {
                self.heads.submit(name.clone());
            }
        }
    }

    /// An object that the server refuses to describe is of no matter to a chain that it was only guessed to belong to. A
    /// server that does not answer is.
    fn take(&mut self, (name, answer): Described) -> Result<()> {
        match answer {
            Ok(Some(stored)) => drop(self.ahead.insert(name, stored)),
            Ok(None) => drop(self.catalog.listed.take(&name)),
            Err(error) if error.kind == Kind::Unknown => return Err(error.into()),
            Err(error) => drop(self.refused.insert(name, error)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
