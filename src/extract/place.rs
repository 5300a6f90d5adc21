//! Where files get their names: below one directory, and nowhere else.
//!
//! Responsible for the way down: it is gone step by step from a directory that is open, and no link is followed, so that neither
//! a name in a stream nor a link that lies there leads elsewhere. Not responsible for what files are like ([`super::dress`]).

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, linkat, mkdirat, mknodat, openat, statat, symlinkat,
    unlinkat,
};
use rustix::io::Errno;

use super::Request;
use super::stage::Staging;
use crate::error::{Error, Result};
use crate::files::{FileKind, Node, shown};
use crate::system;

/// A directory that was entered.
pub struct EnteredDirectory {
    /// What it is in the snapshot.
    pub node: Node,
    /// It, open.
    pub directory: OwnedFd,
    /// It was not there before.
    made: bool,
}

/// The directories from the top one to the one that is worked in.
pub struct Places<'a> {
    request: Request<'a>,
    top: OwnedFd,
    open: Vec<EnteredDirectory>,
    /// Those that this run has made, by their objects: it may come back.
    made: std::collections::BTreeSet<u64>,
}

/// Whether a path lies within another one, or is it.
pub fn is_within(path: &[u8], above: &[u8]) -> bool {
    let rest = path.strip_prefix(above);
    above == b"/" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

fn above(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte == b'/');
    path.get(..end.unwrap_or_default()).unwrap_or_default()
}

impl<'a> Places<'a> {
    /// Opens the top directory, and makes it if it is not there.
    pub fn new(request: Request<'a>) -> Result<Self> {
        let failed = |error| Error::io(format!("open {}", request.to.display()), error);
        match fs::create_dir(request.to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = openat(CWD, request.to, flags, Mode::empty());
        Ok(Self {
            request,
            top: top.map_err(|error| failed(error.into()))?,
            open: Vec::new(),
            made: std::collections::BTreeSet::new(),
        })
    }

    fn failed(&self, act: &str, path: &[u8]) -> impl Fn(Errno) -> Error + use<> {
        let what = format!("{act} {}{}", self.request.to.display(), shown(path));
        move |error| Error::io(what.clone(), error.into())
    }

    /// Fails if something lies where this is to be written, unless it may be replaced.
    pub fn expect_free(&self, node: &Node) -> Result<()> {
        if self.request.force || node.path == b"/" {
            return Ok(());
        }
        let is_directory = node.attributes.kind() == FileKind::Directory;
        match self.kind_at(&node.path) {
            None => Ok(()),
            Some(FileType::Directory) if is_directory => Ok(()),
            Some(_) => {
                let to = self.request.to.display();
                let text = format!("{to}{} is there already", shown(&node.path));
                Err(Error::refused(text).hint("--force replaces what is there, but no directory"))
            }
        }
    }

    /// What lies there, if all on the way to it are directories.
    fn kind_at(&self, path: &[u8]) -> Option<FileType> {
        let mut names: Vec<&[u8]> = path.split(|&byte| byte == b'/').skip(1).collect();
        let last = names.pop()?;
        let mut directory = self.top.try_clone().ok()?;
        for name in names {
            directory = enter(directory.as_fd(), name).ok()?;
        }
        let stat = statat(&directory, last, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(FileType::from_raw_mode(stat.st_mode))
    }

    /// The directory that is worked in.
    fn here(&self) -> BorrowedFd<'_> {
        let last = self.open.last();
        last.map_or(self.top.as_fd(), |place| place.directory.as_fd())
    }

    /// The paths of the directories above this one that have not been entered, the highest first.
    pub fn missing_above(&self, path: &[u8]) -> Vec<Vec<u8>> {
        let here = self.open.last().map_or(&b""[..], |place| &place.node.path);
        let mut missing = Vec::new();
        let mut path = above(path);
        while path.len() > here.len() {
            missing.push(path.to_vec());
            path = above(path);
        }
        missing.reverse();
        missing
    }

    /// Enters a directory that lies in the one that is worked in, and makes it if it is not there.
    pub fn enter(&mut self, node: Node) -> Result<()> {
        let failed = self.failed("create directory", &node.path);
        let made = match mkdirat(self.here(), node.name(), Mode::RWXU) {
            Ok(()) => true,
            Err(Errno::EXIST) => self.replace_with_directory(&node)?,
            Err(error) => return Err(failed(error)),
        };
        if made {
            self.made.insert(node.object);
        }
        let directory = enter(self.here(), node.name()).map_err(failed)?;
        self.open.push(EnteredDirectory {
            made: self.made.contains(&node.object),
            node,
            directory,
        });
        Ok(())
    }

    /// Something lies there. Whether it has given way to a directory; if not, it is one.
    fn replace_with_directory(&self, node: &Node) -> Result<bool> {
        let failed = self.failed("create directory", &node.path);
        if !self.request.force || enter(self.here(), node.name()).is_ok() {
            return Ok(false);
        }
        unlinkat(self.here(), node.name(), AtFlags::empty()).map_err(&failed)?;
        mkdirat(self.here(), node.name(), Mode::RWXU).map_err(&failed)?;
        Ok(true)
    }

    /// Leaves the directories in which this path does not lie: those that were made, the deepest first.
    pub fn leave(&mut self, path: &[u8]) -> Vec<EnteredDirectory> {
        let mut left = Vec::new();
        while let Some(place) = self.open.pop_if(|place| !is_within(path, &place.node.path)) {
            if place.made {
                left.push(place);
            }
        }
        left
    }

    /// What may be replaced gives way.
    fn make_way(&self, node: &Node) -> Result<()> {
        if !self.request.force {
            return Ok(());
        }
        match unlinkat(self.here(), node.name(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("replace", &node.path)(error)),
        }
    }

    /// Gives a file its name. It keeps the one that it had, for its other names, where the file system has links.
    pub fn place(&self, node: &Node, stage: &Staging) -> Result<()> {
        self.make_way(node)?;
        let (from, own, here) = (stage.directory(), node.object.to_string(), self.here());
        let linked = linkat(from, &own, here, node.name(), AtFlags::empty());
        let placed = match linked {
            Err(Errno::EXIST) | Ok(()) => linked,
            Err(_) => system::rename_new(from, &own, here, node.name()),
        };
        placed.map_err(self.failed("create", &node.path))
    }

    /// Makes a link; where it lies.
    pub fn link(&self, node: &Node) -> Result<BorrowedFd<'_>> {
        self.make_way(node)?;
        let failed = self.failed("create link", &node.path);
        let target = node.attributes.target.as_deref();
        let target = target.ok_or_else(|| failed(Errno::IO))?;
        symlinkat(target, self.here(), node.name()).map_err(failed)?;
        Ok(self.here())
    }

    /// Makes a named pipe, and opens it.
    pub fn fifo(&self, node: &Node) -> Result<File> {
        self.make_way(node)?;
        let failed = self.failed("create fifo", &node.path);
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(self.here(), node.name(), FileType::Fifo, mode, 0).map_err(&failed)?;
        // Who opens one waits for a writer, unless told not to.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = openat(self.here(), node.name(), flags, Mode::empty());
        Ok(File::from(opened.map_err(failed)?))
    }
}

fn enter(directory: BorrowedFd<'_>, name: &[u8]) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty())
}
