//! A tree of datasets that lives: clones, an encrypted one, some that are left out, one that goes, one that is renamed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::support::zfs::zfs;
use crate::support::{Z3, noise};

/// File systems below the root, beside the clones and the encrypted one.
const PLAIN: [&str; 8] = [
    "/home",
    "/home/ann",
    "/srv",
    "/srv/db",
    "/tmp",
    "/off",
    "/old",
    "/moved",
];

impl Z3 {
    fn below(&self, path: &str) -> String {
        format!("{}{path}", self.dataset.name)
    }

    /// Twelve datasets with a snapshot `a` of all but the clones, and `b` of all.
    fn plant(&self) {
        self.dataset.create();
        for path in PLAIN {
            zfs(&["create", &self.below(path)]);
        }
        let key = self.file("key", "correct horse");
        let location = format!("keylocation=file://{}", key.display());
        let options = ["encryption=on", "keyformat=passphrase", &location];
        let options = options.map(|option| ["-o", option]).concat();
        zfs(&[&["create"], &options[..], &[&self.below("/home/bob")]].concat());
        zfs(&["set", "z3:backup=off", &self.below("/off")]);
        self.grow(1, "a");
        for (origin, clone) in [("/srv/db@a", "/srv/test"), ("/home/ann@a", "/home/guest")] {
            zfs(&["clone", &self.below(origin), &self.below(clone)]);
        }
        self.grow(2, "b");
    }

    /// Changes every dataset and takes a snapshot of all.
    fn grow(&self, seed: u64, snapshot: &str) {
        let listed = zfs(&[
            "list",
            "-H",
            "-r",
            "-o",
            "name,mountpoint",
            &self.dataset.name,
        ]);
        for (at, line) in listed.lines().enumerate() {
            let (_, path) = line.split_once('\t').unwrap();
            let content = noise(20_000 + at, seed * 100 + at as u64);
            std::fs::write(format!("{path}/file"), &content).unwrap();
            std::fs::write(format!("{path}/{snapshot}"), &content[..9000]).unwrap();
        }
        zfs(&["snapshot", "-r", &self.below(&format!("@{snapshot}"))]);
    }

    /// All that is mounted there but what is left out.
    fn kept(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = self.dataset.tree();
        tree.retain(|path, _| !path.starts_with("tmp") && !path.starts_with("off"));
        tree
    }

    fn restore(&self, path: &str, snapshot: &str) {
        let name = self.below(path);
        let run = self.z3(["--dataset", &name, "restore", snapshot]);
        run.run().expect_ok();
    }
}

/// DATASET without the root, RESULT and SNAPSHOTS of each row of the table.
fn rows(z3: &Z3, printed: &str) -> Vec<String> {
    let table = printed
        .lines()
        .skip_while(|line| !line.starts_with("DATASET"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let path = cells[0].strip_prefix(&z3.dataset.name).unwrap();
        format!("{path} {} {}", cells[1], cells[2])
    };
    let mut rows: Vec<String> = table.skip(1).map(row).collect();
    rows.sort();
    rows
}

#[test]
fn a_tree_goes_there_and_comes_back() {
    let z3 = Z3::new("tree");
    z3.plant();
    let conf = format!(
        "[main]\n[fs:{}]\nRECURSIVE=on\nEXCLUDE={}\n",
        z3.below(""),
        z3.below("/tmp")
    );
    let conf = z3.file("tree.conf", conf);
    let all = ["--config", conf.to_str().unwrap(), "backup", "--all"];
    let ended = z3.z3(all).env_remove("FILESYSTEM").run().expect_ok();
    let first = [
        " done 2",
        "/home done 2",
        "/home/ann done 2",
        "/home/bob done 2",
        "/home/guest done 1",
        "/moved done 2",
        "/old done 2",
        "/srv done 2",
        "/srv/db done 2",
        "/srv/test done 1",
    ];
    assert_eq!(rows(&z3, ended.text()), first, "{}", ended.stderr);
    let old = z3.kept();
    zfs(&["destroy", "-r", &z3.below("/old")]);
    zfs(&["rename", &z3.below("/moved"), &z3.below("/renamed")]);
    z3.grow(3, "c");
    let exclude = z3.below("/t*");
    let run = z3.z3([
        "backup",
        &z3.dataset.name,
        "--recursive",
        "--exclude",
        &exclude,
    ]);
    let ended = run.run().expect_ok();
    let second = [
        " done 1",
        "/home done 1",
        "/home/ann done 1",
        "/home/bob done 1",
        "/home/guest done 1",
        "/renamed done 3",
        "/srv done 1",
        "/srv/db done 1",
        "/srv/test done 1",
    ];
    assert_eq!(rows(&z3, ended.text()), second, "{}", ended.stderr);
    let again = z3.z3(all).env_remove("FILESYSTEM").run().expect_ok();
    let idle = second.map(|row| format!("{} up to date 0", row.split(' ').next().unwrap()));
    assert_eq!(rows(&z3, again.text()), idle);
    let left_out = z3
        .keys()
        .into_iter()
        .filter(|key| key.contains("/tmp@") || key.contains("/off@"));
    assert_eq!(left_out.count(), 0);
    let bob = z3.bucket.head(&z3.key(&z3.below("/home/bob@c"))).unwrap();
    assert_eq!(bob.metadata["sendflags"], "w");
    comes_back(&z3, &old);
}

/// All of it from the bucket alone: what is there now, and what was there once.
fn comes_back(z3: &Z3, old: &BTreeMap<PathBuf, String>) {
    let new = z3.kept();
    zfs(&["destroy", "-R", &z3.dataset.name]);
    for path in [
        "",
        "/home",
        "/srv",
        "/renamed",
        "/home/ann",
        "/home/bob",
        "/home/guest",
        "/srv/db",
        "/srv/test",
    ] {
        z3.restore(path, "c");
    }
    let key = format!("file://{}", z3.dir().join("key").display());
    zfs(&["load-key", "-L", &key, &z3.below("/home/bob")]);
    zfs(&["mount", &z3.below("/home/bob")]);
    let restored = z3.kept();
    let differ = |path: &&PathBuf| restored.get(*path) != new.get(*path);
    let differ: Vec<&PathBuf> = new.keys().chain(restored.keys()).filter(differ).collect();
    assert!(differ.is_empty(), "{differ:?}");
    // Under the names that are gone.
    for path in ["/old", "/moved"] {
        z3.restore(path, "b");
    }
    let restored = z3.kept();
    let once = old
        .iter()
        .filter(|(path, _)| path.starts_with("old") || path.starts_with("moved"));
    for (path, content) in once {
        assert_eq!(restored.get(path), Some(content), "{}", path.display());
    }
}
