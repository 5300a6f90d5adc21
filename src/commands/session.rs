//! What a command needs to talk to the bucket: settings and connections.

use std::sync::Arc;

use crate::config::keys::{FILESYSTEM, LIMIT_RATE};
use crate::config::{FlagValue, Settings};
use crate::error::Result;
use crate::pipeline::Cmd;
use crate::progress;
use crate::run::Run;
use crate::s3::Client;
use crate::vault::Vault;

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

    /// The run of the dataset that was named.
    pub fn run(&self, progress: progress::Mode) -> Result<Run<'_>> {
        Ok(Run {
            settings: &self.settings,
            vault: &self.vault,
            dataset: self.settings.pool.dataset()?,
            progress,
        })
    }
}
