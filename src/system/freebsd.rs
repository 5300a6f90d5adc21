//! FreeBSD: its own places (hier(7)), its own programs for what Linux has in `/proc`, and
//! no for what it lacks. Also for systems that nobody has named: what they do not answer is unknown.
//!
//! It has been built, and never run on its system. What is unknown is therefore what costs least: an upload that was cut off is
//! gone on with when it has been silent for hours, and no sooner.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use memmap2::MmapMut;
use rustix::fs::{AtFlags, renameat, statat};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use super::SeenProcess;

/// Its allocator takes no more than it needs.
pub const HEAPS: Option<&str> = None;

/// What else may be wrong where a descriptor cannot be opened by its number (fdescfs(5)).
pub const DESCRIPTOR_HINT: Option<&str> =
    Some("is fdescfs mounted? mount -t fdescfs fdescfs /dev/fd");

/// The directory of our configuration file: where ports have theirs, or where the Python z3 had it, if it is only there.
pub fn config_directory() -> &'static str {
    let [own, earlier] = ["/usr/local/etc/z3_backup", "/etc/z3_backup"];
    let has = |place: &str| Path::new(place).join("z3.conf").exists();
    if !has(own) && has(earlier) {
        return earlier;
    }
    own
}

/// Where locks lie: `/var/run` is root's alone, and `/tmp` the same for all users whatever `TMPDIR` says.
pub fn lock_directory(uid: u32) -> PathBuf {
    PathBuf::from(if uid == 0 { "/var/run" } else { "/tmp" })
}

/// No name is had by one process at a time.
pub fn take_name(_name: &str) -> io::Result<UnixListener> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nobody holds a name.
pub fn holder_of_name(_name: &str, _uid: u32) -> Option<u32> {
    None
}

/// The host's id; it is the same after a reboot (rc.d/hostid).
pub fn machine_id() -> String {
    super::first_text(&["/etc/machine-id", "/var/db/machine-id", "/etc/hostid"])
}

/// Nothing tells one boot from another whatever happens to the clock.
pub fn boot_id() -> String {
    String::new()
}

/// Without a boot's id no other run can look for us.
pub fn own_process() -> Option<SeenProcess> {
    None
}

/// Nor do we look for others.
pub fn started(_pid: u32) -> Option<u64> {
    None
}

/// The machine's memory or the least limit of this process, in bytes; 0 if nothing is known. Half of `ulimit -v`: programs and
/// stacks take addresses that they never use.
pub fn available_bytes() -> u64 {
    let number = |name: &str| sysctl(name).and_then(|text| text.parse::<u64>().ok());
    let machine = number("hw.physmem");
    let address_space = getrlimit(Resource::As).current.map(|bytes| bytes / 2);
    let all = machine.into_iter().chain(address_space);
    all.filter(|&bytes| bytes > 0).min().unwrap_or(0)
}

/// What the machine says of itself (smbios(4)).
pub fn is_ec2() -> bool {
    let maker = said("/bin/kenv", &["-q", "smbios.system.maker"]);
    maker.is_some_and(|maker| maker.starts_with("Amazon EC2"))
}

/// The version of the zfs kernel module.
pub fn zfs_version() -> Option<String> {
    sysctl("vfs.zfs.version.module")
}

/// The signals that were ignored when we were started, bit n-1 for signal n (`sigignore` of ps(1)).
pub fn ignored_signals() -> u64 {
    let own = std::process::id().to_string();
    said("/bin/ps", &["-o", "sigignore=", "-p", &own])
        .and_then(|mask| u64::from_str_radix(&mask, 16).ok())
        .unwrap_or(0)
}

/// What `/dev/fd` opens is the same open file (fdescfs(5)), and stands where it stood.
pub fn position_of(_descriptor: u32) -> Option<u64> {
    None
}

/// The kernel makes a pipe roomy by itself when much is written to it; nothing says how roomy.
pub fn widen_pipe(_pipe: impl AsFd, _bytes: usize) -> bool {
    false
}

/// It joins pages by itself.
pub fn advise_large_pages(_map: &MmapMut) {}

/// No call for it in safe Rust; zeros are written, which ZFS with compression does not store.
pub fn punch_hole(_file: &File, _offset: u64, _bytes: u64) -> bool {
    false
}

/// Renames a file, unless something has the new name. There is no call for both in one.
pub fn rename_new(from: impl AsFd, old: &str, to: impl AsFd, new: &[u8]) -> rustix::io::Result<()> {
    match statat(&to, new, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => renameat(from, old, to, new),
        Err(error) => Err(error),
        Ok(_) => Err(Errno::EXIST),
    }
}

/// No call for it in safe Rust (extattr(2)).
pub fn set_xattr(_file: impl AsFd, _name: &[u8], _value: &[u8]) -> bool {
    false
}

fn sysctl(name: &str) -> Option<String> {
    said("/sbin/sysctl", &["-n", name])
}

/// What a program of the base system prints, if it ends well and says anything.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().stdin(Stdio::null());
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
