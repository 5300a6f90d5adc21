//! What a command needs to talk to the bucket: settings and connections.

use std::sync::Arc;

use crate::catalog::{Catalog, First, Health, Scope, Source, Stored};
use crate::codec::Compressor;
use crate::config::keys::{FILESYSTEM, LIMIT_RATE};
use crate::config::{FlagValue, Settings};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::lock::RunLock;
use crate::name::Dataset;
use crate::pipeline::Cmd;
use crate::receipt;
use crate::s3::Client;
use crate::terminal::plain;
use crate::upload::Uploader;
use crate::vault::Vault;
use crate::zfs::LocalSnapshot;

/// Settings and the store that they describe.
pub struct Session {
    /// All settings of this run.
    pub settings: Settings,
    /// The bucket under S3_PREFIX.
    pub vault: Vault,
    flags: Vec<FlagValue>,
    /// What `--config` names.
    file: Option<String>,
}

impl Session {
    /// Reads flags, environment and file. Nothing is sent yet.
    pub fn open(flags: Vec<FlagValue>, file: Option<&str>) -> Result<Self> {
        let settings = Settings::read(file, &flags)?;
        let client = Client::open(&settings.s3)?;
        let aside = Arc::new(client.fresh());
        let (prefix, workers) = (&settings.s3_prefix, settings.limits.concurrency);
        let vault = Vault::new(Arc::new(client), aside, prefix, workers);
        Ok(Self {
            flags,
            file: file.map(str::to_owned),
            settings,
            vault,
        })
    }

    /// A program of ours as a line of `--dry-run` has to start it to find the settings of this run: the environment is there
    /// for who pastes the line, the flags are not.
    pub fn program(&self, name: &str) -> Cmd {
        let given = |key| self.flags.iter().find(|flag| flag.key == key);
        let chosen = given(FILESYSTEM.row.name).filter(|_| self.settings.sections_differ);
        let start = match chosen {
            None => Cmd::new(name),
            Some(flag) => {
                Cmd::new("env").args([format!("FILESYSTEM={}", flag.value), name.to_owned()])
            }
        };
        let config = self.file.iter().map(|path| ["--config", path]);
        let rate = given(LIMIT_RATE.row.name).map(|rate| [rate.flag, &rate.value]);
        start.args(config.chain(rate).flatten())
    }

    /// Keeps other runs from the same dataset and bucket as long as it lives.
    pub fn lock(&self, dataset: &Dataset) -> Result<RunLock> {
        let name = dataset.as_str();
        RunLock::take(name, &self.settings.destination_id(name))
    }

    /// The upload engine on this bucket.
    pub fn uploader(&self) -> Uploader {
        Uploader {
            vault: self.vault.clone(),
            host: Arc::new(Host::here()),
            commit_for: self.settings.s3.retry_for,
        }
    }

    /// The stored snapshots of a dataset, as far as they are in the scope. Those that are to be compared with the pool's,
    /// because they have the names of these, are asked for their guids where their metadata has none.
    pub fn catalog(
        &self,
        dataset: &Dataset,
        locals: &[LocalSnapshot],
        scope: &Scope,
    ) -> Result<Catalog> {
        let mut catalog = Catalog::load(&self.vault, dataset, scope)?;
        let names = locals.iter().map(|local| local.name.as_str());
        if !catalog.lacking().is_empty() {
            catalog = self.recovered(dataset, catalog, scope)?;
        }
        catalog.learn(&self.vault, names)?;
        Ok(catalog)
    }

    /// The catalog once more, with what can be found out of objects that have lost their metadata. Any other may be their
    /// parent, so that all are asked for.
    fn recovered(&self, dataset: &Dataset, known: Catalog, scope: &Scope) -> Result<Catalog> {
        let mut catalog = match scope {
            Scope::All => known,
            _ => Catalog::load(&self.vault, dataset, &Scope::All)?,
        };
        let lacking = catalog.lacking();
        catalog.look(&self.vault, lacking.iter().map(String::as_str))?;
        let backups: Vec<&Stored> = lacking
            .iter()
            .filter_map(|name| catalog.get(name))
            .collect();
        let noted = receipt::facts(&self.vault, dataset.as_str(), &backups)?;
        catalog.complete(&self.vault, noted)?;
        for stored in catalog
            .iter()
            .filter(|stored| stored.source != Source::Metadata)
        {
            let (name, source) = (plain(&stored.name), stored.source.word());
            log::info!("@{name} has lost its metadata: what it is was taken from its {source}");
        }
        Ok(catalog)
    }

    /// Looks at a backup before an increment is built on it: its length by its receipt, its first bytes by its metadata. What
    /// cannot be looked at is no reason against it, and what its bytes show is for the plan to refuse.
    pub fn examine(&self, catalog: &mut Catalog, dataset: &Dataset, name: &str) -> Result<()> {
        catalog.look(&self.vault, std::iter::once(name))?;
        let Some(base) = catalog.get(name) else {
            return Ok(());
        };
        if catalog.health(base) != Health::Ok {
            return Ok(());
        }
        let secret = base.head.archived || base.label.compressor() == Compressor::Gpg;
        if let (Some(First::Unread(why)), false) = (&base.first, secret) {
            log::warn!("{dataset}@{name}, the base of what is sent, was not looked at: {why}");
        }
        let receipts = receipt::load(&self.vault, dataset.as_str(), &[base])?;
        let (bytes, noted) = (base.head.size_bytes, receipts.get(name));
        match noted.map(|receipt| receipt.stored_bytes) {
            Some(noted) if noted != bytes => Err(Error::refused(format!(
                "the backup of {dataset}@{name} has {bytes} bytes, by its receipt {noted} were stored: nothing is built on it"
            ))
            .hint("'z3 verify' looks at all of it; 'z3 backup --full' starts a new chain")),
            _ => Ok(()),
        }
    }
}
