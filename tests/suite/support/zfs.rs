//! Datasets of the tests, on the pool that `tests/env/with` made; through the `zfs` command alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::env::ENV;

/// A dataset by its name; it need not exist.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub name: String,
}

impl Dataset {
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    pub fn create(&self) -> &Self {
        zfs(&["create", "-p", &self.name]);
        self
    }

    pub fn exists(&self) -> bool {
        run(&["list", "-H", "-o", "name", &self.name])
            .status
            .success()
    }

    /// Where it is mounted.
    pub fn path(&self) -> PathBuf {
        ENV.dir.join(&self.name)
    }

    /// Writes a file, and the directories above it.
    pub fn write(&self, name: &str, content: &[u8]) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn snapshot(&self, name: &str) -> String {
        let full = format!("{}@{name}", self.name);
        // What was written has to be in the pool, and only this daemon's cache can hold it back.
        File::open(self.path()).and_then(|dir| dir.sync_all()).ok();
        zfs(&["snapshot", &full]);
        full
    }

    /// Names after the `@`, oldest first; none if there is no such dataset.
    pub fn snapshots(&self) -> Vec<String> {
        self.snapshots_if_there().unwrap_or_default()
    }

    /// The same; `None` if there is no such dataset.
    pub fn snapshots_if_there(&self) -> Option<Vec<String>> {
        self.listed("name")
    }

    /// These columns of its snapshots, oldest first, without the dataset's name before the first.
    pub fn listed(&self, columns: &str) -> Option<Vec<String>> {
        let list = ["list", "-H", "-r", "-t", "snapshot", "-s", "creation", "-o"];
        let listed = run(&[list.as_slice(), &[columns, &self.name]].concat());
        let text = String::from_utf8(listed.stdout).unwrap();
        let own = format!("{}@", self.name);
        let own = |line: &str| Some(line.strip_prefix(&own)?.to_owned());
        let rows = text.lines().filter_map(own).collect();
        listed.status.success().then_some(rows)
    }

    /// The guid of a snapshot, exact.
    pub fn guid(&self, snapshot: &str) -> String {
        self.number(snapshot, "guid")
    }

    pub fn creation(&self, snapshot: &str) -> String {
        self.number(snapshot, "creation")
    }

    fn number(&self, snapshot: &str, property: &str) -> String {
        zfs(&[
            "get",
            "-H",
            "-p",
            "-o",
            "value",
            property,
            &format!("{}@{snapshot}", self.name),
        ])
    }

    /// What `zfs send` writes; `base` is the name of an earlier snapshot.
    pub fn send(&self, base: Option<&str>, snapshot: &str) -> Vec<u8> {
        let full = format!("{}@{snapshot}", self.name);
        let from = base.map(|base| format!("{}@{base}", self.name));
        let sent = match &from {
            Some(from) => run(&["send", "-i", from, &full]),
            None => run(&["send", &full]),
        };
        assert!(
            sent.status.success(),
            "{}",
            String::from_utf8_lossy(&sent.stderr)
        );
        sent.stdout
    }

    pub fn mount(&self) {
        let mount = run(&["mount", &self.name]);
        let said = String::from_utf8_lossy(&mount.stderr);
        let mounted = mount.status.success() || said.contains("already mounted");
        assert!(mounted, "zfs mount {}: {said}", self.name);
    }

    /// Unmounts it, and waits until zfs-fuse has let go of it: `recv -F` into a dataset that is, or was just now, mounted
    /// receives everything there and then says "I/O error".
    pub fn unmount(&self) {
        zfs(&["umount", &self.name]);
        thread::sleep(Duration::from_millis(500));
    }

    /// Gives it another name as soon as zfs-fuse has let go of it, and unmounts it for that if it is mounted.
    pub fn rename(&self, to: &str) {
        for _ in 0..100 {
            run(&["umount", &self.name]);
            if run(&["rename", &self.name, to]).status.success() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{} stays busy", self.name);
    }

    /// Destroys it with everything in it, if it is there. zfs-fuse unmounts behind our back and says busy until it has.
    pub fn destroy(&self) {
        let absent = format!("cannot open '{}': dataset does not exist", self.name);
        for _ in 0..100 {
            let ended = run(&["destroy", "-r", &self.name]);
            let said = String::from_utf8_lossy(&ended.stderr);
            if ended.status.success() || said.trim() == absent {
                return;
            }
            run(&["umount", "-f", &self.name]);
            thread::sleep(Duration::from_millis(100));
        }
        panic!("{} stays busy", self.name);
    }

    /// Waits until zfs-fuse has noticed that the receiver of a first snapshot was killed. It cannot take away a dataset that
    /// anybody looks at in that moment (a `zfs list` is enough), and leaves it for ever, without a snapshot: that one is
    /// destroyed here. A dataset that is there afterwards has a snapshot.
    pub fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(5);
        while self.snapshots_if_there().is_some_and(|all| all.is_empty()) {
            if Instant::now() > end {
                return self.destroy();
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Everything below the mount point: type, mode, owner and content of each name. Equal maps are equal trees.
    pub fn tree(&self) -> BTreeMap<PathBuf, String> {
        self.mount();
        tree(&self.path())
    }
}

/// Type, mode, owner, time and content (a digest, or where a link points) of everything below a directory.
pub fn tree(top: &Path) -> BTreeMap<PathBuf, String> {
    let (mut found, mut open) = (BTreeMap::new(), vec![top.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let about = path.symlink_metadata().unwrap();
            let kind = about.file_type();
            let content = if kind.is_dir() {
                open.push(path.clone());
                "directory".to_owned()
            } else if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_file() {
                format!("{:x}", Sha256::digest(fs::read(&path).unwrap()))
            } else {
                "special".to_owned()
            };
            let mode = about.permissions().mode();
            let line = format!(
                "{mode:o} {}:{} {} {content}",
                about.uid(),
                about.gid(),
                about.mtime()
            );
            found.insert(path.strip_prefix(top).unwrap().to_owned(), line);
        }
    }
    found
}

/// Bytes that no compressor makes smaller, the same for the same seed.
pub fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next)
        .flatten()
        .take(bytes)
        .collect()
}

/// Bytes that every compressor makes much smaller.
pub fn prose(bytes: usize, seed: u64) -> Vec<u8> {
    let words = [
        "snapshot ",
        "dataset ",
        "pool ",
        "bucket\n",
        "object ",
        "part ",
    ];
    let choice = noise(bytes / 4 + 1, seed);
    choice
        .iter()
        .flat_map(|at| words[usize::from(*at) % words.len()].bytes())
        .take(bytes)
        .collect()
}

/// Whether the pool is the kernel's OpenZFS, and not zfs-fuse.
pub fn openzfs() -> bool {
    std::env::var("Z3T_ZFS").as_deref() == Ok("openzfs")
}

/// Runs `zfs`, which has to succeed; its output without the last line feed.
pub fn zfs(arguments: &[&str]) -> String {
    let ended = run(arguments);
    assert!(
        ended.status.success(),
        "zfs {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&ended.stderr)
    );
    String::from_utf8(ended.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

fn run(arguments: &[&str]) -> Output {
    Command::new("zfs").args(arguments).output().unwrap()
}
