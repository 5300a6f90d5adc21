//! Encrypted datasets: raw in new chains, and never both in one.

use std::fs;

use super::lived_in;
use crate::support::zfs::zfs;
use crate::support::{Dataset, Gate, Z3, noise};
use crate::volume::device_of;

fn load(z3: &Z3, dataset: &Dataset) {
    let key = format!("file://{}", z3.dir().join("key").display());
    zfs(&["load-key", "-L", &key, &dataset.name]);
}

fn flags(z3: &Z3, snapshot: &str) -> String {
    let object = z3.bucket.head(&z3.snapshot_key(snapshot)).unwrap();
    object
        .metadata
        .get("sendflags")
        .cloned()
        .unwrap_or_default()
}

/// There without a key, through a kill; back without a key, and on from there.
#[test]
fn there_and_back_without_a_key() {
    let z3 = Z3::new("raw-chain");
    z3.create_encrypted();
    lived_in(&z3);
    let (tree, guids) = (z3.dataset.tree(), z3.guids());
    z3.says(["backup", "--snapshot", "b"]);
    zfs(&["unmount", &z3.dataset.name]);
    zfs(&["unload-key", &z3.dataset.name]);
    let killed = Gate::new(&z3).through(z3.z3(["backup"]), "send -w -i");
    killed.signal_group("KILL");
    killed.wait().expect_status(137);
    let ended = z3.z3(["backup"]).env("GATED", "nothing").run().expect_ok();
    assert_eq!(ended.stderr, "");
    for (snapshot, base) in [("a", ""), ("b", "-i @a"), ("c", "-i @b")] {
        assert_eq!(flags(&z3, snapshot), "w");
        let sent = format!("zfs send -w {base} {}@{snapshot}", z3.dataset.name);
        let stored = z3.bucket.get(&z3.snapshot_key(snapshot));
        assert!(
            stored == z3.piped(&sent, Vec::new()),
            "{snapshot} is not compressed"
        );
    }
    z3.expect_verified(3);
    z3.dataset.destroy();
    for snapshot in ["b", "c"] {
        let told = z3.z3(["restore", snapshot]).run().expect_ok().stderr;
        let name = &z3.dataset.name;
        assert_eq!(
            told,
            format!("z3: {name} is not mounted: 'zfs mount -l {name}' does it\n")
        );
    }
    assert_eq!(z3.guids(), guids);
    assert_eq!(z3.dataset.property("keystatus"), "unavailable");
    load(&z3, &z3.dataset);
    assert!(z3.dataset.tree() == tree);
    // What was restored goes on where it was.
    z3.dataset.history(&["d"]);
    z3.says(["backup"]);
    assert_eq!(flags(&z3, "d"), "w");
    z3.expect_verified(4);
}

#[test]
fn an_old_chain_in_plain_text_goes_on_until_a_new_one_is_asked_for() {
    let z3 = Z3::new("old-chain");
    z3.create_encrypted();
    z3.dataset.history(&["a"]);
    let backup = |raw: &str| z3.z3(["-v", "backup"]).env("RAW", raw).run();
    let told = backup("off").expect_ok().stderr;
    assert!(
        told.contains("goes into the bucket in plain text (RAW=off)"),
        "{told}"
    );
    z3.dataset.history(&["b"]);
    let told = backup("off").expect_ok().stderr;
    assert!(!told.contains("plain text"), "told once: {told}");
    z3.dataset.history(&["c"]);
    let told = backup("auto").expect_ok().stderr;
    assert!(
        told.contains("'z3 backup --full' begins a raw one"),
        "{told}"
    );
    z3.expect_chain("pigz1", &["a", "b", "c"]);
    z3.dataset.history(&["d"]);
    let keeping = z3.z3(["-v", "backup", "--dry-run"]).env("RAW", "on");
    let told = keeping.env("FULL_ON_CHANGE", "off").run().expect_ok();
    assert!(told.text().starts_with("zfs send -i "), "{}", told.text());
    zfs(&["unmount", &z3.dataset.name]);
    zfs(&["unload-key", &z3.dataset.name]);
    let told = backup("auto").expect_status(1).stderr;
    assert!(told.contains("its key is not loaded"), "{told}");
    let told = backup("on").expect_ok().stderr;
    assert!(
        told.contains("the stored chain is not raw, RAW is on: a new chain begins"),
        "{told}"
    );
    load(&z3, &z3.dataset);
    z3.dataset.mount();
    z3.dataset.history(&["e"]);
    assert_eq!(backup("auto").expect_ok().text().lines().count(), 1);
    assert_eq!(["c", "d", "e"].map(|name| flags(&z3, name)), ["", "w", "w"]);
    z3.expect_verified(5);
    let (tree, guids) = (z3.dataset.tree(), z3.guids());
    z3.dataset.destroy();
    z3.says(["restore", "e"]);
    assert_eq!(z3.guids(), guids[3..]);
    load(&z3, &z3.dataset);
    assert!(z3.dataset.tree() == tree);
    // The other way round, too.
    z3.dataset.history(&["f"]);
    let told = backup("off").expect_ok().stderr;
    assert!(
        told.contains("the stored chain is raw, RAW is off: a new chain begins"),
        "{told}"
    );
    assert!(told.contains("in plain text"), "{told}");
}

/// It inherits its key, and becomes a root of its own where it comes back.
#[test]
fn a_child_of_an_encrypted_dataset() {
    let above = Z3::new("raw-above");
    above.create_encrypted();
    let mut z3 = Z3::new("raw-child");
    z3.dataset = Dataset::named(format!("{}/child", above.dataset.name));
    lived_in(&z3);
    assert_eq!(z3.dataset.property("encryptionroot"), above.dataset.name);
    let tree = z3.dataset.tree();
    z3.says(["backup"]);
    assert_eq!(flags(&z3, "a"), "w");
    z3.dataset.destroy();
    z3.says(["restore", "c"]);
    assert_eq!(z3.dataset.property("encryptionroot"), z3.dataset.name);
    load(&above, &z3.dataset);
    assert!(z3.dataset.tree() == tree);
}

#[test]
fn a_volume() {
    let z3 = Z3::new("raw-volume");
    let key = z3.file("key", "correct horse");
    let location = format!("keylocation=file://{}", key.display());
    let mut options = vec!["-V", "8M"];
    for option in ["encryption=on", "keyformat=passphrase", &location] {
        options.extend(["-o", option]);
    }
    let device = device_of(|| {
        z3.create(&options);
    });
    let mut content = noise(8 << 20, 3);
    for snapshot in ["a", "b"] {
        content[..5000].copy_from_slice(&noise(5000, snapshot.len() as u64));
        fs::write(&device, &content).unwrap();
        fs::File::open(&device).unwrap().sync_all().unwrap();
        z3.dataset.snapshot(snapshot);
    }
    z3.says(["backup"]);
    assert_eq!(flags(&z3, "b"), "w");
    z3.expect_verified(2);
    z3.dataset.destroy();
    let ended = z3.z3(["restore", "b"]).run().expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    let device = device_of(|| load(&z3, &z3.dataset));
    assert!(fs::read(device).unwrap() == content);
}
