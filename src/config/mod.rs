//! The configuration: flag, environment, `[fs:DATASET]`, `[main]`, default.
//!
//! Responsible for turning them into [`Settings`], and for errors that name the key, its place and what was expected.
//! [`keys`] is the one table of what can be configured. Not responsible for asking whether the bucket or the dataset exist.

mod endpoint;
mod file;
pub mod keys;
pub mod line;
mod load;
mod memory;
mod parse;
pub mod settings;
mod sources;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub use parse::COMPRESSORS;
pub use settings::{
    Access, Endpoint, GzipEngine, PartLimits, Payload, PoolSettings, Raw, S3Settings, Secret,
    Settings,
};

use crate::error::{Error, Result};
use crate::lock;

/// The file that is read if it exists and no other one is named.
pub const DEFAULT_PATH: &str = "/etc/z3_backup/z3.conf";

/// More than any configuration is long.
const FILE_BYTES: u64 = 1 << 20;

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

/// Path and text of a file; warns of what others can do with it.
fn read_file(path: &Path) -> io::Result<(PathBuf, String)> {
    let (text, meta) = read_text(path)?;
    if let Some(risk) = risk(&meta, lock::uid(), holds_secret(&text)) {
        log::warn!("{}", risk.replace("FILE", &path.display().to_string()));
    }
    Ok((path.to_owned(), text))
}

/// The text of a file of settings: bytes that are no UTF-8, which a comment may have, become replacement characters.
pub fn read_text(path: &Path) -> io::Result<(String, fs::Metadata)> {
    let file = fs::File::open(path)?;
    let meta = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > FILE_BYTES {
        true => Err(io::Error::other("it is longer than any configuration")),
        false => Ok((String::from_utf8_lossy(&bytes).into_owned(), meta)),
    }
}

/// What others can do with FILE. Whoever can write it can send the backups elsewhere, secret or not.
fn risk(meta: &fs::Metadata, own_uid: Option<u32>, secret: bool) -> Option<&'static str> {
    let (mode, owner) = (meta.mode(), meta.uid());
    if owner != 0 && own_uid.is_some_and(|own| own != owner) {
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
    let is_secret = |key: &str| key.trim().eq_ignore_ascii_case(keys::S3_SECRET.row.name);
    let lines = text.split(['\n', '\r']);
    let mut pairs = lines.filter_map(|line| line.split_once(['=', ':']));
    pairs.any(|(key, value)| is_secret(key) && !value.trim().is_empty())
}
