//! The configuration: flag, environment, `[fs:DATASET]`, `[main]`, default.
//!
//! Responsible for turning them into [`Settings`], and for errors that name the key, its place and what was expected.
//! [`keys`] is the one table of what can be configured. Not responsible for asking whether the bucket or the dataset exist.

mod endpoint;
mod file;
pub mod keys;
mod load;
mod memory;
mod parse;
pub mod settings;
mod sources;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub use parse::COMPRESSORS;
pub use settings::{
    Access, Endpoint, GzipEngine, PartLimits, Payload, PoolSettings, S3Settings, Secret, Settings,
};

use crate::error::{Error, Result};

/// The file that is read if it exists and no other one is named.
pub const DEFAULT_PATH: &str = "/etc/z3_backup/z3.conf";

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

/// All that the settings are made of.
pub struct Inputs<'a> {
    /// The flags that have a key.
    pub flags: &'a [FlagValue],
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Path and text of the configuration file.
    pub file: Option<(PathBuf, String)>,
    /// The RAM that this process may use, in bytes; 0 if unknown.
    pub ram_bytes: u64,
}

impl Settings {
    /// The settings of this run.
    pub fn read(config: Option<&str>, flags: &[FlagValue]) -> Result<Self> {
        Self::load(&Inputs::of_this_run(config, flags)?)
    }
}

impl PoolSettings {
    /// The settings of this run that need no bucket.
    pub fn read(config: Option<&str>, flags: &[FlagValue]) -> Result<Self> {
        Self::load(&Inputs::of_this_run(config, flags)?)
    }
}

impl<'a> Inputs<'a> {
    /// The flags, this process's environment, and the file that `--config`, else `Z3_CONFIG` names, else
    /// [`DEFAULT_PATH`] if it exists.
    fn of_this_run(config: Option<&str>, flags: &'a [FlagValue]) -> Result<Self> {
        let from_env = || env("Z3_CONFIG").filter(|path| !path.is_empty());
        let named = config.map(str::to_owned).or_else(from_env);
        let path = named.as_deref().unwrap_or(DEFAULT_PATH);
        let unreadable = |error| Error::io(format!("read configuration {path}"), error);
        let file = match read_file(Path::new(path)) {
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read.map_err(unreadable)?),
        };
        Ok(Self {
            flags,
            env: &env,
            file,
            ram_bytes: memory::available_bytes(Path::new("/")),
        })
    }
}

fn env(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    // What is no UTF-8 is refused by its replacement characters where it is used.
    Some(value.to_string_lossy().into_owned())
}

/// Path and text of a file; warns of secrets that others can read.
fn read_file(path: &Path) -> io::Result<(PathBuf, String)> {
    let mut file = fs::File::open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let others_read = file.metadata()?.permissions().mode() & 0o044 != 0;
    if others_read && holds_secret(&text) {
        let path = path.display();
        log::warn!("{path} holds a secret and others can read it: chmod 600 {path}");
    }
    Ok((path.to_owned(), text))
}

fn holds_secret(text: &str) -> bool {
    let is_secret = |key: &str| key.trim().eq_ignore_ascii_case(keys::S3_SECRET.row.name);
    let lines = text.split(['\n', '\r']);
    let mut pairs = lines.filter_map(|line| line.split_once(['=', ':']));
    pairs.any(|(key, value)| is_secret(key) && !value.trim().is_empty())
}
