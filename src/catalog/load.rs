//! What is asked of the bucket: one listing, and the metadata of those backups that a command has to know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Catalog, Stored};
use crate::error::Result;
use crate::name::Dataset;
use crate::pool::Pool;
use crate::store::{Head, ObjectStore, StoreError};

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

/// A name and what HEAD said.
type Answer = Result<(String, Option<Head>), StoreError>;

struct Loading {
    catalog: Catalog,
    prefix: String,
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
        let (store, begin) = (Arc::clone(store), prefix.clone());
        let heads = Pool::new(workers, "head", move |name: String| {
            let head = store.head(&format!("{begin}{name}"))?;
            Ok((name, head))
        })?;
        Ok(Self {
            catalog,
            prefix,
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
            (name, Some(head)) => {
                let stored = Stored::new(&name, &format!("{}{name}", self.prefix), head);
                self.ahead.insert(name, stored);
            }
            (name, None) => {
                self.catalog.listed.remove(&name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::catalog::Health;
    use crate::store::memory::{Fault, MemoryStore};

    const PREFIX: &str = "z3-backup/pool/fs@";

    /// Backups as (name, parent); an empty parent makes a full.
    fn store_of(backups: &[(&str, &str)]) -> MemoryStore {
        let store = MemoryStore::new();
        for (name, parent) in backups {
            let parent = format!("pool/fs@{parent}");
            let metadata = match parent.as_str() {
                "pool/fs@" => ("isfull", "true"),
                parent => ("parent", parent),
            };
            store.insert(&format!("{PREFIX}{name}"), &[metadata], b"x");
        }
        store
    }

    /// The catalog, and the names that were asked for.
    fn load(store: MemoryStore, scope: &Scope, workers: usize) -> (Catalog, Vec<String>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let store: Arc<dyn ObjectStore> = Arc::new(store.with_faults(move |call| {
            if call.verb == "head" {
                let name = call.key.strip_prefix(PREFIX).unwrap();
                seen.lock().unwrap().push(name.to_owned());
                if name.starts_with("gone") {
                    return Fault::Gone;
                }
            }
            Fault::None
        }));
        let dataset = Dataset::parse("pool/fs").unwrap();
        let catalog = Catalog::load(&store, "z3-backup/", &dataset, scope, workers).unwrap();
        let mut asked = asked.lock().unwrap().clone();
        asked.sort();
        (catalog, asked)
    }

    fn names(catalog: &Catalog) -> String {
        let names: Vec<&str> = catalog.iter().map(|stored| stored.name.as_str()).collect();
        names.join(" ")
    }

    fn of(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn the_metadata_of_old_and_new_objects() {
        let store = MemoryStore::new();
        let old = [("is_full", "true"), ("size", "1234")];
        let new = [("parent", "pool/fs@a"), ("guid", "18446744073709551615")];
        store.insert("z3-backup/pool/fs@a", &old, b"x");
        store.insert("z3-backup/pool/fs@b", &new, b"x");
        store.insert("z3-backup/pool/fs2@a", &[("isfull", "true")], b"x");
        let (catalog, _) = load(store, &Scope::All, 4);
        assert_eq!(names(&catalog), "a b");
        let (a, b) = (catalog.get("a").unwrap(), catalog.get("b").unwrap());
        let of = |stored: &Stored| {
            let size = stored.size_bytes().unwrap();
            (stored.full, size, stored.guid)
        };
        assert_eq!(of(a), (true, Some(1234), None));
        assert_eq!(of(b), (false, None, Some(u64::MAX)));
        assert_eq!(catalog.parent_of(b), Some(a));
        assert_eq!(catalog.children_of("a").count(), 1);
    }

    #[test]
    fn a_key_that_vanishes_between_list_and_head_is_left_out() {
        let (catalog, _) = load(store_of(&[("gone", ""), ("b", "")]), &Scope::All, 4);
        assert_eq!(names(&catalog), "b");
        assert!(catalog.get("gone").is_none() && catalog.names().eq(["b"]));
    }

    #[test]
    fn a_scope_is_what_is_asked_for_and_what_it_builds_on() {
        let backups = [
            ("a1", ""),
            ("a2", "a1"),
            ("a3", "a2"),
            ("b1", ""),
            ("b2", "b1"),
            ("c", "gone"),
            ("gone", "a1"),
            ("x", "y"),
            ("y", "x"),
            ("z", "none"),
        ];
        for (scope, loaded, most) in [
            (Scope::Chains(of(&["a2"])), "a1 a2", 2),
            (Scope::Chains(of(&["a3", "b2"])), "a1 a2 a3 b1 b2", 5),
            (Scope::Chains(of(&["x"])), "x y", 5),
            (Scope::Chains(of(&["z", "nowhere"])), "z", 1),
            (Scope::Chains(of(&["c"])), "c", 5),
            (Scope::LastOf(of(&["a1", "b2", "gone", "new"])), "b1 b2", 6),
            (Scope::LastOf(of(&["new"])), "", 0),
            (Scope::AllIfStored("new".to_owned()), "", 0),
        ] {
            for workers in [1, 8] {
                let (catalog, asked) = load(store_of(&backups), &scope, workers);
                assert_eq!(names(&catalog), loaded, "{scope:?}");
                assert!(asked.len() <= most, "{scope:?}: {asked:?}");
                let others = catalog.names().filter(|name| *name != "gone");
                assert_eq!(others.count(), 9, "{scope:?}");
            }
        }
        let scope = Scope::AllIfStored("a2".to_owned());
        let (catalog, _) = load(store_of(&backups), &scope, 8);
        assert_eq!(names(&catalog), "a1 a2 a3 b1 b2 c x y z");
    }

    /// Whatever the chain, what is left out changes no verdict on it.
    #[test]
    fn a_chain_by_itself_is_as_healthy_as_among_all() {
        let backups = [
            ("1", ""),
            ("2", "1"),
            ("3", "8"),
            ("4", "none"),
            ("5", "4"),
            ("6", "7"),
            ("7", "6"),
            ("8", "2"),
            ("9", "7"),
        ];
        let (all, _) = load(store_of(&backups), &Scope::All, 3);
        for (name, _) in backups {
            let (one, _) = load(store_of(&backups), &Scope::Chains(of(&[name])), 3);
            for stored in one.iter() {
                assert_eq!(one.health(stored), all.health(stored), "{name}");
            }
        }
        assert_eq!(all.health(all.get("3").unwrap()), Health::Ok);
    }

    #[test]
    fn a_long_chain_takes_few_guesses_in_vain() {
        let all: Vec<(String, String)> = (0..1000)
            .map(|number| {
                let parent = match number % 100 {
                    0 => String::new(),
                    _ => format!("{:04}", number - 1),
                };
                (format!("{number:04}"), parent)
            })
            .collect();
        let backups: Vec<(&str, &str)> = all.iter().map(|(name, of)| (&**name, &**of)).collect();
        for (name, links) in [("0999", 100), ("0500", 1), ("0501", 2), ("0507", 8)] {
            let (catalog, asked) = load(store_of(&backups), &Scope::Chains(of(&[name])), 32);
            assert_eq!(catalog.iter().count(), links);
            let most = links + (4 * links).min(31);
            assert!(asked.len() <= most, "{name}: {}", asked.len());
        }
    }
}
