//! What a command works with: what was chosen, settings and connections, and whom it tells.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::monitor::Monitor;
use super::report::Report;
use crate::ahead::Destination;
use crate::args::{Choice, Z3};
use crate::config::keys::{FILESYSTEM, LIMIT_RATE};
use crate::config::{Config, FlagValue, MonitorSettings, Settings, StoreSettings};
use crate::datasets::RunDataset;
use crate::error::Result;
use crate::name::Dataset;
use crate::pipeline::Cmd;
use crate::progress;
use crate::run::Run;
use crate::s3::Client;
use crate::vault::Vault;
use crate::zfs::{self, Host};

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

/// The configuration, and the buckets of its datasets as they are asked for.
pub struct Sessions {
    pub(super) config: Rc<Config>,
    /// What `--config` names.
    file: Option<String>,
    vaults: Vec<(StoreSettings, Vault)>,
    /// Which datasets the command line means.
    pub(super) choice: Choice,
    /// How progress is shown.
    progress: progress::Mode,
    /// Who gets the results.
    pub(super) report: Report,
    /// The datasets that were chosen and have not been asked for yet.
    pub(super) found: BTreeMap<Dataset, RunDataset>,
    /// Who is told what becomes of the run.
    monitor: Option<Rc<Monitor>>,
    /// No more patience than this with a server, if anybody waits for the answer.
    patience: Option<Duration>,
}

impl Sessions {
    /// Reads flags, environment and file. Nothing is sent yet.
    pub fn read(args: &Z3, report: Report) -> Result<Self> {
        let file = args.config.as_deref();
        Ok(Self {
            config: Rc::new(Config::read(file, args.settings())?),
            file: file.map(str::to_owned),
            vaults: Vec::new(),
            choice: args.choice(),
            progress: match args.quiet {
                true => progress::Mode::Off,
                false => progress::Mode::Terminal,
            },
            report,
            found: BTreeMap::new(),
            monitor: None,
            patience: None,
        })
    }

    /// Does the work of a command of which others are told, unless it changes nothing.
    pub fn monitored(
        &mut self,
        command: &'static str,
        dry: bool,
        work: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        if dry {
            return work(self);
        }
        let monitor = Rc::new(Monitor::new(command, self.config.monitor()?));
        self.monitor = Some(Rc::clone(&monitor));
        let outcome = work(self);
        monitor.end(&outcome);
        outcome
    }

    /// The settings that say who is told.
    pub fn monitor_settings(&self) -> Result<MonitorSettings> {
        self.config.monitor()
    }

    /// The same with at most so much patience with a server, whatever is configured.
    pub fn hurried(self, most: Duration) -> Self {
        let patience = Some(most.max(Duration::from_secs(1)));
        Self { patience, ..self }
    }

    /// Whether `--dataset` was given.
    pub fn is_named_by_flag(&self) -> bool {
        self.config.flag(FILESYSTEM.row.name).is_some()
    }

    /// The dataset that flags, environment or `[main]` name. What is wrong is told before what is missing.
    pub fn named_dataset(&self) -> Result<Dataset> {
        let dataset = self.config.dataset();
        dataset.or_else(|missing| self.config.plain().and(Err(missing)))
    }

    /// The same, with its bucket.
    pub fn named(&mut self) -> Result<Session> {
        let dataset = self.named_dataset()?;
        let chosen = self.is_named_by_flag();
        Ok(Session {
            chosen,
            ..self.of(&dataset)?
        })
    }

    /// A dataset. Those with the same bucket, settings and all, share its connections.
    pub fn of(&mut self, dataset: &Dataset) -> Result<Session> {
        let (section, mut settings, below) = match self.found.remove(dataset) {
            None => (dataset.clone(), self.config.of(dataset)?, None),
            Some(found) => {
                let section = found.section?;
                let settings = self.config.of_below(dataset, &section)?;
                (section, settings, found.below)
            }
        };
        if let Some(most) = self.patience {
            let s3 = &mut settings.store.s3;
            s3.retry_for = s3.retry_for.min(most);
            s3.timeout = s3.timeout.min(most);
        }
        let mut known = self.vaults.iter();
        let known = known.find(|(store, _)| *store == settings.store);
        let vault = match known {
            Some((_, vault)) => vault.clone(),
            None => {
                let vault = vault(&settings.store)?;
                self.vaults.push((settings.store.clone(), vault.clone()));
                vault
            }
        };
        Ok(Session {
            settings,
            section,
            below,
            vault,
            chosen: true,
            progress: self.progress,
            report: self.report,
            monitor: self.monitor.clone(),
            config: Rc::clone(&self.config),
            file: self.file.clone(),
        })
    }
}

/// A dataset, and the bucket of its backups.
pub struct Session {
    /// All settings of the dataset.
    pub settings: Settings,
    /// The bucket under S3_PREFIX.
    pub vault: Vault,
    /// Whose section counts: its own, or that of the one below which it was found.
    section: Dataset,
    /// The one below which it was found, unless it was asked for by its own name.
    below: Option<Dataset>,
    /// The command line chose the dataset.
    chosen: bool,
    progress: progress::Mode,
    /// Who gets the results.
    pub report: Report,
    /// Who is told what becomes of the run.
    pub(super) monitor: Option<Rc<Monitor>>,
    config: Rc<Config>,
    file: Option<String>,
}

impl Session {
    /// A program of ours as a line of `--dry-run` has to start it to find the settings of this run: the environment is there
    /// for who pastes the line, the flags are not.
    pub fn program(&self, name: &str) -> Cmd {
        let start = match self.chosen && self.config.sections_differ() {
            false => Cmd::new(name),
            true => {
                let chosen = format!("FILESYSTEM={}", self.section);
                Cmd::new("env").args([chosen, name.to_owned()])
            }
        };
        let config = self.file.iter().map(|path| ["--config", path]);
        let rate = self.config.flag(LIMIT_RATE.row.name);
        let rate = rate.map(|rate| [rate.flag, &rate.value]);
        start.args(config.chain(rate).flatten())
    }

    /// Whether it was found below another dataset, and is not there any more. Where that is not there either, a pool is missing.
    pub fn has_vanished(&self) -> bool {
        let is_there = |dataset| zfs::dataset_exists(&Host::Local, dataset).ok();
        let above = self.below.as_ref();
        above.is_some_and(|above| {
            is_there(&self.settings.dataset) == Some(false) && is_there(above) == Some(true)
        })
    }

    /// The dataset and its bucket, for those who look at several.
    pub fn place(&self) -> Destination {
        Destination {
            settings: self.settings.clone(),
            vault: self.vault.clone(),
        }
    }

    /// The run of the dataset that was named.
    pub fn run(&self) -> Run<'_> {
        Run {
            settings: &self.settings,
            vault: &self.vault,
            progress: self.progress,
        }
    }
}
