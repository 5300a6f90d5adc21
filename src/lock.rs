//! One run at a time: a lock that ends with the process that holds it, however that ends.
//!
//! Responsible for the lock's file: where it lies, and whose process holds it. The kernel's lock on the open file decides
//! (`flock(2)`), never that the file exists. Not responsible for what may not run twice.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// So much of a dataset's name makes a file's name readable, which may have 255 bytes (`NAME_MAX`).
const READABLE_LETTERS: usize = 100;

/// A process id and its line feed fit into so many bytes.
const PID_BYTES: u64 = 16;

/// Held as long as it lives. Children do not inherit it: Rust opens every file with `O_CLOEXEC`.
#[must_use = "the lock is held only as long as it lives"]
#[derive(Debug)]
pub struct RunLock {
    files: Vec<File>,
}

impl RunLock {
    /// Takes the lock on work with a dataset; `id` tells one bucket from another. A machine that has no place for the file
    /// costs a warning, not the run.
    pub fn take(dataset: &str, id: &str) -> Result<Self> {
        let directories = uid().map_or_else(Vec::new, directories);
        Self::take_in(&directories, dataset, id)
    }

    /// False if there was no place for it: then nobody knows who else is at work.
    pub fn is_held(&self) -> bool {
        !self.files.is_empty()
    }

    fn take_in(directories: &[PathBuf], dataset: &str, id: &str) -> Result<Self> {
        let readable: String = dataset.chars().take(READABLE_LETTERS).collect();
        let name = format!("{}-{id}", readable.replace(['/', ' '], "_"));
        let mut files = Vec::new();
        for (place, directory) in directories.iter().enumerate() {
            match locked(directory, &name) {
                Ok(file) => files.push(file),
                Err(TryLockError::WouldBlock) => {
                    return Err(held(dataset, &directory.join(&name)));
                }
                Err(TryLockError::Error(error)) => {
                    log::debug!("no lock in {}: {error}", directory.display());
                }
            }
            if place == 0 && !files.is_empty() {
                break;
            }
        }
        if files.is_empty() {
            let tried = directories.iter().map(|path| path.to_string_lossy());
            let tried: Vec<_> = tried.collect();
            log::warn!(
                "no place for a lock, tried {}: a second z3 for {dataset} would not be noticed",
                tried.join(", ")
            );
        }
        Ok(Self { files })
    }
}

/// Where the file may lie. The first is the same whatever starts z3; where it cannot be used, all others are, as cron knows no
/// `XDG_RUNTIME_DIR` and a shell does.
fn directories(uid: u32) -> Vec<PathBuf> {
    let own = format!("z3-{uid}");
    let system = if uid == 0 { "z3" } else { &own };
    let mut places = vec![Path::new("/run/lock").join(system)];
    if let Some(session) = env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty()) {
        places.push(Path::new(&session).join("z3"));
    }
    places.push(env::temp_dir().join(own));
    places
}

/// Our effective user id: the owner of `/proc/self` (proc(5)).
pub fn uid() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|meta| meta.uid())
}

/// The file, locked and with our process id in it.
fn locked(directory: &Path, name: &str) -> Result<File, TryLockError> {
    make_private(directory).map_err(TryLockError::Error)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(directory.join(name))
        .map_err(TryLockError::Error)?;
    file.try_lock()?;
    // For the eyes of whoever finds it locked; without it the lock is as good.
    let _ = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}

/// Anyone may make a directory in `/run/lock` and `/tmp`; in one that others may write to, a link could stand for our file.
fn make_private(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => (),
    }
    let meta = fs::symlink_metadata(directory)?;
    if meta.is_dir() && Some(meta.uid()) == uid() && meta.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::other("others may write to it"))
}

fn held(dataset: &str, path: &Path) -> Error {
    let mut holder = String::new();
    let read = File::open(path).and_then(|file| file.take(PID_BYTES).read_to_string(&mut holder));
    let holder = match (read, holder.trim()) {
        (Ok(_), pid) if pid.parse::<u32>().is_ok() => format!("process {pid}"),
        _ => format!("the holder of {}", path.display()),
    };
    Error::Locked {
        dataset: dataset.to_owned(),
        holder,
    }
    .hint("wait until it has ended, then start again; its lock ends with it")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn lock_in(directories: &[&Path], dataset: &str) -> Result<RunLock> {
        let directories: Vec<PathBuf> = directories.iter().map(|path| path.into()).collect();
        RunLock::take_in(&directories, dataset, "0123abcd")
    }

    #[test]
    fn one_holder_at_a_time_who_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("z3");
        let lock = lock_in(&[&place], "tank/a b").unwrap();
        let refused = lock_in(&[&place], "tank/a b").unwrap_err();
        let pid = std::process::id();
        assert_eq!(
            refused.to_string(),
            format!("tank/a b is being worked on by another z3: process {pid}")
        );
        assert_eq!(refused.exit_status(), 4);
        assert!(refused.advice().is_some());
        let other = lock_in(&[&place], "tank/other");
        drop((lock, other.unwrap()));
        // The file has stayed, and does not matter.
        assert!(place.join("tank_a_b-0123abcd").exists());
        assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, 0o700);
        assert!(lock_in(&[&place], "tank/a b").unwrap().is_held());
    }

    #[test]
    fn a_directory_of_somebody_else_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let [open, foreign, link, own] =
            ["open", "foreign", "link", "own"].map(|name| dir.path().join(name));
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
        symlink("/usr", &link).unwrap();
        fs::create_dir(&foreign).unwrap();
        // Only root can give a directory away; to anybody else, root's are foreign.
        let foreign = match chown(&foreign, Some(65534), None) {
            Ok(()) => foreign.as_path(),
            Err(_) => Path::new("/usr"),
        };
        let unusable = [&open, foreign, &link, Path::new("/nosuch/z3")];
        assert!(!lock_in(&unusable, "t").unwrap().is_held());
        let _lock = lock_in(&[&open, foreign, &link, &own], "t").unwrap();
        assert!(own.join("t-0123abcd").exists());
        assert!(lock_in(&[&own], "t").is_err());
    }

    #[test]
    fn without_the_first_place_every_other_one_is_locked() {
        let files = tempfile::tempdir().unwrap();
        let [missing, session, temporary] =
            ["missing/below", "session", "temporary"].map(|name| files.path().join(name));
        let cron = lock_in(&[&missing, &temporary], "t").unwrap();
        assert!(lock_in(&[&missing, &session, &temporary], "t").is_err());
        drop(cron);
        let _shell = lock_in(&[&missing, &session, &temporary], "t").unwrap();
        assert!(lock_in(&[&missing, &temporary], "t").is_err());
    }

    #[test]
    fn the_longest_dataset_fits() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("z3");
        let lock = lock_in(&[&place], &format!("tank/{}", "x".repeat(250))).unwrap();
        assert!(lock.is_held());
    }
}
