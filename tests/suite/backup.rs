//! `z3 backup`: what it sends, what it prints, and what it refuses; each object is what `zfs send` wrote.

use std::collections::BTreeMap;

use crate::support::Z3;

/// Bytes as the original prints them, for less than a GiB.
fn mib(bytes: u64) -> String {
    let digits = format!("{:.2}", bytes as f64 / 1_048_576.0);
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

/// What is announced for a chain that begins with `base`, or with a full.
fn announced(z3: &Z3, base: Option<&str>, snapshots: &[&str]) -> String {
    let before = [base]
        .into_iter()
        .chain(snapshots.iter().map(|name| Some(*name)));
    let line = |(base, name): (Option<&str>, &&str)| {
        let size = mib(z3.dataset.estimate(base, name));
        format!(
            "Successfuly backed up {}@{name}: {size} M.\n",
            z3.dataset.name
        )
    };
    before.zip(snapshots).map(line).collect()
}

/// The metadata that doc/format.md promises, but for the random `z3id`, of which only the form can be known.
fn metadata(
    z3: &Z3,
    base: Option<&str>,
    snapshot: &str,
    compressor: Option<&str>,
) -> BTreeMap<String, String> {
    let mut wanted = vec![
        ("size", z3.dataset.estimate(base, snapshot).to_string()),
        ("guid", z3.dataset.guid(snapshot)),
        ("creation", z3.dataset.creation(snapshot)),
        ("z3version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    wanted.extend(compressor.map(|name| ("compressor", name.to_owned())));
    match base {
        None => wanted.push(("isfull", "true".to_owned())),
        Some(base) => {
            wanted.push(("parent", format!("{}@{base}", z3.dataset.name)));
            wanted.push(("parentguid", z3.dataset.guid(base)));
        }
    }
    wanted
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Fails unless the object is this stream, under this metadata; returns its `z3id`.
pub fn expect_stored(
    z3: &Z3,
    base: Option<&str>,
    snapshot: &str,
    compressor: Option<&str>,
) -> String {
    let key = z3.snapshot_key(snapshot);
    let mut object = z3.bucket.head(&key).unwrap();
    let id = object.metadata.remove("z3id").unwrap();
    assert!(
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    assert_eq!(object.metadata, metadata(z3, base, snapshot, compressor));
    let stored = z3.bucket.get(&key);
    let stream = match compressor {
        None => stored,
        Some(_) => z3.piped("gzip -d", stored),
    };
    assert!(stream == z3.dataset.send(base, snapshot), "{snapshot}");
    id
}

#[test]
fn the_first_backup_is_the_oldest_in_full_and_the_rest_as_increments() {
    let z3 = Z3::new("first");
    z3.dataset
        .history(&["before", "daily-1", "other", "daily-2", "daily-3"]);
    let backup = |prefix: &str| {
        z3.z3(["--snapshot-prefix", prefix, "backup"])
            .run()
            .expect_ok()
    };
    let ended = backup("daily");
    assert_eq!(
        ended.text(),
        announced(&z3, None, &["daily-1", "daily-2", "daily-3"])
    );
    assert_eq!(ended.stderr, "");
    let ids = [
        expect_stored(&z3, None, "daily-1", Some("pigz1")),
        expect_stored(&z3, Some("daily-1"), "daily-2", Some("pigz1")),
        expect_stored(&z3, Some("daily-2"), "daily-3", Some("pigz1")),
    ];
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    let ended = backup("daily");
    assert_eq!(
        (ended.text(), ended.stderr.as_str()),
        ("", ""),
        "nothing is new"
    );
    z3.dataset.history(&["daily-4"]);
    assert_eq!(
        backup("daily").text(),
        announced(&z3, Some("daily-3"), &["daily-4"])
    );
    expect_stored(&z3, Some("daily-3"), "daily-4", Some("pigz1"));
    z3.dataset.history(&["daily-5"]);
    let told = z3.z3(["-v", "--snapshot-prefix", "daily", "backup"]).run();
    let told = told.expect_ok().stderr;
    assert!(!told.contains("bookmark"), "no notice of each run: {told}");
    let keys = ["daily-1", "daily-2", "daily-3", "daily-4", "daily-5"]
        .map(|name| format!("{}@{name}", z3.dataset.name));
    assert_eq!(z3.keys(), keys);
    z3.expect_no_uploads();
}

#[test]
fn a_named_snapshot_is_the_last_one_and_a_full_begins_a_chain() {
    let z3 = Z3::new("named");
    z3.dataset.history(&["a", "b", "c", "d"]);
    let name = z3.dataset.name.clone();
    assert_eq!(
        z3.says(["backup", "--snapshot", "b"]),
        announced(&z3, None, &["a", "b"])
    );
    assert_eq!(z3.keys(), [format!("{name}@a"), format!("{name}@b")]);
    assert_eq!(
        z3.says(["backup", "--snapshot", &format!("{name}@a")]),
        "",
        "it is stored already"
    );
    assert_eq!(
        z3.says([
            "backup",
            "--full",
            "--snapshot",
            "c",
            "--compressor",
            "none"
        ]),
        announced(&z3, None, &["c"])
    );
    expect_stored(&z3, None, "c", None);
    let size = z3.dataset.estimate(Some("c"), "d");
    let told = z3.says(["backup", "--incremental", "--parseable"]);
    assert_eq!(told, format!("{name}@d\0{size}\n"));
    expect_stored(&z3, Some("c"), "d", Some("pigz1"));
    let lacking = z3.refuses(["backup", "--snapshot", "nosuch"]);
    assert!(
        lacking.starts_with(&format!("z3: no snapshot {name}@nosuch")),
        "{lacking}"
    );
}

#[test]
fn a_dry_run_says_the_same_and_stores_nothing() {
    let z3 = Z3::new("dry");
    z3.dataset.history(&["a", "b"]);
    let told = z3.says(["backup", "--dry-run", "--compressor", "none"]);
    let (a, b) = (
        format!("'{}@a'", z3.dataset.name),
        format!("'{}@b'", z3.dataset.name),
    );
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with(&format!("zfs send {a} | pput ")),
        "{told}"
    );
    assert!(
        lines[1].starts_with(&format!("zfs send -i {a} {b} | pput ")),
        "{told}"
    );
    assert!(told.ends_with(&announced(&z3, None, &["a", "b"])), "{told}");
    let told = z3.says(["backup", "--dry-run", "--parseable"]);
    let sizes = [
        z3.dataset.estimate(None, "a"),
        z3.dataset.estimate(Some("a"), "b"),
    ];
    let name = &z3.dataset.name;
    assert!(
        told.ends_with(&format!(
            "\n{name}@a\0{}\n{name}@b\0{}\n",
            sizes[0], sizes[1]
        )),
        "{told:?}"
    );
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
}
