//! Linux: `/proc`, `/sys`, and the calls that it alone has.

mod memory;
mod name;
mod process;

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::PathBuf;

use memmap2::{Advice, MmapMut};
use rustix::fs::{FallocateFlags, RenameFlags, XattrFlags, fallocate, fsetxattr, renameat_with};
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

pub use memory::available_bytes;
pub use name::{holder_of_name, take_name};
pub use process::{own_process, started};

/// Asks glibc for so many heaps (mallopt(3)).
pub const HEAPS: Option<&str> = Some("MALLOC_ARENA_MAX");

/// What else may be wrong where a descriptor cannot be opened by its number.
pub const DESCRIPTOR_HINT: Option<&str> = None;

/// The directory of our configuration file.
pub fn config_directory() -> &'static str {
    "/etc/z3_backup"
}

/// Where locks lie, for all users.
pub fn lock_directory(_uid: u32) -> PathBuf {
    PathBuf::from("/run/lock")
}

/// The machine's id; it is confidential and the same after a reboot (machine-id(5)).
pub fn machine_id() -> String {
    super::first_text(&["/etc/machine-id", "/var/lib/dbus/machine-id"])
}

/// Which boot this is: another random id each time (random(4)).
pub fn boot_id() -> String {
    super::first_text(&["/proc/sys/kernel/random/boot_id"])
}

/// What the machine says of itself, so that no other waits for an address that nobody has there.
pub fn is_ec2() -> bool {
    let begins = |path: &str, word: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.starts_with(word)
    };
    begins("/sys/hypervisor/uuid", "ec2") || begins("/sys/class/dmi/id/board_vendor", "Amazon EC2")
}

/// The version of the zfs kernel module; `None` where zfs is none (zfs-fuse).
pub fn zfs_version() -> Option<String> {
    let text = fs::read_to_string("/sys/module/zfs/version").ok()?;
    Some(text.trim().to_owned())
}

/// The signals that were ignored when we were started, bit n-1 for signal n (`SigIgn` of `proc(5)`); none elsewhere.
pub fn ignored_signals() -> u64 {
    fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Where a descriptor stands in its file, in bytes (`proc_pid_fdinfo(5)`); 0 for a pipe. A file that is opened by way of
/// `/dev/fd` is opened anew, and stands at its beginning.
pub fn position_of(descriptor: u32) -> Option<u64> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")).ok()?;
    let position = info.lines().find_map(|line| line.strip_prefix("pos:"))?;
    position.trim().parse().ok()
}

/// Makes a pipe as roomy as this; whether it is, by now or already. What is no pipe is not.
pub fn widen_pipe(pipe: impl AsFd, bytes: usize) -> bool {
    fcntl_getpipe_size(&pipe).is_ok_and(|has| has >= bytes)
        || fcntl_setpipe_size(&pipe, bytes).is_ok()
}

/// Asks for large pages. Only advice: a kernel without them refuses it.
pub fn advise_large_pages(map: &MmapMut) {
    let _ = map.advise(Advice::HugePage);
}

/// Makes a hole in a file; whether its file system can.
pub fn punch_hole(file: &File, offset: u64, bytes: u64) -> bool {
    let how = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    fallocate(file, how, offset, bytes).is_ok()
}

/// Renames a file, unless something has the new name.
pub fn rename_new(from: impl AsFd, old: &str, to: impl AsFd, new: &[u8]) -> rustix::io::Result<()> {
    renameat_with(from, old, to, new, RenameFlags::NOREPLACE)
}

/// Sets an extended attribute that belongs to users, by its name as Linux has it (`user.NAME`); whether that went well.
pub fn set_xattr(file: impl AsFd, name: &[u8], value: &[u8]) -> bool {
    fsetxattr(file, name, value, XattrFlags::empty()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_get_room_and_files_have_none() {
        let (_reader, writer) = std::io::pipe().unwrap();
        assert!(widen_pipe(&writer, 1 << 20));
        assert!(fcntl_getpipe_size(&writer).unwrap() >= 1 << 20);
        assert!(!widen_pipe(File::open("/dev/null").unwrap(), 1 << 20));
    }
}
