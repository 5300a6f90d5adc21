//! The lock that needs no file: the name of an abstract Unix socket (unix(7)), which one process at a time can have.
//!
//! It holds for everybody in the network namespace, whatever directories they see. But anyone on the machine may take any
//! name, so a taken one says something only if the process that has it is root's or our own user's.

use std::fs;
use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use sha2::{Digest, Sha256};

/// What became of it.
#[derive(Debug)]
pub enum Name {
    /// It is ours until this is dropped.
    Held {
        /// Closed, the name is free.
        _listener: UnixListener,
    },
    /// This process of root or of our own user has it.
    TakenBy(u32),
    /// Somebody has it, and there is no telling who.
    Taken,
    /// There are no such sockets here.
    Unknown,
}

/// Takes the name for work on a dataset; `id` tells one bucket from another.
pub fn take(dataset: &str, id: &str, uid: Option<u32>) -> Name {
    let hash = hex::encode(Sha256::digest(format!("{dataset}\n{id}")));
    let name: String = format!("z3-lock-{hash}").chars().take(40).collect();
    let bound =
        SocketAddr::from_abstract_name(&name).and_then(|address| UnixListener::bind_addr(&address));
    match bound {
        Ok(_listener) => Name::Held { _listener },
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            holder(&name, uid).map_or(Name::Taken, Name::TakenBy)
        }
        Err(error) => {
            log::debug!("no lock by a socket's name: {error}");
            Name::Unknown
        }
    }
}

/// The process of root or of this user that has the name, if it can be seen from here.
fn holder(name: &str, uid: Option<u32>) -> Option<u32> {
    let sockets = fs::read_to_string("/proc/net/unix").ok()?;
    let wanted = format!("@{name}");
    let row = sockets.lines().find(|line| line.ends_with(&wanted))?;
    let inode = row.split_whitespace().nth(6)?;
    let link = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|entry| {
            let owner = entry.metadata().ok().map(|meta| meta.uid());
            owner.is_some() && (owner == Some(0) || owner == uid)
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .find(|pid: &u32| has_open(*pid, &link))
}

fn has_open(pid: u32, link: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd"));
    let links = files.into_iter().flatten().flatten();
    links
        .flat_map(|entry| fs::read_link(entry.path()))
        .any(|open| open.as_os_str() == link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::uid;

    #[test]
    fn a_name_has_one_holder_until_that_ends() {
        let id = format!("test-{}", std::process::id());
        let first = take("tank/a", &id, uid());
        assert!(matches!(first, Name::Held { .. }), "{first:?}");
        let second = take("tank/a", &id, uid());
        assert!(
            matches!(second, Name::TakenBy(pid) if pid == std::process::id()),
            "{second:?}"
        );
        assert!(matches!(take("tank/b", &id, uid()), Name::Held { .. }));
        drop(first);
        assert!(matches!(take("tank/a", &id, uid()), Name::Held { .. }));
    }

    #[test]
    fn a_name_that_a_stranger_has_proves_nothing() {
        assert_eq!(holder("z3-lock-nobody", uid()), None);
    }
}
