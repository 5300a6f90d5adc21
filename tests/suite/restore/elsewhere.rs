//! `z3 restore --to`: into another name, below another parent, beside what is there.

use std::fs;

use super::received;
use crate::support::zfs::{openzfs, zfs};
use crate::support::{Dataset, ENV, Z3};

/// A chain of three that is stored, and a place for it.
fn stored(test: &str) -> (Z3, Dataset) {
    let z3 = Z3::new(test);
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    let to = Dataset::named(format!("{}-to", z3.dataset.name));
    (z3, to)
}

fn restore<'a>(z3: &'a Z3, to: &'a Dataset, rest: &[&'a str]) -> String {
    let arguments = ["restore", "--to", &to.name].into_iter();
    let run = z3.z3(arguments.chain(rest.iter().copied()));
    run.env("SHIM_LOG", z3.dir().join("log"))
        .run()
        .expect_ok()
        .text()
        .to_owned()
}

#[test]
fn a_chain_comes_back_under_another_name_and_in_another_pool() {
    let (z3, to) = stored("to");
    let tree = z3.dataset.tree();
    assert_eq!(restore(&z3, &to, &["b"]), "");
    assert_eq!(to.snapshots(), ["a", "b"]);
    assert_eq!(to.property("mounted"), "yes");
    // The rest of it, when the source is gone.
    z3.dataset.destroy();
    restore(&z3, &to, &["c"]);
    assert_eq!(received(&z3), ["a", "b", "c"]);
    assert!(to.tree() == tree);
    assert!(!z3.dataset.exists());
    restore(&z3, &to, &["c"]);
    assert_eq!(received(&z3).len(), 3, "it is there");
    let peer = Dataset::named(format!(
        "{}/{}",
        ENV.peer,
        z3.dataset.name.replace('/', "-")
    ));
    restore(&z3, &peer, &["c", "--no-mount"]);
    assert_eq!(peer.property("mounted"), "no");
    assert_eq!(peer.property("z3:unmounted"), "-", "nobody owes it a mount");
    assert_eq!(peer.guid("c"), to.guid("c"));
    peer.destroy();
    to.destroy();
}

#[test]
fn what_is_there_is_told_by_its_guid() {
    let (z3, to) = stored("to-guid");
    restore(&z3, &to, &["a"]);
    zfs(&[
        "rename",
        &format!("{}@a", to.name),
        &format!("{}@kept", to.name),
    ]);
    restore(&z3, &to, &["b"]);
    assert_eq!(received(&z3), ["a", "b"]);
    assert_eq!(to.snapshots(), ["kept", "b"]);
    // Objects of the Python tell no guid: the streams in them do.
    for name in ["a", "b", "c"] {
        let key = z3.snapshot_key(name);
        let metadata = z3.bucket.head(&key).unwrap().metadata;
        let kept = ["isfull", "parent", "compressor", "size"];
        let kept: Vec<(&str, &str)> = metadata
            .iter()
            .filter(|(name, _)| kept.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        z3.bucket.put(&key, &z3.bucket.get(&key), &kept);
    }
    restore(&z3, &to, &["c"]);
    assert_eq!(to.snapshots(), ["kept", "b", "c"]);
    // Another snapshot of that name, and another dataset altogether.
    to.destroy();
    to.create().write("own", b"mine");
    let said = z3.refuses(["restore", "--to", &to.name, "a"]);
    assert!(
        said.contains("exists, and the first backup to receive is a full\n"),
        "{said}"
    );
    to.snapshot("b");
    let said = z3.refuses(["restore", "--to", &to.name, "b", "--force"]);
    assert!(
        said.contains(&format!("{}@b is in the pool with guid", to.name)),
        "{said}"
    );
    to.mount();
    assert_eq!(fs::read(to.path().join("own")).unwrap(), b"mine");
    let said = z3.refuses(["restore", "--to", &ENV.peer, "a"]);
    assert!(
        said.contains(&format!("'--to {}/NAME' receives below it", ENV.peer)),
        "{said}"
    );
    to.destroy();
}

#[test]
fn parents_are_made_only_where_that_is_wanted() {
    let (z3, top) = stored("to-parents");
    let to = Dataset::named(format!("{}/x y/z", top.name));
    let said = z3.refuses(["restore", "--to", &to.name, "a"]);
    assert!(
        said.contains("is not there, below which") && said.contains("--create-parents"),
        "{said}"
    );
    let told = restore(&z3, &to, &["a", "--create-parents", "--dry-run"]);
    let expected = [
        format!("zfs create -o canmount=off {}\n", top.name),
        format!("zfs create -o canmount=off '{}/x y'\n", top.name),
        format!(
            "z3_get {} | pigz -d | zfs recv -u '{}@a'\n",
            z3.snapshot_key("a"),
            to.name
        ),
        format!("zfs mount '{}'\n", to.name),
    ];
    assert_eq!(told, expected.concat());
    assert!(!top.exists());
    // What is pasted does the same.
    z3.shell(&format!("set -e\n{told}")).run().expect_ok();
    assert!(to.tree().len() > 1);
    top.destroy();
    restore(&z3, &to, &["b", "--create-parents"]);
    assert_eq!(
        (top.property("canmount"), to.property("mounted")),
        ("off".into(), "yes".into())
    );
    assert_eq!(to.snapshots(), ["a", "b"]);
    let said = z3.refuses(["restore", "--to", "znosuch/a/b", "a", "--create-parents"]);
    assert!(said.contains("there is no pool znosuch here"), "{said}");
    top.destroy();
}

#[test]
fn properties_are_for_a_zfs_that_knows_how() {
    let (z3, to) = stored("to-options");
    let run = |arguments: &[&str]| {
        let all = ["restore", "a", "--to", &to.name]
            .into_iter()
            .chain(arguments.iter().copied());
        z3.z3(all.collect::<Vec<_>>())
            .env("SHIM_LOG", z3.dir().join("log"))
            .run()
    };
    let said = run(&["-o", "atime=off", "-x", "atime"])
        .expect_status(2)
        .stderr;
    assert!(said.contains("atime is named twice by -o and -x"), "{said}");
    let said = run(&["-o", "atime"]).expect_status(2).stderr;
    assert!(said.contains("expected NAME=VALUE, got 'atime'"), "{said}");
    if openzfs() {
        return;
    }
    let said = run(&["-o", "atime=off"]).expect_status(1).stderr;
    assert!(
        said.contains("this zfs has neither -o nor -x, its usage is 'receive [-vn"),
        "{said}"
    );
    assert!(received(&z3).is_empty() && !to.exists());
    // One that knows them, as far as it is asked.
    z3.replace(
        "zfs",
        "[ \"$#\" != 1 ] || [ \"$1\" != receive ] || { echo '\treceive [-vMnsFhu] [-o <property>=<value>] ... [-x <property>] ... <x>' >&2; exit 2; }\nexec zfs \"$@\"",
    );
    let told = run(&[
        "-o",
        "mountpoint=/a b",
        "-ox:y==",
        "-x",
        "quota",
        "--dry-run",
    ])
    .expect_ok();
    let line = "zfs recv -u -o 'mountpoint=/a b' -o x:y== -x quota ";
    assert!(told.text().contains(line), "{}", told.text());
}

/// Two restores into one place exclude each other, whatever they restore.
#[test]
fn the_place_is_locked() {
    let (z3, to) = stored("to-lock");
    let gate = crate::support::Gate::new(&z3);
    let running = gate.through(z3.z3(["restore", "a", "--to", &to.name]), "recv");
    let said = z3
        .z3(["restore", "b", "--to", &to.name])
        .run()
        .expect_status(4)
        .stderr;
    assert!(said.contains(&to.name), "{said}");
    gate.open();
    running.wait().expect_ok();
    to.destroy();
}
