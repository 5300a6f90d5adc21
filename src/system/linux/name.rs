//! Names that one process at a time can have: those of abstract Unix sockets (unix(7)).

use std::fs;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Takes the name, until the listener is dropped. `AddrInUse`: somebody has it.
pub fn take_name(name: &str) -> io::Result<UnixListener> {
    SocketAddr::from_abstract_name(name).and_then(|address| UnixListener::bind_addr(&address))
}

/// The process of root or of this user that has the name, if it can be seen from here.
pub fn holder_of_name(name: &str, uid: u32) -> Option<u32> {
    let sockets = fs::read_to_string("/proc/net/unix").ok()?;
    let wanted = format!("@{name}");
    let row = sockets.lines().find(|line| line.ends_with(&wanted))?;
    let inode = row.split_whitespace().nth(6)?;
    let link = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|entry| {
            let owner = entry.metadata().ok().map(|meta| meta.uid());
            owner.is_some_and(|owner| owner == 0 || owner == uid)
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
