//! Looks into the objects themselves: at the first bytes of those whose metadata is not enough to go by.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::begin::{First, first_of};
use super::lost::guessed;
use super::{Catalog, Stored};
use crate::error::Result;
use crate::name::SnapName;
use crate::order::gathered;
use crate::pool::Pool;
use crate::vault::Vault;
use crate::zfs::LocalSnapshot;

impl Catalog {
    /// Asks the objects of the names that these have, and those that they build on, for the guids that their metadata lacks.
    pub fn learn(&mut self, vault: &Vault, locals: &[LocalSnapshot]) -> Result<()> {
        let of_names = locals
            .iter()
            .filter_map(|local| self.by_name.get(&local.name));
        let wanted: Vec<SnapName> = of_names
            .flat_map(|stored| [Some(stored), self.parent_of(stored)])
            .flatten()
            .filter(|stored| stored.label.guid.is_none())
            .map(|stored| stored.name.clone())
            .collect();
        self.look(vault, &wanted)
    }

    /// Looks at the first bytes of the objects of these names, whatever their metadata say: one small GET each, and none for what has been looked at. What is no stream, or another than its key and its metadata promise,
    /// is broken from now on, with all that builds on it. What cannot be read stays as it was.
    pub fn look(&mut self, vault: &Vault, names: &[SnapName]) -> Result<()> {
        let wanted: BTreeMap<&SnapName, Stored> = gathered(
            names
                .iter()
                .filter_map(|name| self.by_name.get(name))
                .filter(|stored| stored.first.is_none())
                .map(|stored| (&stored.name, stored.clone())),
        );
        if wanted.is_empty() {
            return Ok(());
        }
        let mut firsts = Pool::new(vault.workers.min(wanted.len()), "begin", {
            let store = Arc::clone(&vault.store);
            move |stored: Stored| {
                let name = stored.name.clone();
                let (first, compressor) = match stored.lacks_metadata() {
                    true => guessed(store.as_ref(), stored),
                    false => (first_of(store.as_ref(), &stored), stored.label.compressor),
                };
                (name, first, compressor)
            }
        })?;
        wanted
            .into_values()
            .for_each(|stored| firsts.submit(stored));
        for (name, first, compressor) in firsts {
            if let First::Unread(why) = &first {
                log::debug!("the first bytes of @{name} stay unknown: {why}");
            }
            if let Some(stored) = self.by_name.get_mut(&name) {
                stored.label.compressor = compressor;
                stored.show(first);
            }
        }
        self.verdicts = self.judged();
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;
