//! One run at a time: a lock that ends with the process that holds it, however that ends.
//!
//! Responsible for the lock's file: where it lies, and whose process holds it. The kernel's lock on the open file decides
//! (`flock(2)`), never that the file exists. Who sees other directories than we do, as a service with a private /tmp, meets
//! us at a [name] that needs none. Not responsible for what may not run twice.

mod name;

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::error::{Error, Result};
use crate::system::{self, uid};
use name::Name;

/// So much of a dataset's name makes a file's name readable, which may have 255 bytes (`NAME_MAX`).
const READABLE_LETTERS: usize = 100;

/// A process id has no more digits.
const PID_DIGITS: u64 = 10;

/// Held as long as it lives. Children do not inherit it: Rust opens every file and socket with `O_CLOEXEC`.
#[must_use = "the lock is held only as long as it lives"]
#[derive(Debug)]
pub struct RunLock {
    files: Vec<File>,
    name: Name,
}

impl RunLock {
    /// Takes the lock on work with a dataset; `id` tells one bucket from another. A machine that has no place for it costs a
    /// warning, not the run.
    pub fn take(dataset: &str, id: &str) -> Result<Self> {
        let directories = directories(uid());
        Self::take_in(&directories, dataset, id, |dataset, id| {
            name::take(dataset, id, uid())
        })
    }

    /// False if nobody knows who else is at work.
    pub fn is_held(&self) -> bool {
        match self.name {
            Name::Held { .. } => true,
            Name::Unknown => !self.files.is_empty(),
            Name::Taken | Name::TakenBy(_) => false,
        }
    }

    fn take_in(
        directories: &[PathBuf],
        dataset: &str,
        id: &str,
        name: impl FnOnce(&str, &str) -> Name,
    ) -> Result<Self> {
        let readable: String = dataset.chars().take(READABLE_LETTERS).collect();
        let file_name = format!("{}-{id}", readable.replace(['/', ' '], "_"));
        let (mut files, mut first) = (Vec::new(), false);
        for (place, directory) in directories.iter().enumerate() {
            match locked(directory, &file_name) {
                Ok(file) => files.push(file),
                Err(TryLockError::WouldBlock) => {
                    return Err(held(dataset, &holder(&directory.join(&file_name))));
                }
                Err(TryLockError::Error(error)) => {
                    log::debug!("no lock in {}: {error}", directory.display());
                }
            }
            first |= place == 0 && !files.is_empty();
            if first {
                break;
            }
        }
        let lock = Self {
            files,
            name: name(dataset, id),
        };
        if let Name::TakenBy(pid) = lock.name {
            return Err(held(dataset, &format!("process {pid}")));
        }
        lock.tell(directories, dataset, first);
        Ok(lock)
    }

    /// Says what is missing. Whoever sees another /tmp than we do has another lock there: only the first directory is the
    /// same for all.
    fn tell(&self, directories: &[PathBuf], dataset: &str, first: bool) {
        let tried = directories.iter().map(|path| path.to_string_lossy());
        let tried: Vec<_> = tried.collect();
        match (&self.name, self.files.is_empty()) {
            (Name::Taken, _) => log::warn!(
                "somebody on this machine whom we cannot see may be at work on {dataset}: what earlier runs have left is not touched"
            ),
            (Name::Unknown, true) => log::warn!(
                "no place for a lock, tried {}: a second z3 for {dataset} would not be noticed",
                tried.join(", ")
            ),
            (Name::Unknown, false) if !first => log::warn!(
                "the lock could not be in {}: a second z3 for {dataset} that sees another place would not be noticed",
                tried.first().map_or("", AsRef::as_ref)
            ),
            _ => {}
        }
    }
}

/// Where the file may lie. The first is the same whatever starts z3; where it cannot be used, all others are, as cron knows no
/// `XDG_RUNTIME_DIR` and a shell does.
fn directories(uid: u32) -> Vec<PathBuf> {
    let own = format!("z3-{uid}");
    let name = if uid == 0 { "z3" } else { &own };
    let mut places = vec![system::lock_directory(uid).join(name)];
    if let Some(session) = env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty()) {
        places.push(Path::new(&session).join("z3"));
    }
    places.push(env::temp_dir().join(own));
    places
}

/// The file, locked and with our process id in it.
fn locked(directory: &Path, name: &str) -> Result<File, TryLockError> {
    make_private(directory).map_err(TryLockError::Error)?;
    let opened = options().create(true).open(directory.join(name));
    let mut file = opened.map_err(TryLockError::Error)?;
    file.try_lock()?;
    // For the eyes of whoever finds it locked; without it the lock is as good.
    let _ = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}

/// A link in the file's place is not followed: it would empty what it points to.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false).mode(0o600);
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Anyone may make a directory where locks lie and in `/tmp`; in one that others may write to, a link could stand for our file.
fn make_private(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => (),
    }
    let meta = fs::symlink_metadata(directory)?;
    if meta.is_dir() && meta.uid() == uid() && meta.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::other("others may write to it"))
}

/// Who has written himself into the file. Anything but a number is not shown.
fn holder(path: &Path) -> String {
    let mut text = String::new();
    let read = options().open(path);
    let read = read.and_then(|file| file.take(PID_DIGITS + 1).read_to_string(&mut text));
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => format!("process {pid}"),
        _ => format!("the holder of {}", path.display()),
    }
}

fn held(dataset: &str, holder: &str) -> Error {
    Error::Locked {
        dataset: dataset.to_owned(),
        holder: holder.to_owned(),
    }
    .hint("wait until it has ended, then start again; its lock ends with it")
}

#[cfg(test)]
mod tests;
