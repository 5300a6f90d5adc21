//! Flags of `zfs send`: what zfs itself makes of a change in a chain, and what z3 makes of that.

mod chains;
mod raw;

use crate::support::zfs::zfs;
use crate::support::{Dataset, Z3, prose};

/// A dataset that has every kind of block, with three snapshots: large, compressed, and so small that it lies in its pointer.
fn lived_in(z3: &Z3) {
    z3.dataset
        .history(&["a"])
        .write("large", &prose(1 << 20, 4))
        .write("small", &[b'x'; 400]);
    z3.dataset
        .history(&["b"])
        .write("large", &prose(1 << 20, 5));
    z3.dataset.history(&["c"]);
}

/// What `zfs receive` says to `a`, sent and received like this, and then `b` and `c`: nothing if it takes all of them.
fn received(z3: &Z3, to: &Dataset, sent: &[&str]) -> String {
    let (from, to) = (&z3.dataset.name, &to.name);
    let names = ["a", "b", "c"];
    for (index, (flags, name)) in sent.iter().zip(names).enumerate() {
        let base = index.checked_sub(1).map(|base| names[base]);
        let base = base.map_or(String::new(), |base| format!("-i @{base}"));
        let line = format!("zfs send {flags} {base} {from}@{name} | zfs receive -u {to}");
        let ended = z3.shell(&line).run();
        if !ended.status.success() {
            return ended.stderr;
        }
    }
    String::new()
}

/// Each row of the table in doc/design.md: the flags of each link, and the words of the refusal.
#[test]
fn what_zfs_makes_of_a_change_in_a_chain() {
    let z3 = Z3::new("table");
    z3.create(&["-o", "compression=lz4", "-o", "recordsize=1M"]);
    lived_in(&z3);
    let before = z3.dataset.tree();
    let copy = Dataset::named(format!("{}-copy", z3.dataset.name));
    for (sent, refusal) in [
        (["", "-L", "-L"], ""),
        (["", "-L", ""], "stream requires -L"),
        // There are no large blocks yet: the flag has changed nothing.
        (["-L", "", ""], ""),
        (["", "-c", ""], ""),
        (["-c", "", "-c"], ""),
        (["", "-e", ""], ""),
        (["-Lce", "-L", "-Lce"], ""),
    ] {
        let said = received(&z3, &copy, &sent);
        match refusal {
            "" => {
                assert_eq!(said, "", "{sent:?}");
                let path = format!("mountpoint={}", copy.path().display());
                zfs(&["set", &path, &copy.name]);
                assert!(copy.tree() == before, "{sent:?}");
            }
            words => assert!(said.contains(words), "{sent:?}: {said}"),
        }
        copy.destroy();
    }
    // Below an encrypted dataset no stream with embedded blocks is received.
    let above = Z3::new("above");
    above.create_encrypted();
    let below = Dataset::named(format!("{}/copy", above.dataset.name));
    let said = received(&z3, &below, &["-e"]);
    let words = "incompatible embedded data stream feature with encrypted receive";
    assert!(said.contains(words), "{said}");
    assert_eq!(received(&z3, &below, &["-Lc", "-Lc"]), "");
}

#[test]
fn what_zfs_makes_of_raw_and_plain_in_one_chain() {
    let z3 = Z3::new("mixed");
    z3.create_encrypted();
    lived_in(&z3);
    let copy = Dataset::named(format!("{}-copy", z3.dataset.name));
    let said = received(&z3, &copy, &["", "-w"]);
    let words = "cannot perform raw receive on top of existing unencrypted dataset";
    assert!(said.contains(words), "{said}");
    copy.destroy();
    let said = received(&z3, &copy, &["-w", ""]);
    assert!(said.contains("key must be loaded"), "{said}");
    let key = format!("file://{}", z3.dir().join("key").display());
    zfs(&["load-key", "-L", &key, &copy.name]);
    let (from, to) = (&z3.dataset.name, &copy.name);
    let link = |flags: &str, base: &str, name: &str| {
        let line = format!("zfs send {flags} -i @{base} {from}@{name} | zfs receive -u {to}");
        z3.shell(&line).run()
    };
    link("", "a", "b").expect_ok();
    let said = link("-w", "b", "c").expect_status(1).stderr;
    assert!(!said.is_empty(), "a raw one after it is refused");
    copy.destroy();
}

#[test]
fn every_flag_is_known_and_recorded() {
    let z3 = Z3::new("letters");
    z3.create(&["-o", "compression=lz4", "-o", "recordsize=1M"]);
    lived_in(&z3);
    for letters in ["L", "c", "ec", "Lce"] {
        z3.says(["backup", "--full", "--send-flags", letters]);
        let object = z3.bucket.head(&z3.snapshot_key("c")).unwrap();
        let told = &object.metadata["sendflags"];
        assert_eq!(told.len(), letters.len(), "{told}");
        let compressor = object.metadata.get("compressor").map(String::as_str);
        let wanted = (!letters.contains('c')).then_some("pigz1");
        assert_eq!(compressor, wanted, "{letters}");
        let flags = format!("zfs send -{told} {}@c", z3.dataset.name);
        let sent = z3.piped(&flags, Vec::new());
        let stored = z3.bucket.get(&z3.snapshot_key("c"));
        let stored = match compressor {
            None => stored,
            Some(_) => z3.piped("gzip -d", stored),
        };
        assert!(stored == sent, "{letters}");
    }
    // One that was asked for stays.
    let asked = z3.z3(["-v", "backup", "--full", "--send-flags=c"]);
    let ended = asked.env("COMPRESSOR", "pigz1").run().expect_ok();
    let words = "pigz1 gains little on what zfs send -c gives";
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    let object = z3.bucket.head(&z3.snapshot_key("c")).unwrap();
    assert_eq!(object.metadata["compressor"], "pigz1");
}
