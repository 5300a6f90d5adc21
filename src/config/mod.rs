//! The configuration: flag, environment, `[fs:DATASET]`, `[main]`, default.
//!
//! Responsible for reading them once, for turning them into the [`Settings`] of each dataset that is asked for, and for errors that name the key, its place and what was expected.
//! [`keys`] is the one table of what can be configured. Not responsible for asking whether the bucket or the dataset exist.

mod file;
mod headers;
pub mod keys;
mod load;
mod parse;
mod retention;
pub mod settings;
#[cfg(test)]
mod tests;
mod view;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub use parse::COMPRESSORS;
pub use settings::{
    Access, GzipEngine, MonitorSettings, PartLimits, S3Settings, SSE, SSE_KMS_KEY, Settings,
    StoreSettings, TreeSettings,
};

use file::File;
use view::View;

use crate::error::{Error, Result};
use crate::inifile::read_text;
use crate::name::Dataset;
use crate::selection::Selection;
use crate::system;

/// The file that is read if it exists and no other one is named.
pub fn default_path() -> String {
    format!("{}/z3.conf", system::config_directory())
}

/// A value that a flag gives to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagValue {
    /// The key, for example `CHUNK_SIZE`.
    pub key: &'static str,
    /// The value as typed.
    pub value: String,
    /// The flag's spelling for error texts: `--chunk-size`.
    pub flag: &'static str,
}

/// All that can be said, read once and asked for each dataset.
pub struct Config {
    flags: Vec<FlagValue>,
    env: Box<Env>,
    file: Option<File>,
    /// The RAM that this process may use, in bytes; 0 if unknown.
    pub ram_bytes: u64,
    /// What is likely a slip in the file, and what others can do with it.
    pub warnings: Vec<String>,
}

/// The environment.
pub type Env = dyn Fn(&str) -> Option<String>;

impl Config {
    /// The flags, this process's environment, and the file that `--config`, else `Z3_CONFIG` names, else
    /// [`default_path`] if it exists.
    pub fn read(path: Option<&str>, flags: Vec<FlagValue>) -> Result<Self> {
        let named = named(path);
        let path = path_of(path);
        let unreadable = |error| file::unreadable(&path, error);
        let mut risks = Vec::new();
        let file = match read_file(Path::new(&path), &mut risks) {
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read.map_err(unreadable)?),
        };
        let ram_bytes = system::available_bytes();
        let mut config = Self::new(flags, Box::new(env), file, ram_bytes)?;
        config.warnings.append(&mut risks);
        Ok(config)
    }

    /// The same out of what is given: `file` is a path and the text there. Warns of what is likely a slip in the file.
    pub fn new(
        flags: Vec<FlagValue>,
        env: Box<Env>,
        file: Option<(PathBuf, String)>,
        ram_bytes: u64,
    ) -> Result<Self> {
        let file = file.map(|(path, text)| File::parse(&path, &text));
        let file = file.transpose()?;
        let warnings = file
            .as_ref()
            .map_or_else(Vec::new, |file| file.warnings.clone());
        for warning in &warnings {
            log::warn!("{warning}");
        }
        Ok(Self {
            flags,
            env,
            file,
            ram_bytes,
            warnings,
        })
    }

    /// The dataset that is to be worked on, for commands that need one.
    pub fn dataset(&self) -> Result<Dataset> {
        let problem = "not set, expected --dataset, or FILESYSTEM in the environment or in [main] of the configuration file";
        let missing = || Error::config(keys::FILESYSTEM.row.name, "the configuration", problem);
        self.named_dataset()?.ok_or_else(|| match self.sections().next() {
            None => missing().hint("'zfs list' shows which datasets there are"),
            Some(dataset) => missing().hint(format!(
                "the file has a section for {dataset}: --dataset {dataset} means it, --all everything that has one"
            )),
        })
    }

    /// Every dataset that has a section, in the order of the file.
    pub fn sections(&self) -> impl Iterator<Item = &Dataset> {
        self.file.iter().flat_map(|file| &file.datasets)
    }

    /// These, and the one that is named elsewhere.
    pub fn datasets(&self) -> Result<Vec<Dataset>> {
        let mut datasets: Vec<Dataset> = self.sections().cloned().collect();
        let named = self.named_dataset()?;
        datasets.extend(named.filter(|named| !datasets.contains(named)));
        Ok(datasets)
    }

    /// All settings of a dataset.
    pub fn of(&self, dataset: &Dataset) -> Result<Settings> {
        self.of_below(dataset, dataset)
    }

    /// All settings of a dataset that was found below another one, whose section counts.
    pub fn of_below(&self, dataset: &Dataset, section: &Dataset) -> Result<Settings> {
        load::settings(&self.view(section)?, dataset)
    }

    /// What of the datasets below one is backed up with it.
    pub fn tree(&self, dataset: &Dataset) -> Result<TreeSettings> {
        let view = self.view(dataset)?;
        Ok(TreeSettings {
            recursive: view.get(&keys::RECURSIVE)?,
            exclude: view.get(&keys::EXCLUDE)?,
            property: view.get(&keys::BACKUP_PROPERTY)?,
        })
    }

    /// Which snapshots of a dataset are meant; looks at nothing that is about a bucket.
    pub fn snapshots_of(&self, dataset: &Dataset) -> Result<Selection> {
        load::snapshots(&self.view(dataset)?)
    }

    /// Who is told what became of a run. Where FILESYSTEM says what it is about, its section counts.
    pub fn monitor(&self) -> Result<MonitorSettings> {
        load::monitor(&self.named_view()?)
    }

    /// The settings of a program that moves bytes, whatever is in them. Where FILESYSTEM says what they belong to, its
    /// section counts.
    pub fn plain(&self) -> Result<StoreSettings> {
        load::store(&self.named_view()?)
    }

    /// Whether any `[fs:DATASET]` has a key that concerns who only moves bytes, as `pput` and `z3_get` do.
    pub fn sections_differ(&self) -> bool {
        self.file.as_ref().is_some_and(File::sections_differ)
    }

    /// Every key that stands somewhere, as it counts for a dataset or where none is named: its name, its value unless that is a
    /// secret, and its place.
    pub fn given(&self, dataset: Option<&Dataset>) -> Result<Vec<[String; 3]>> {
        let view = match dataset {
            Some(dataset) => self.view(dataset)?,
            None => self.named_view()?,
        };
        Ok(view.all_given())
    }

    /// The file that was read.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(File::path)
    }

    /// The flag that a key was given by.
    pub fn flag(&self, key: &str) -> Option<&FlagValue> {
        self.flags.iter().find(|flag| flag.key == key)
    }

    /// What counts for a dataset: its section, else the nearest above it that is recursive, with which it is backed up.
    /// `--recursive` makes none so: it is about what is named beside it.
    fn view(&self, dataset: &Dataset) -> Result<View<'_>> {
        for place in dataset.and_above() {
            let Some(section) = self.sections().find(|section| section.as_str() == place) else {
                continue;
            };
            let view = View::of(self, Some(section));
            if section == dataset || view.but_flags().get(&keys::RECURSIVE)? {
                return Ok(view);
            }
        }
        Ok(View::of(self, Some(dataset)))
    }

    /// What counts where a dataset may be named.
    fn named_view(&self) -> Result<View<'_>> {
        let named = self.named_dataset()?;
        named.map_or_else(|| Ok(View::of(self, None)), |dataset| self.view(&dataset))
    }

    /// The one that FILESYSTEM names, if it does.
    pub fn named_dataset(&self) -> Result<Option<Dataset>> {
        View::of(self, None).given(&keys::FILESYSTEM)
    }
}

fn named(path: Option<&str>) -> Option<String> {
    let from_env = || env("Z3_CONFIG").filter(|path| !path.is_empty());
    path.map(str::to_owned).or_else(from_env)
}

/// Where the file is, or would be, if `--config` names this one.
pub fn path_of(path: Option<&str>) -> String {
    named(path).unwrap_or_else(default_path)
}

fn env(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    // What is no UTF-8 is refused by its replacement characters where it is used.
    Some(value.to_string_lossy().into_owned())
}

/// Path and text of a file; warns of what others can do with it.
fn read_file(path: &Path, risks: &mut Vec<String>) -> io::Result<(PathBuf, String)> {
    let (text, meta) = read_text(path)?;
    if let Some(risk) = risk(&meta, system::uid(), holds_secret(&text)) {
        let risk = risk.replace("FILE", &path.display().to_string());
        log::warn!("{risk}");
        risks.push(risk);
    }
    Ok((path.to_owned(), text))
}

/// What others can do with FILE. Whoever can write it can send the backups elsewhere, secret or not. A device or a pipe keeps
/// nothing that others have written: `/dev/null` is no settings at all.
fn risk(meta: &fs::Metadata, own_uid: u32, secret: bool) -> Option<&'static str> {
    let (mode, owner) = (meta.mode(), meta.uid());
    if !meta.is_file() {
        None
    } else if owner != 0 && owner != own_uid {
        Some("FILE belongs to another user, who can redirect the backups: chown root FILE")
    } else if mode & 0o022 != 0 {
        Some("others can write FILE and so redirect the backups: chmod 600 FILE")
    } else if secret && mode & 0o044 != 0 {
        Some("FILE holds a secret and others can read it: chmod 600 FILE")
    } else {
        None
    }
}

fn holds_secret(text: &str) -> bool {
    let is_secret = |key: &str| {
        let mut secrets = keys::SECRETS.iter();
        secrets.any(|one| key.trim().eq_ignore_ascii_case(one))
    };
    let lines = text.split(['\n', '\r']);
    let mut pairs = lines.filter_map(|line| line.split_once(['=', ':']));
    pairs.any(|(key, value)| is_secret(key) && !value.trim().is_empty())
}
