//! Flags of `zfs send` on a zfs that has none of them, and what is the same everywhere. `tests/openzfs/flags.rs` has the rest.

use crate::support::Z3;
use crate::support::zfs::zfs;

#[test]
fn a_flag_that_zfs_lacks_is_refused_before_anything_is_sent() {
    let z3 = Z3::new("lacks");
    z3.dataset.history(&["a"]);
    for arguments in [
        &["backup", "--send-flags", "cL"][..],
        &["backup", "--send-flags=Lc", "--dry-run"],
        &["backup", "--send-flags=Lc", "--full"],
    ] {
        let said = z3.refuses(arguments.iter().copied());
        let words = "z3: zfs send -Lc: this zfs has no -Lc, its usage is 'send [-";
        assert!(said.starts_with(words), "{said}");
    }
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
    let told = z3.z3(["backup", "--send-flags", "Lp"]).run();
    let told = told.expect_status(2).stderr;
    assert!(
        told.starts_with("z3: --send-flags: expected letters of L, c, e and w, like Lc, got 'Lp'"),
        "{told}"
    );
}

#[test]
fn what_is_not_encrypted_is_sent_as_ever() {
    let z3 = Z3::new("not-raw");
    z3.dataset.history(&["a"]);
    // Not encrypted: `w` would be another way to write -Lce.
    for (raw, flags) in [("on", ""), ("auto", "w"), ("off", "")] {
        let run = z3.z3(["backup", "--full"]).env("RAW", raw);
        let ended = run.env("SEND_FLAGS", flags).run().expect_ok();
        assert_eq!(ended.stderr, "");
        let key = z3.snapshot_key("a");
        let stream = z3.piped("gzip -d", z3.bucket.get(&key));
        assert!(stream == z3.dataset.send(None, "a"));
        let metadata = z3.bucket.head(&key).unwrap().metadata;
        assert_eq!(metadata.get("sendflags"), None);
    }
    let run = z3.z3(["backup", "--full", "-v"]).env("RAW", "on");
    let told = run.run().expect_ok().stderr;
    assert!(
        told.contains("it is not encrypted and is not sent raw"),
        "{told}"
    );
}

/// A chain that was made elsewhere: its streams are looked at, whatever its metadata says.
#[test]
fn a_chain_that_cannot_be_gone_on_with_is_begun_anew() {
    let z3 = Z3::new("anew");
    z3.dataset.history(&["a"]);
    z3.says(["backup", "--compressor", "none"]);
    z3.dataset.history(&["b"]);
    let key = z3.snapshot_key("a");
    let (stored, metadata) = (z3.bucket.get(&key), z3.bucket.head(&key).unwrap().metadata);
    let metadata: Vec<(&str, &str)> = metadata
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    for (bit, problem) in [
        (24, "the stored chain is raw, the dataset is not encrypted"),
        (19, "the stored chain has large blocks, SEND_FLAGS has no L"),
    ] {
        // `drr_versioninfo` of the BEGIN record has the features from its third bit on.
        let mut stream = stored.clone();
        let feature = 1_u64 << (bit + 2);
        let info = u64::from_le_bytes(stream[16..24].try_into().unwrap()) | feature;
        stream[16..24].copy_from_slice(&info.to_le_bytes());
        z3.bucket.put(&key, &stream, &metadata);
        let keeping = z3.z3(["backup", "--dry-run"]).env("FULL_ON_CHANGE", "off");
        let said = keeping.run().expect_status(1).stderr;
        match bit {
            24 => assert!(said.contains(&format!("{problem}, and FULL_ON_CHANGE is off"))),
            _ => assert!(said.contains("this zfs has no -L"), "{said}"),
        }
        let ended = z3.z3(["-v", "backup", "--dry-run"]).run().expect_ok();
        let words = format!("{problem}: a new chain begins (FULL_ON_CHANGE=on)");
        assert!(ended.stderr.contains(&words), "{}", ended.stderr);
        let line = format!("zfs send '{}@b' | ", z3.dataset.name);
        assert!(ended.text().starts_with(&line), "{}", ended.text());
        assert!(ended.text().contains("--meta isfull=true"));
    }
    z3.bucket.put(&key, &stored, &metadata);
    let line = z3.says(["backup", "--dry-run"]);
    assert!(line.starts_with("zfs send -i "), "{line}");
}

#[test]
fn the_receipt_has_the_properties_that_were_set() {
    let z3 = Z3::new("properties");
    z3.dataset.history(&["a"]);
    let name = &z3.dataset.name;
    zfs(&["set", "compression=gzip-3", name]);
    zfs(&["set", "my:note=a\tb \"c\"", name]);
    z3.says(["backup"]);
    let key = z3.key(&format!(".z3/receipts/{name}@a"));
    let receipt: serde_json::Value = serde_json::from_slice(&z3.bucket.get(&key)).unwrap();
    let told = receipt["properties"].as_array().unwrap();
    let has = |name: &str, value: &str| {
        let wanted = serde_json::json!({"name": name, "value": value, "source": "local"});
        assert!(told.contains(&wanted), "{told:?}");
    };
    has("compression", "gzip-3");
    has("my:note", "a\tb \"c\"");
    let sources: Vec<_> = told.iter().map(|one| one["source"].as_str()).collect();
    assert!(sources.iter().all(|source| *source == Some("local")));
}
