//! Streams of every option, through `pput` and `z3_get`.

use crate::support::zfs::zfs;
use crate::support::{Dataset, Z3, prose, tree};

/// A dataset with two snapshots, compressible and of large blocks.
fn lived_in(z3: &Z3) {
    z3.dataset
        .history(&["a"])
        .write("large", &prose(1 << 20, 4));
    z3.dataset.history(&["b"]);
}

/// Sends with these options, stores, fetches, receives as `TO`; everything has to succeed.
fn through_the_bucket(z3: &Z3, options: &str, from: &str, to: &Dataset) {
    let key = z3.key(&format!("{options} {from}").replace(' ', "_"));
    let (of, to) = (&z3.dataset.name, &to.name);
    let from = from.replace('@', &format!("{of}@"));
    let there = format!(
        "zfs send {options} {from} | tee $TMPDIR/sent | pput --quiet --chunk-size 5M {key}"
    );
    z3.shell(&there).run().expect_ok();
    let back = format!(
        "z3_get {key} | tee $TMPDIR/got | zfs recv -u {to} && cmp $TMPDIR/sent $TMPDIR/got"
    );
    z3.shell(&back).run().expect_ok();
    z3.shell(&format!("z3_get {key} | z3 verify --stream -"))
        .run()
        .expect_ok();
}

#[test]
fn raw_streams_stay_encrypted() {
    let z3 = Z3::new("raw");
    z3.create_encrypted();
    lived_in(&z3);
    let before = tree(&z3.dataset.path());
    let copy = Dataset::named(format!("{}-copy", z3.dataset.name));
    through_the_bucket(&z3, "-w", "@a", &copy);
    through_the_bucket(&z3, "-w -i @a", "@b", &copy);
    assert_ne!(copy.property("encryption"), "off");
    assert_eq!(copy.property("keystatus"), "unavailable");
    let key = format!("file://{}", z3.dir().join("key").display());
    zfs(&["load-key", "-L", &key, &copy.name]);
    assert!(copy.tree() == before);
    copy.destroy();
}

#[test]
fn compressed_large_and_embedded_blocks_and_packages() {
    let z3 = Z3::new("options");
    z3.create(&["-o", "compression=lz4", "-o", "recordsize=1M"]);
    lived_in(&z3);
    let before = tree(&z3.dataset.path());
    for options in ["-L", "-c", "-Lce", "-p", "-R", "-Lce -R"] {
        let copy = Dataset::named(format!("{}-copy", z3.dataset.name));
        through_the_bucket(&z3, options, "@b", &copy);
        zfs(&[
            "set",
            &format!("mountpoint={}", copy.path().display()),
            &copy.name,
        ]);
        assert!(copy.tree() == before, "{options}");
        copy.destroy();
    }
}
