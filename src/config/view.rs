//! Where a value stands: flag, environment, `[fs:DATASET]`, `[main]`, default, in this order.
//!
//! Responsible for finding a value and for naming its place in errors. Not responsible for reading real files or the real
//! environment, and not for what values mean.

use super::Config;
use super::file::{self, GENERAL};
use super::keys::{self, Key, KeyRow};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::secret::shown_id;

/// The configuration as one dataset sees it, or none.
pub struct View<'a> {
    /// All of it.
    pub config: &'a Config,
    /// `fs:DATASET`.
    section: Option<String>,
    /// Whether flags count.
    flags: bool,
}

/// A value and its place.
struct Setting {
    name: &'static str,
    value: String,
    place: Layer,
    /// Less beats more.
    rank: usize,
}

enum Layer {
    Flag(&'static str),
    Other(String),
}

impl<'a> View<'a> {
    /// What counts for a dataset; without one, no section of a dataset does.
    pub fn of(config: &'a Config, dataset: Option<&Dataset>) -> Self {
        let section = dataset.map(file::section_of);
        Self {
            config,
            section,
            flags: true,
        }
    }

    /// The same for who knows nothing of the command line.
    pub fn but_flags(&self) -> Self {
        Self {
            config: self.config,
            section: self.section.clone(),
            flags: false,
        }
    }

    /// The value that stands somewhere, `None` if it is up to the default.
    pub fn given<T>(&self, key: &Key<T>) -> Result<Option<T>> {
        let Some(found) = self.find(&key.row) else {
            return Ok(None);
        };
        let value = match found.value.is_empty() && !key.row.may_be_empty {
            // A flag that was given an empty value is no slip to pass over: `--dataset "$DS"` must not mean another dataset.
            true => Err("expected a value, got an empty one".to_owned()),
            false => (key.parse)(&found.value),
        };
        value.map(Some).map_err(|problem| found.refuse(problem))
    }

    /// The value that stands somewhere, else the default.
    pub fn get<T>(&self, key: &Key<T>) -> Result<T> {
        match self.given(key)? {
            Some(value) => Ok(value),
            None => (key.parse)(key.row.default).map_err(|problem| self.refuse(&key.row, problem)),
        }
    }

    /// An error about a key whose value is readable but does not fit.
    pub fn refuse(&self, row: &KeyRow, problem: impl Into<String>) -> Error {
        let problem = problem.into();
        match self.find(row) {
            Some(found) => found.refuse(problem),
            None => Error::config(row.name, "the defaults", problem),
        }
    }

    /// Where a key's value stands: of two places, the less beats the other.
    pub fn rank(&self, row: &KeyRow) -> usize {
        self.find(row).map_or(usize::MAX, |found| found.rank)
    }

    /// An error about a required key that stands nowhere.
    pub fn missing(&self, row: &KeyRow) -> Error {
        let file = self.config.file.as_ref();
        let path = file.map_or_else(super::default_path, |it| it.path().display().to_string());
        let problem = format!("not set, expected in the environment or in [main] of {path}");
        let error = Error::config(row.name, "the configuration", problem);
        match file {
            Some(_) => error,
            None => error.hint("'z3 doctor --init' writes a first configuration, to be filled in"),
        }
    }

    /// Every key that stands somewhere: the name that it has there, its value unless that is a secret, and its place.
    pub fn all_given(&self) -> Vec<[String; 3]> {
        let found = keys::ALL
            .iter()
            .filter_map(|row| Some((*row, self.find(row)?)));
        let told = found.map(|(row, found)| {
            let value = match row.name {
                name if keys::SECRETS.contains(&name) => "[secret]".to_owned(),
                name if name == keys::S3_KEY_ID.row.name => shown_id(&found.value).to_owned(),
                _ => found.value,
            };
            let place = match found.place {
                Layer::Flag(flag) => flag.to_owned(),
                Layer::Other(origin) => origin,
            };
            [found.name.to_owned(), value, place]
        });
        told.collect()
    }

    fn find(&self, row: &KeyRow) -> Option<Setting> {
        let counts = |value: &String| row.may_be_empty || !value.is_empty();
        let found = |name, value, place, rank| {
            Some(Setting {
                name,
                value,
                place,
                rank,
            })
        };
        let mut flags = self.config.flags.iter().rev().filter(|_| self.flags);
        if let Some(flag) = flags.find(|flag| flag.key == row.name) {
            return found(row.name, flag.value.clone(), Layer::Flag(flag.flag), 0);
        }
        let environment = || Layer::Other("the environment".to_owned());
        let from_env = |name| {
            let value = (self.config.env)(name).filter(counts);
            value.map(|value| (name, value))
        };
        if let Some((name, value)) = row.env_names().find_map(from_env) {
            return found(name, value, environment(), 1);
        }
        let file = self.config.file.as_ref();
        let sections = self.section.as_deref().into_iter().chain(GENERAL);
        for (section, rank) in sections.zip(2..) {
            let from_file = |name| {
                let value = file?.get(section, name)?.to_owned();
                Some((name, value)).filter(|(_, value)| counts(value))
            };
            if let Some((name, value)) = row.file_names().find_map(from_file) {
                let origin = file.map(|file| file.origin(section)).unwrap_or_default();
                return found(name, value, Layer::Other(origin), rank);
            }
        }
        let (name, value) = row.else_env.iter().copied().find_map(from_env)?;
        found(name, value, environment(), usize::MAX)
    }
}

impl Setting {
    /// A wrong flag is a usage error, everything else one of the configuration.
    fn refuse(&self, problem: String) -> Error {
        match &self.place {
            Layer::Flag(flag) => Error::Usage(format!("{flag}: {problem}")),
            Layer::Other(origin) => Error::config(self.name, origin, problem),
        }
    }
}
