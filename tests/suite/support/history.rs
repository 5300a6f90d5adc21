//! A small file system that has lived: what most tests of commands back up.

use std::fs;
use std::os::unix::fs::symlink;

use super::zfs::{Dataset, noise, prose, zfs};

impl Dataset {
    /// Creates the dataset if it is not there, and changes it before each of these snapshots: files come, change, move
    /// and go.
    pub fn history(&self, snapshots: &[&str]) -> &Self {
        let before = self.snapshots_if_there();
        let before = before.map_or_else(
            || {
                self.create();
                0
            },
            |before| before.len(),
        );
        for (age, name) in (before..).zip(snapshots) {
            let seed = age as u64;
            self.write("changes", &noise(30_000, seed))
                .write(&format!("dir/{age}"), &prose(50_000, seed));
            let link = self.path().join("link");
            drop(fs::remove_file(&link));
            symlink(format!("dir/{age}"), link).unwrap();
            if age > 1 {
                fs::remove_file(self.path().join("dir/1")).ok();
            }
            self.snapshot(name);
        }
        self
    }

    /// Creates the dataset without mounting it. Every other time zfs-fuse cannot receive a full over one that is mounted
    /// ("I/O error"): it unmounts behind its own back.
    pub fn create_unmounted(&self) -> &Self {
        zfs(&["create", "-o", "canmount=noauto", &self.name]);
        self
    }

    /// How long its zfs says the stream will be, in bytes; one that cannot tell knows what the snapshot refers to.
    pub fn estimate(&self, base: Option<&str>, snapshot: &str) -> u64 {
        let (full, mut send) = (
            format!("{}@{snapshot}", self.name),
            "zfs send -nvP".to_owned(),
        );
        if let Some(base) = base {
            send += &format!(" -i '{}@{base}'", self.name);
        }
        let shell = std::process::Command::new("sh")
            .args(["-c", &format!("{send} '{full}' 2>&1")])
            .output()
            .unwrap();
        let said = String::from_utf8(shell.stdout).unwrap();
        let size = said.lines().find_map(|line| line.strip_prefix("size\t"));
        let referenced = || zfs(&["get", "-Hp", "-o", "value", "referenced", &full]);
        size.map_or_else(referenced, str::to_owned).parse().unwrap()
    }

    /// A property of the dataset.
    pub fn property(&self, name: &str) -> String {
        zfs(&["get", "-H", "-p", "-o", "value", name, &self.name])
    }
}
