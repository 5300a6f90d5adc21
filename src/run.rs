//! A run: one dataset, from its lock to the release of what it held, and where its backups are.
//!
//! Responsible for what every run does before it decides: the lock, the catalog with all that can be found out for it, a look
//! at the base. Not responsible for what is done then ([`crate::backup`], [`crate::restore`], [`crate::verify`]).

use crate::catalog::{Catalog, FactSource, Health, Scope, Stored};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::lock::RunLock;
use crate::name::{Dataset, SnapName};
use crate::progress;
use crate::receipt;
use crate::upload::Uploader;
use crate::vault::Vault;
use crate::zfs::{self, Host, LocalSnapshot};

/// What a run is about.
pub struct Run<'a> {
    /// The dataset, and how it is to be done.
    pub settings: &'a Settings,
    /// Where its backups are.
    pub vault: &'a Vault,
    /// How progress is shown.
    pub progress: progress::Mode,
}

impl Run<'_> {
    /// Keeps other runs from the same dataset and bucket as long as it lives.
    pub fn lock(&self) -> Result<RunLock> {
        self.lock_of(&self.settings.dataset)
    }

    /// The same for a dataset into which backups of another one are received.
    pub fn lock_of(&self, dataset: &Dataset) -> Result<RunLock> {
        let name = dataset.as_str();
        RunLock::take(name, &self.settings.store.destination_id(name))
    }

    /// The snapshots of a dataset; `None` where there is no zfs that runs.
    pub fn locals_if_any(&self, dataset: &Dataset) -> Result<Option<Vec<LocalSnapshot>>> {
        match zfs::list_snapshots(&Host::Local, dataset) {
            Err(error) if zfs::is_absent(&error) => {
                log::info!("{error}: the whole chain is needed");
                Ok(None)
            }
            listed => listed.map(Some),
        }
    }

    /// The upload engine on this bucket.
    pub fn uploader(&self) -> Uploader {
        Uploader::new(self.vault.clone(), self.settings.store.s3.retry_for)
    }

    /// The stored snapshots of the dataset, as far as they are in the scope. Those that are to be compared with the pool's,
    /// because they have the names of these, are asked for their guids where their metadata has none.
    pub fn catalog(&self, locals: &[LocalSnapshot], scope: &Scope) -> Result<Catalog> {
        let mut catalog = Catalog::load(self.vault, &self.settings.dataset, scope)?;
        if !catalog.lacking().is_empty() {
            catalog = self.recovered(catalog, scope)?;
        }
        catalog.learn(self.vault, locals)?;
        Ok(catalog)
    }

    /// The catalog once more, with what can be found out of objects that have lost their metadata. Any other may be their
    /// parent, so that all are asked for.
    fn recovered(&self, known: Catalog, scope: &Scope) -> Result<Catalog> {
        let mut catalog = match scope {
            Scope::All => known,
            _ => Catalog::load(self.vault, &self.settings.dataset, &Scope::All)?,
        };
        let lacking = catalog.lacking();
        catalog.look(self.vault, &lacking)?;
        let backups: Vec<&Stored> = lacking
            .iter()
            .filter_map(|name| catalog.get(name))
            .collect();
        let noted = receipt::facts(self.vault, &self.settings.dataset, &backups)?;
        catalog.complete(self.vault, noted)?;
        for stored in catalog
            .iter()
            .filter(|stored| stored.source != FactSource::Metadata)
        {
            let (name, source) = (&stored.name, stored.source.word());
            log::info!("@{name} has lost its metadata: what it is was taken from its {source}");
        }
        Ok(catalog)
    }

    /// Looks at a backup before an increment is built on it: its length by its receipt, its first bytes by its metadata. What
    /// cannot be looked at is no reason against it, and what its bytes show is for the plan to refuse.
    pub fn examine(&self, catalog: &mut Catalog, name: &SnapName) -> Result<()> {
        catalog.look(self.vault, std::slice::from_ref(name))?;
        let Some(base) = catalog.get(name) else {
            return Ok(());
        };
        if catalog.health(base) != Health::Ok {
            return Ok(());
        }
        let snapshot = catalog.full_name(base);
        if let Some(why) = base.withheld() {
            log::warn!("{snapshot}, the base of what is sent, was not looked at: {why}");
        }
        let receipts = receipt::load(self.vault, &self.settings.dataset, &[base])?;
        let (bytes, noted) = (base.head.size_bytes, receipts.get(name));
        match noted.map(|receipt| receipt.stored_bytes) {
            Some(noted) if noted != bytes => Err(Error::refused(format!(
                "the backup of {snapshot} has {bytes} bytes, by its receipt {noted} were stored: nothing is built on it"
            ))
            .hint("'z3 verify' looks at all of it; 'z3 backup --full' starts a new chain")),
            _ => Ok(()),
        }
    }
}
