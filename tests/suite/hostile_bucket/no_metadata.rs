//! Copies made in parts lose their metadata; their bytes are whole.

use super::{expect_said, row};
use crate::support::{Gpg, Z3, share};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// Stores the objects once more, in one part each as they were, without the metadata, and their receipts if they are to
/// stay.
fn strip(z3: &Z3, receipts: bool) {
    for name in NAMES {
        let key = z3.snapshot_key(name);
        let body = z3.bucket.get(&key);
        z3.bucket.put_multipart(&key, &[&body], &[]);
        if !receipts {
            let receipt = format!(".z3/receipts/{}@{name}", z3.dataset.name);
            z3.bucket.delete(&z3.key(&receipt));
        }
    }
}

#[test]
fn chains_without_metadata_are_listed_verified_grown_and_restored() {
    let compressors = ["none", "pigz1", "zstd"];
    let cases = compressors.iter().flat_map(|c| [(c, true), (c, false)]);
    for (compressor, receipts) in share(2, cases) {
        let z3 = Z3::new(&format!("lost-{compressor}"));
        z3.dataset.history(&NAMES);
        z3.says(["backup", "--compressor", compressor]);
        let rows = NAMES.map(|name| row(&z3, name));
        strip(&z3, receipts);
        assert_eq!(NAMES.map(|name| row(&z3, name)), rows);
        let source = if receipts { "receipt" } else { "bytes" };
        let json = z3.says(["status", "--json"]);
        let facts = format!("\"facts\":\"{source}\"");
        assert_eq!(json.matches(&facts).count(), 3, "{json}");
        let verified = z3.z3(["verify"]).run().expect_ok();
        let taken = format!("without metadata: what it is was taken from its {source}");
        expect_said(&verified, &["3 backups: 3 ok", &taken]);
        assert_eq!(z3.says(["backup"]), "");
        z3.dataset.history(&["d"]);
        z3.says(["backup"]);
        assert_eq!(row(&z3, "d"), "d,c,incremental,ok,ok");
        let said = z3.refuses(["backup", "--full", "--snapshot", "nosuch"]);
        assert!(said.contains("no snapshot"), "{said}");
        let tree = z3.dataset.tree();
        z3.dataset.destroy();
        z3.z3(["restore", "d"]).run().expect_ok();
        assert!(z3.dataset.tree() == tree, "{compressor}");
    }
}

/// Whoever may write to the bucket may write receipts. Where the bytes tell what they are, no receipt tells otherwise.
#[test]
fn a_forged_receipt_changes_nothing() {
    let z3 = Z3::new("forged");
    z3.dataset.history(&NAMES);
    z3.says(["backup"]);
    let rows = NAMES.map(|name| row(&z3, name));
    strip(&z3, true);
    let key = z3.key(&format!(".z3/receipts/{}@b", z3.dataset.name));
    let receipt = String::from_utf8(z3.bucket.get(&key)).unwrap();
    let (a, c) = (z3.dataset.guid("a"), z3.dataset.guid("c"));
    let parent = format!("\"parent_guid\":{a}");
    for (told, forged) in [
        (parent.as_str(), "\"parent_guid\":0".to_owned()),
        (&parent, format!("\"parent_guid\":{c}")),
        ("\"codec\":\"pigz1,", "\"codec\":\"none,".to_owned()),
    ] {
        assert!(receipt.contains(told), "{receipt}");
        z3.bucket
            .put(&key, receipt.replace(told, &forged).as_bytes(), &[]);
        assert_eq!(NAMES.map(|name| row(&z3, name)), rows, "{forged}");
        let verified = z3.z3(["verify"]).run().expect_ok();
        expect_said(&verified, &["3 backups: 3 ok", "was taken from its bytes"]);
    }
}

#[test]
fn a_chain_whose_first_link_is_gone_names_it() {
    let z3 = Z3::new("lost-link");
    z3.dataset.history(&NAMES);
    z3.says(["backup"]);
    let guid = z3.dataset.guid("a");
    strip(&z3, false);
    z3.bucket.delete(&z3.snapshot_key("a"));
    assert_eq!(row(&z3, "b"), "b,-,incremental,missing parent,ok");
    assert_eq!(row(&z3, "c"), "c,b,incremental,parent broken,ok");
    let said = z3.refuses(["backup"]);
    let blame = format!("parent broken (@b: missing parent (guid {guid}))");
    assert!(said.contains(&blame), "{said}");
    z3.says(["backup", "--full"]);
    assert_eq!(row(&z3, "c"), "c,,full,ok,ok");
}

/// Nothing shows what is encrypted but its receipt; and what nobody can tell is not called damaged.
#[test]
fn encrypted_objects_are_known_by_their_receipts_only() {
    let z3 = Z3::new("lost-gpg");
    let _gpg = Gpg::new(&z3, "z3_backup");
    z3.dataset.history(&NAMES);
    z3.says(["backup", "--compressor", "gpg"]);
    let tree = z3.dataset.tree();
    strip(&z3, true);
    z3.z3(["verify"]).run().expect_ok();
    z3.dataset.destroy();
    z3.z3(["restore", "c"]).run().expect_ok();
    assert!(z3.dataset.tree() == tree);
    strip(&z3, false);
    assert_eq!(row(&z3, "c"), "c,-,unknown,no metadata,ok");
    let verified = z3.z3(["verify"]).run().expect_status(3);
    expect_said(
        &verified,
        &["0 damaged, 3 unread", "no metadata: gpg gives nothing"],
    );
    z3.dataset.destroy();
    z3.refuses(["restore", "c"]);
}

#[test]
fn nothing_is_made_of_what_is_no_stream() {
    let z3 = Z3::new("lost-junk");
    z3.dataset.history(&["a"]);
    z3.bucket.put(&z3.snapshot_key("a"), &[7; 1000], &[]);
    assert_eq!(row(&z3, "a"), "a,-,unknown,no metadata,ok");
    let said = z3.refuses(["backup"]);
    assert!(
        said.contains("no metadata: this is no zfs send stream"),
        "{said}"
    );
    expect_said(&z3.z3(["verify"]).run().expect_status(1), &["damaged  a"]);
    z3.says(["backup", "--full"]);
    assert_eq!(row(&z3, "a"), "a,,full,ok,ok");
}
