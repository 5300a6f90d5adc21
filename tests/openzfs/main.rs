//! z3 on the kernel's OpenZFS: the datasets, streams and answers that zfs-fuse does not have. `tests/env/openzfs` runs it,
//! and part of the suite after it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bookmarks;
mod doctor;
mod files;
mod flags;
mod kinds;
mod peer;
mod refusals;
mod restore_to;
mod resume;
mod spill;
mod streams;
#[path = "../suite/support/mod.rs"]
mod support;
mod tree;
mod volume;

use support::zfs::zfs;
use support::{Dataset, Z3};

impl Z3 {
    /// Creates the dataset with these options of `zfs create`.
    fn create(&self, options: &[&str]) -> &Self {
        let arguments = [&["create"], options, &[&self.dataset.name]].concat();
        zfs(&arguments);
        self
    }

    /// Creates it encrypted; the key lies in a file, and is loaded.
    fn create_encrypted(&self) -> &Self {
        let key = self.file("key", "correct horse");
        let location = format!("keylocation=file://{}", key.display());
        let options = ["encryption=on", "keyformat=passphrase", &location];
        self.create(&options.map(|option| ["-o", option]).concat())
    }

    /// Fails unless these are stored, each one as `zfs send` writes it and as an increment to the one before it.
    fn expect_chain(&self, compressor: &str, snapshots: &[&str]) {
        let bases = std::iter::once(None).chain(snapshots.iter().copied().map(Some));
        for (base, snapshot) in bases.zip(snapshots) {
            let stored = self.bucket.get(&self.snapshot_key(snapshot));
            let stream = match compressor {
                "none" => stored,
                _ => self.piped("gzip -d", stored),
            };
            assert!(stream == self.dataset.send(base, snapshot), "{snapshot}");
        }
        let table = self.says(["status"]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows.len(), snapshots.len(), "{table}");
        for (row, snapshot) in rows.iter().zip(snapshots) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            assert_eq!(
                [cells[0], cells[3], cells[4]],
                [snapshot, "ok", "ok"],
                "{table}"
            );
        }
    }

    /// Fails unless so many backups are good, and zfs receives each of them.
    fn expect_verified(&self, count: usize) {
        let scratch = Dataset::named(format!("{}-scratch", self.dataset.name));
        let told = self.says(["verify", "--level", "receive", "--scratch", &scratch.name]);
        let good = told.lines().filter(|line| line.starts_with("ok ")).count();
        assert_eq!(good, count, "{told}");
        assert!(!scratch.exists());
    }

    /// The guids of the dataset's snapshots, oldest first.
    fn guids(&self) -> Vec<String> {
        let names = self.dataset.snapshots();
        names.iter().map(|name| self.dataset.guid(name)).collect()
    }
}
