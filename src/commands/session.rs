//! What a command needs to talk to the bucket: settings and connections.

use std::sync::Arc;

use crate::config::keys::{FILESYSTEM, LIMIT_RATE};
use crate::config::{Config, FlagValue, Settings, StoreSettings};
use crate::error::Result;
use crate::pipeline::Cmd;
use crate::progress;
use crate::run::Run;
use crate::s3::Client;
use crate::vault::Vault;

/// A bucket, whatever is in it: for programs that know of no dataset.
pub struct Plain {
    /// How bytes come into it and out of it.
    pub settings: StoreSettings,
    /// The bucket under S3_PREFIX.
    pub vault: Vault,
}

impl Plain {
    /// Reads flags, environment and file. Nothing is sent yet.
    pub fn open(flags: Vec<FlagValue>, file: Option<&str>) -> Result<Self> {
        let settings = Config::read(file, flags)?.plain()?;
        let vault = vault(&settings)?;
        Ok(Self { settings, vault })
    }
}

/// The bucket of some settings, over connections of its own.
fn vault(settings: &StoreSettings) -> Result<Vault> {
    let client = Client::open(&settings.s3)?;
    let aside = Arc::new(client.fresh());
    let (prefix, workers) = (&settings.s3_prefix, settings.limits.concurrency);
    Ok(Vault::new(Arc::new(client), aside, prefix, workers))
}

/// A dataset, and the bucket of its backups.
pub struct Session {
    /// All settings of the dataset.
    pub settings: Settings,
    /// The bucket under S3_PREFIX.
    pub vault: Vault,
    config: Config,
    /// What `--config` names.
    file: Option<String>,
}

impl Session {
    /// Reads flags, environment and file, and takes the dataset that they name. Nothing is sent yet.
    pub fn open(flags: Vec<FlagValue>, file: Option<&str>) -> Result<Self> {
        let config = Config::read(file, flags)?;
        let dataset = config.dataset();
        // What is wrong is told before what is missing.
        let dataset = dataset.or_else(|missing| config.plain().and(Err(missing)))?;
        let settings = config.of(&dataset)?;
        Ok(Self {
            vault: vault(&settings.store)?,
            settings,
            config,
            file: file.map(str::to_owned),
        })
    }

    /// A program of ours as a line of `--dry-run` has to start it to find the settings of this run: the environment is there
    /// for who pastes the line, the flags are not.
    pub fn program(&self, name: &str) -> Cmd {
        let chosen = self.config.flag(FILESYSTEM.row.name);
        let chosen = chosen.filter(|_| self.config.sections_differ());
        let start = match chosen {
            None => Cmd::new(name),
            Some(flag) => {
                Cmd::new("env").args([format!("FILESYSTEM={}", flag.value), name.to_owned()])
            }
        };
        let config = self.file.iter().map(|path| ["--config", path]);
        let rate = self.config.flag(LIMIT_RATE.row.name);
        let rate = rate.map(|rate| [rate.flag, &rate.value]);
        start.args(config.chain(rate).flatten())
    }

    /// The run of the dataset that was named.
    pub fn run(&self, progress: progress::Mode) -> Run<'_> {
        Run {
            settings: &self.settings,
            vault: &self.vault,
            progress,
        }
    }
}
