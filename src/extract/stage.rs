//! Contents in the making, each in a file that has the number of its object for a name, in a directory beside what they become.
//!
//! That directory goes when the work ends; what a run leaves that was killed, the next one clears away.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, mkdirat, openat};

use crate::browse::Sparse;
use crate::chain::ContentPiece;
use crate::error::{Error, Result};
use crate::signals::{self, OnStop};
use crate::system;

/// How the directory is called, before the number of the process.
const NAME: &str = ".z3-extract-";

/// The directory, and the file that was written to last.
pub struct Staging {
    path: PathBuf,
    directory: OwnedFd,
    /// Nothing is written of what is too long to be a file here.
    open: Option<(u64, Option<Sparse>)>,
    dressed: BTreeSet<u64>,
    _on_stop: OnStop,
}

impl Staging {
    /// Makes it.
    pub fn new(to: &Path) -> Result<Self> {
        clear(to);
        let path = to.join(format!("{NAME}{}", process::id()));
        let failed =
            |error| Error::io(format!("create {}", path.display()), io::Error::from(error));
        mkdirat(CWD, &path, Mode::RWXU).map_err(failed)?;
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = openat(CWD, &path, flags, Mode::empty()).map_err(failed)?;
        // Where locks cannot be had, nobody takes it for what a killed run has left.
        let _ = flock(&directory, FlockOperation::NonBlockingLockExclusive);
        let gone = path.clone();
        Ok(Self {
            directory,
            open: None,
            dressed: BTreeSet::new(),
            _on_stop: signals::on_stop(move || drop(fs::remove_dir_all(gone))),
            path,
        })
    }

    /// Writes a piece of a content that is so long.
    pub fn take(&mut self, piece: &ContentPiece<'_>, bytes: u64) -> Result<()> {
        let path = &self.path;
        let failed = |error| Error::io(format!("write {}/{}", path.display(), piece.object), error);
        if self.open.as_ref().map(|(open, _)| *open) != Some(piece.object) {
            let sparse = match Sparse::new(self.opened(piece.object)?, bytes) {
                // Said when its turn comes to get a name; the others are not kept back.
                Err(error) if is_too_long(&error) => None,
                made => Some(made.map_err(failed)?),
            };
            self.open = Some((piece.object, sparse));
        }
        let sparse = self.open.as_mut().and_then(|(_, sparse)| sparse.as_mut());
        sparse.map_or(Ok(()), |sparse| sparse.take(piece).map_err(failed))
    }

    fn opened(&self, object: u64) -> Result<File> {
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = openat(&self.directory, object.to_string(), flags, mode);
        let file = file.map_err(|error| {
            Error::io(
                format!("open {}/{object}", self.path.display()),
                error.into(),
            )
        });
        Ok(File::from(file?))
    }

    /// The content of an object that is so long, whole. Of some no stream has anything: they are empty, or nothing but a hole.
    pub fn file(&self, object: u64, bytes: u64) -> Result<File> {
        if self.dressed.contains(&object) {
            // It may have a mode by now that lets nobody write.
            return self.read(object);
        }
        let file = self.opened(object)?;
        let file = Sparse::new(file, bytes).map_err(|error| match is_too_long(&error) {
            true => Error::refused(format!("a file cannot have {bytes} bytes here")),
            false => Error::io(format!("write {}/{object}", self.path.display()), error),
        })?;
        Ok(file.into_file())
    }

    fn read(&self, object: u64) -> Result<File> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.directory, object.to_string(), flags, Mode::empty());
        let file = file.map_err(|error| Error::io("open a file", error.into()));
        Ok(File::from(file?))
    }

    /// Whether the object is asked for by its first name.
    pub fn is_first(&mut self, object: u64) -> bool {
        self.dressed.insert(object)
    }

    /// A content that is short, if it is no longer than that.
    pub fn short(&self, object: u64, most_bytes: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self
            .opened(object)?
            .take(most_bytes)
            .read_to_end(&mut bytes);
        read.map_err(|error| Error::io("read an extended attribute", error))?;
        Ok(bytes)
    }

    /// The directory.
    pub fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }
}

/// Lengths are a stranger's: more than the file system has, or more than any can have.
fn is_too_long(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, InvalidInput};
    matches!(error.kind(), FileTooLarge | InvalidInput)
}

/// Removes what runs have left that were killed: no process has that number, and nobody holds the lock, on whatever machine.
fn clear(to: &Path) {
    for entry in fs::read_dir(to).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let pid = name.to_str().and_then(|name| name.strip_prefix(NAME));
        let Some(pid) = pid.and_then(|pid| pid.parse::<u32>().ok()) else {
            continue;
        };
        if pid != process::id() && system::is_process(pid) {
            continue;
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let left = openat(CWD, &path, flags, Mode::empty());
        let is_left = |it: &OwnedFd| flock(it, FlockOperation::NonBlockingLockExclusive).is_ok();
        if left.is_ok_and(|it| is_left(&it)) && fs::remove_dir_all(&path).is_ok() {
            log::info!("{}: left by a run that was killed, removed", path.display());
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
