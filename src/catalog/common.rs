//! The names of what is stored of several datasets, by one listing of all that their keys have in common.
//!
//! Responsible for keeping that cheaper than a listing for each, whatever else lies in the bucket. Not responsible for what may
//! be concluded from a listing that was made before a dataset had its turn.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::{self, Dataset, SnapName};
use crate::order::gathered;
use crate::store::StoreError;
use crate::vault::Vault;

/// What may be kept of all such listings together, in bytes: a hundred thousand names.
pub const NAMES_BYTES: usize = 8 << 20;
/// What a name costs beside its letters.
const NAME_BYTES: usize = 48;

/// The names of all backups of these datasets, each of them with its own. `None` where that would need more pages than half
/// of the listings that it makes good, as a bucket may be full of other keys, or more memory than what is left, in bytes.
pub fn common_names(
    vault: &Vault,
    datasets: &[&Dataset],
    left: &mut usize,
) -> Result<Option<BTreeMap<Dataset, BTreeSet<SnapName>>>, StoreError> {
    let prefix = shared(datasets.iter().map(|dataset| vault.keys_of(dataset)));
    let place = |dataset: &Dataset| vault.begin(dataset.as_str());
    let empty = |dataset: &&Dataset| (place(dataset), BTreeSet::new());
    let mut found: BTreeMap<String, BTreeSet<SnapName>> = gathered(datasets.iter().map(empty));
    let mut take = |key: String| {
        if !key.starts_with(&prefix) {
            return false;
        }
        let (begin, name) = name::split_key(&key).unwrap_or_default();
        let Some(names) = found.get_mut(begin) else {
            return true;
        };
        let room = left.checked_sub(name.len() + NAME_BYTES);
        *left = room.unwrap_or_default();
        room.is_some_and(|_| {
            names.insert(name.into());
            true
        })
    };
    let pages = (datasets.len() / 2).max(1);
    let all = vault.aside.list_some(&prefix, pages, &mut take)?;
    let own = |dataset: &&Dataset| {
        let names = found.remove(&place(dataset)).unwrap_or_default();
        ((*dataset).clone(), names)
    };
    Ok(all.then(|| gathered(datasets.iter().map(own))))
}

/// What all of them begin with.
fn shared(texts: impl Iterator<Item = String>) -> String {
    let both = |one: String, other: String| {
        let pairs = one.chars().zip(other.chars());
        pairs
            .take_while(|(one, other)| one == other)
            .map(|(letter, _)| letter)
            .collect()
    };
    texts.reduce(both).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::memory::MemoryStore;

    /// The names that are found of tank/a, tank/ab and four others, or that none were asked for.
    fn found(keys: &[&str]) -> Option<Vec<String>> {
        let store = MemoryStore::new();
        keys.iter()
            .for_each(|key| store.insert(&format!("p/{key}"), &[], b"x"));
        let vault = Vault::over(Arc::new(store), "p/");
        let names = ["tank/a", "tank/ab", "tank/c", "tank/d", "tank/e", "tank/f"];
        let datasets = names.map(|name| Dataset::parse(name).unwrap());
        let found =
            common_names(&vault, &Vec::from_iter(&datasets), &mut { NAMES_BYTES }).unwrap()?;
        assert_eq!(found.len(), names.len());
        let full = |(dataset, names): (Dataset, BTreeSet<SnapName>)| {
            let full = move |name: SnapName| dataset.full_name(&name).to_string();
            names.into_iter().map(full)
        };
        Some(found.into_iter().flat_map(full).collect())
    }

    #[test]
    fn each_dataset_has_its_own_names() {
        let own = ["tank/a@1", "tank/a@2", "tank/ab@1", "tank/c@x"];
        let foreign = [
            ".z3/receipts/tank/a@1",
            "tank/a",
            "tank/a/b@1",
            "tank/a@1@2",
            "tank@1",
        ];
        let all: Vec<&str> = own.into_iter().chain(foreign).collect();
        assert_eq!(found(&all).unwrap(), own);
        assert_eq!(found(&[]).unwrap(), [""; 0]);
    }

    #[test]
    fn a_bucket_full_of_other_keys_is_not_walked() {
        // Three pages of four keys are what six datasets are worth.
        let foreign: Vec<String> = (0..12).map(|number| format!("tank/0{number}@x")).collect();
        let mut keys: Vec<&str> = foreign.iter().map(String::as_str).collect();
        assert!(found(&keys).is_some());
        keys.push("tank/a@1");
        assert_eq!(found(&keys), None);
    }

    #[test]
    fn names_need_no_more_memory_than_there_is_for_them() {
        let long = "x".repeat(NAMES_BYTES / 2);
        let keys = ["1", "2", "3"].map(|name| format!("tank/a@{name}{long}"));
        assert_eq!(found(&[&keys[0]]).unwrap().len(), 1);
        assert_eq!(found(&[&keys[0], &keys[1], &keys[2]]), None);
    }
}
