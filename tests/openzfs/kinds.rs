//! File systems of every kind: there and back, and on from there.

use crate::support::{Gate, Z3, prose};

/// There: a chain, a killed run, another increment. Back: all of it, then an increment by force over what was changed.
fn there_and_back(z3: &Z3, compressor: &str) {
    // Encrypted datasets as well: those that are sent raw have tests of their own.
    let backup = || {
        z3.z3(["backup", "--compressor", compressor])
            .env("RAW", "off")
    };
    z3.dataset
        .history(&["a", "b"])
        .write("large", &prose(3 << 20, 4));
    z3.dataset.history(&["c"]);
    assert_eq!(backup().run().expect_ok().text().lines().count(), 3);
    assert_eq!(backup().run().expect_ok().text(), "", "nothing is new");
    z3.expect_chain(compressor, &["a", "b", "c"]);
    z3.dataset.history(&["d"]);
    let killed = Gate::new(z3).through(backup(), "send -i");
    killed.signal_group("KILL");
    killed.wait().expect_status(137);
    backup().env("GATED", "nothing").run().expect_ok();
    z3.expect_chain(compressor, &["a", "b", "c", "d"]);
    z3.expect_no_uploads();
    z3.expect_verified(4);

    let (tree, guids) = (z3.dataset.tree(), z3.guids());
    z3.dataset.destroy();
    let ended = z3.z3(["restore", "c"]).run().expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert_eq!(z3.guids(), guids[..3]);
    z3.dataset.write("own", b"written here since");
    let said = z3.refuses(["restore", "d"]);
    assert!(
        said.contains("has been modified\n  since most recent snapshot"),
        "{said}"
    );
    assert!(said.contains("z3: 'z3 restore --force' rolls"), "{said}");
    z3.says(["restore", "d", "--force"]);
    assert_eq!(z3.guids(), guids);
    assert!(z3.dataset.tree() == tree);
}

#[test]
fn plain() {
    let z3 = Z3::new("plain");
    z3.create(&[]);
    there_and_back(&z3, "none");
}

#[test]
fn compressed() {
    let z3 = Z3::new("compressed");
    z3.create(&["-o", "compression=lz4"]);
    there_and_back(&z3, "pigz1");
}

#[test]
fn large_blocks() {
    let z3 = Z3::new("large");
    z3.create(&["-o", "recordsize=1M"]);
    there_and_back(&z3, "gzip6");
}

#[test]
fn encrypted() {
    let z3 = Z3::new("encrypted");
    z3.create_encrypted();
    assert_ne!(z3.dataset.property("encryption"), "off");
    there_and_back(&z3, "pigz1");
    // The stream was in plain text, and so is what it became.
    assert_eq!(z3.dataset.property("encryption"), "off");
}
