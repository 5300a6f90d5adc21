//! How much memory this process may use: the limits of a container, a service (`MemoryMax=`) or a shell (`ulimit -v`) are
//! far below the machine's memory as a rule.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of a cgroup that limit its memory: of version 2 and of version 1.
const V2_FILES: [&str; 2] = ["memory.max", "memory.high"];
const V1_FILES: [&str; 1] = ["memory.limit_in_bytes"];

/// The machine's memory or the least limit of this process, in bytes; 0 if nothing is known.
pub fn available_bytes() -> u64 {
    available_below(Path::new("/"))
}

fn available_below(root: &Path) -> u64 {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let levels = cgroups(&read("proc/self/cgroup"), &read("proc/self/mountinfo"));
    let limits = levels.iter().flat_map(|level| level.limits(root));
    let machine = total_in(&read("proc/meminfo"));
    let address_space = address_space_in(&read("proc/self/limits"));
    let all = limits.chain(machine).chain(address_space);
    all.filter(|&bytes| bytes > 0).min().unwrap_or(0)
}

/// `MemTotal` of `/proc/meminfo` (proc(5)), which is in KiB.
fn total_in(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let rest = lines.find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The soft limit of `ulimit -v` in `/proc/self/limits` (proc(5)). Half of it: programs, stacks and the allocator's arenas
/// take addresses that they never use.
fn address_space_in(limits: &str) -> Option<u64> {
    let mut lines = limits.lines();
    let rest = lines.find_map(|line| line.strip_prefix("Max address space"))?;
    let soft: u64 = rest.split_whitespace().next()?.parse().ok()?;
    Some(soft / 2)
}

/// A cgroup of ours as its files show it: the directory of its hierarchy, and ours below that.
#[derive(Debug, PartialEq, Eq)]
struct Cgroup {
    top: PathBuf,
    below: PathBuf,
    files: &'static [&'static str],
}

impl Cgroup {
    /// Those of the group itself and of all that it lies in, as far as they are mounted.
    fn limits(&self, root: &Path) -> impl Iterator<Item = u64> {
        let path = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
        let (top, own) = (path(&self.top), path(&self.top.join(&self.below)));
        let levels = own.ancestors().map(Path::to_owned);
        let levels: Vec<PathBuf> = levels.take_while(|level| level.starts_with(&top)).collect();
        let files = self.files.iter();
        files.flat_map(move |file| {
            let numbers = levels.iter().map(|level| number_in(&level.join(file)));
            numbers.flatten().collect::<Vec<_>>()
        })
    }
}

/// `max` is no number, and no limit.
fn number_in(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Our cgroups that can limit memory, out of `/proc/self/cgroup` (cgroups(7)) and `/proc/self/mountinfo` (proc(5)).
fn cgroups(cgroup: &str, mountinfo: &str) -> Vec<Cgroup> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let (mount, source) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (mount_root, top) = (mount.next()?, mount.next()?);
        let mut source = source.split(' ');
        let (kind, options) = (source.next()?, source.next_back()?);
        let v1 = kind == "cgroup" && options.split(',').any(|option| option == "memory");
        let (files, path): (&[&str], _) = match kind {
            "cgroup2" => (&V2_FILES, path_of(cgroup, "")?),
            _ if v1 => (&V1_FILES, path_of(cgroup, "memory")?),
            _ => return None,
        };
        // A container may see its own group as the top of the mount, whatever it is called outside.
        let below = Path::new(path).strip_prefix(mount_root);
        Some(Cgroup {
            top: PathBuf::from(plain_path(top)),
            below: below.unwrap_or(Path::new("")).to_owned(),
            files,
        })
    });
    mounts.collect()
}

/// The path of our group in the hierarchy of a controller; that of version 2 has none.
fn path_of<'a>(cgroup: &'a str, controller: &str) -> Option<&'a str> {
    let mut rows = cgroup.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        rest.split_once(':')
    });
    let row = rows.find(|(names, _)| names.split(',').any(|name| name == controller));
    row.map(|(_, path)| path)
}

/// A blank in a path, which is the one letter that mountinfo writes otherwise and that occurs.
fn plain_path(text: &str) -> String {
    text.replace("\\040", " ")
}

#[cfg(test)]
mod tests;
