//! The datasets of a tree that have backups, and where each of them is received.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::name::{self, Dataset, Within};
use crate::terminal::plain;
use crate::vault::Vault;

/// A dataset with backups, and the one that receives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// As it is stored.
    pub dataset: Dataset,
    /// Where it is received.
    pub to: Dataset,
}

/// The dataset and all below it that have backups in this bucket, parents first, each with its place at or below `to`.
pub fn tree(vault: &Vault, root: &Dataset, to: &Dataset) -> Result<Vec<Branch>> {
    let mut names = BTreeSet::new();
    for key in vault.store.list(&vault.begin(root.as_str()))? {
        let Some((of, _)) = vault.named(&key).and_then(name::split) else {
            continue;
        };
        // What else begins with these letters is another dataset.
        if let Some(Within::Itself | Within::Below) = root.within(of) {
            names.insert(of.to_owned());
        }
    }
    let mut branches = Vec::new();
    for name in names {
        let branch = || -> Result<Branch> {
            let dataset = Dataset::parse(&name)?;
            let to = dataset.moved(root, to)?;
            Ok(Branch { dataset, to })
        };
        match branch() {
            Ok(branch) => branches.push(branch),
            Err(error) => log::warn!("{}: {error}", plain(&name)),
        }
    }
    Ok(branches)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::memory::MemoryStore;

    #[test]
    fn what_is_below_is_found_by_its_keys() {
        let store = Arc::new(MemoryStore::new());
        let keys = [
            "p/tank/a@1",
            "p/tank/a@2",
            "p/tank/a/b c@1",
            "p/tank/a-b@1",
            "p/tank/ab@1",
            "p/tank@1",
            "p/tank/a/b c/d@1",
            "p/tank/a/$x@1",
            "p/tank/a/../e@1",
            "p/.z3/receipts/tank/a@1",
            "p/tank/a/none",
            "tank/a/out@1",
        ];
        keys.iter().for_each(|key| store.insert(key, &[], b"x"));
        let vault = Vault::over(store, "p/");
        let [root, to] = ["tank/a", "new/x"].map(|name| Dataset::parse(name).unwrap());
        let found = tree(&vault, &root, &to).unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.dataset, one.to))
            .collect();
        assert_eq!(
            told,
            [
                "tank/a new/x",
                "tank/a/b c new/x/b c",
                "tank/a/b c/d new/x/b c/d"
            ]
        );
        let none = tree(&vault, &Dataset::parse("tank/none").unwrap(), &to);
        assert_eq!(none.unwrap(), []);
    }
}
