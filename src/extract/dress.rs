//! What a file is like beside its content: owner, mode, times, extended attributes.
//!
//! Everything is set by way of an open file, so that no name is looked up twice. An owner is set by root alone.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{
    AtFlags, Gid, Mode, RawMode, Timespec, Timestamps, Uid, chownat, fchmod, fchown, futimens,
    utimensat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::left_out::LeftOut;
use super::stage::Staging;
use crate::error::{Error, Result};
use crate::files::{Attributes, Node, Tree, Xattrs};
use crate::system;

/// The longest value that Linux takes (`XATTR_SIZE_MAX`).
const VALUE_BYTES: u64 = 64 << 10;
/// The names that belong to users. Others mean something to a system, and not to this one.
const OF_USERS: &[u8] = b"user.";
/// Those of ACLs.
const OF_ACLS: &[u8] = b"system.posix_acl_";
const SETUID_BITS: u32 = 0o6000;

/// Sets it, and notes what it leaves out.
pub struct Dress {
    setuid: bool,
    root: bool,
    /// What was left out.
    pub left_out: LeftOut,
}

/// The objects whose contents are values of extended attributes that will be set, with their lengths.
pub fn values_elsewhere(tree: &Tree, attributes: &Attributes) -> Vec<(u64, u64)> {
    let xattrs = Xattrs::of(tree, attributes).unwrap_or_default();
    let own = xattrs.elsewhere.into_iter();
    let own = own.filter(|(name, _)| name.starts_with(OF_USERS));
    own.filter_map(|(_, object)| Some((object, tree.length_of(object)?)))
        .filter(|(_, bytes)| *bytes <= VALUE_BYTES)
        .collect()
}

impl Dress {
    /// With setuid bits or without.
    pub fn new(setuid: bool) -> Self {
        Self {
            setuid,
            root: geteuid().is_root(),
            left_out: LeftOut::default(),
        }
    }

    /// Dresses a file, a directory or a pipe. Its times come last, as everything else changes them. What this file system cannot
    /// have is no reason to keep the file back.
    pub fn file(
        &mut self,
        tree: &Tree,
        node: &Node,
        file: impl AsFd,
        stage: &Staging,
    ) -> Result<()> {
        let file = file.as_fd();
        if let Some((uid, gid)) = self.owner(node)
            && fchown(file, Some(uid), Some(gid)).is_err()
        {
            self.left_out.note(LeftOut::OWNER, &node.path);
        }
        self.xattrs(tree, node, file, stage)?;
        let mode = Mode::from_raw_mode(self.mode(node) as RawMode);
        let dressed = fchmod(file, mode).and_then(|()| futimens(file, &times(node)));
        dressed.map_err(|error| undressed(node, error))
    }

    /// Dresses a link that lies in this directory.
    pub fn link(&mut self, node: &Node, directory: BorrowedFd<'_>) -> Result<()> {
        let (name, itself) = (node.name(), AtFlags::SYMLINK_NOFOLLOW);
        if let Some((uid, gid)) = self.owner(node)
            && chownat(directory, name, Some(uid), Some(gid), itself).is_err()
        {
            self.left_out.note(LeftOut::OWNER, &node.path);
        }
        let dressed = utimensat(directory, name, &times(node), itself);
        dressed.map_err(|error| undressed(node, error))
    }

    fn owner(&mut self, node: &Node) -> Option<(Uid, Gid)> {
        let it = &node.attributes;
        // The highest number means that nothing is to be changed.
        let number = |id: u64| u32::try_from(id).ok().filter(|&id| id != u32::MAX);
        let owner = number(it.uid).zip(number(it.gid));
        if owner.is_none() {
            self.left_out.note(LeftOut::OWNER, &node.path);
        }
        let (uid, gid) = owner.filter(|_| self.root)?;
        Some((Uid::from_raw(uid), Gid::from_raw(gid)))
    }

    fn mode(&mut self, node: &Node) -> u32 {
        let mode = node.attributes.mode & 0o7777;
        if self.setuid || mode & SETUID_BITS == 0 {
            return mode;
        }
        self.left_out.note(LeftOut::SETUID, &node.path);
        mode & !SETUID_BITS
    }

    fn xattrs(
        &mut self,
        tree: &Tree,
        node: &Node,
        file: BorrowedFd<'_>,
        stage: &Staging,
    ) -> Result<()> {
        let found = Xattrs::of(tree, &node.attributes);
        let found =
            found.map_err(|problem| Error::refused(format!("{}: {problem}", node.shown())))?;
        let mut values = found.here;
        for (name, object) in found.elsewhere {
            let value = match name.starts_with(OF_USERS) {
                true => stage.short(object, VALUE_BYTES)?,
                false => Vec::new(),
            };
            values.push((name, value));
        }
        let acl = |name: &[u8]| name.starts_with(OF_ACLS);
        if node.attributes.has_acl() || values.iter().any(|(name, _)| acl(name)) {
            self.left_out.note(LeftOut::ACL, &node.path);
        }
        let set = |(name, value): &(Vec<u8>, Vec<u8>)| {
            name.starts_with(OF_USERS) && system::set_xattr(file, name, value)
        };
        let others = values.iter().filter(|(name, _)| !acl(name));
        // Each is set, also behind one that cannot be.
        if others.filter(|value| !set(value)).count() > 0 {
            self.left_out.note(LeftOut::XATTRS, &node.path);
        }
        Ok(())
    }
}

fn undressed(node: &Node, error: Errno) -> Error {
    Error::io(
        format!("set mode and times of {}", node.shown()),
        error.into(),
    )
}

/// That of its content is the one that is known; when it was read last is nobody's concern.
fn times(node: &Node) -> Timestamps {
    let (seconds, nanoseconds) = node.attributes.mtime;
    let time = Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds.into(),
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}
