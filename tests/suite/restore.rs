//! `z3 restore`: what comes back is what was there, and nothing else is touched.

mod at;
mod elsewhere;
mod killed;
mod list;
mod properties;
mod target;
mod tree;

use std::fs;

use crate::support::zfs::zfs;
use crate::support::{Gpg, Z3};

/// The snapshots that `zfs recv` was called for, as the shim has logged them.
fn received(z3: &Z3) -> Vec<String> {
    let log = fs::read_to_string(z3.dir().join("log")).unwrap_or_default();
    let calls = log.lines().filter(|line| line.starts_with("zfs recv "));
    calls
        .filter_map(|line| Some(line.rsplit_once('@')?.1.to_owned()))
        .collect()
}

/// `z3 restore`, which has to succeed in silence.
fn restore(z3: &Z3, arguments: &[&str]) {
    let ended = z3
        .z3(["restore"])
        .args(arguments.iter().copied())
        .env("SHIM_LOG", z3.dir().join("log"))
        .run()
        .expect_ok();
    assert_eq!((ended.text(), ended.stderr.as_str()), ("", ""));
}

#[test]
fn a_chain_of_all_compressors_comes_back_into_an_absent_dataset() {
    let z3 = Z3::new("chain");
    let _gpg = Gpg::new(&z3, "z3_backup");
    let chain = [
        ("a", "gpg"),
        ("b", "none"),
        ("c", "pigz4"),
        ("d", "gzip9"),
        ("e", "zstd"),
        ("f", "pigz1"),
    ];
    for (name, compressor) in chain {
        z3.dataset.history(&[name]);
        z3.says(["backup", "--compressor", compressor]);
    }
    let names = chain.map(|(name, _)| name);
    let (tree, guids) = (z3.dataset.tree(), names.map(|name| z3.dataset.guid(name)));
    z3.dataset.destroy();
    restore(&z3, &["d"]);
    assert_eq!(received(&z3), ["a", "b", "c", "d"]);
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c", "d"]);
    assert_eq!(z3.dataset.property("mounted"), "yes");
    // The full name is understood, too, and only what is missing is received.
    restore(&z3, &[&format!("{}@f", z3.dataset.name)]);
    assert_eq!(received(&z3), names);
    assert_eq!(names.map(|name| z3.dataset.guid(name)), guids);
    assert!(z3.dataset.tree() == tree);
    restore(&z3, &["c"]);
    assert_eq!(received(&z3), names, "nothing is missing");
}

#[test]
fn a_dry_run_receives_nothing() {
    let z3 = Z3::new("dry-restore");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    let (name, key) = (&z3.dataset.name, |snapshot| z3.snapshot_key(snapshot));
    let line = |snapshot, force| {
        format!(
            "z3_get {} | pigz -d | zfs recv -u {force}{name}@{snapshot}\n",
            key(snapshot)
        )
    };
    let mount = format!("zfs mount {name}\n");
    let told = z3.says(["restore", "b", "--dry-run"]);
    assert_eq!(told, line("a", "") + &line("b", "") + &mount);
    let told = z3.says(["restore", "--force", "--dry-run", "a"]);
    assert_eq!(told, line("a", "-F ") + &mount);
    assert!(!z3.dataset.exists());
}

#[test]
fn what_was_unmounted_stays_so() {
    let z3 = Z3::new("unmounted");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    zfs(&["rollback", "-r", &format!("{}@a", z3.dataset.name)]);
    zfs(&["umount", &z3.dataset.name]);
    let told = z3.z3(["restore", "b"]).run().expect_ok().stderr;
    assert_eq!(z3.dataset.property("mounted"), "no");
    assert_eq!(z3.dataset.snapshots(), ["a", "b"]);
    assert!(told.contains("is not mounted: 'zfs mount "));
}

#[test]
fn what_is_not_stored_is_refused_by_name() {
    let z3 = Z3::new("absent");
    let said = z3.refuses(["restore", "nosuch"]);
    let name = format!("\"{}@nosuch\"", z3.dataset.name);
    assert!(
        said.starts_with(&format!("z3: no such snapshot {name} in the bucket\n")),
        "{said}"
    );
}

#[test]
fn a_broken_chain_stops_before_the_first_receive() {
    let z3 = Z3::new("broken");
    z3.dataset.history(&["a", "b", "c"]);
    let guid = z3.dataset.guid("a");
    z3.says(["backup"]);
    z3.dataset.destroy();
    let expect = |wanted: &str, reason: &str| {
        let said = z3
            .z3(["restore", wanted])
            .env("SHIM_LOG", z3.dir().join("log"))
            .run()
            .expect_status(1)
            .stderr;
        let blame = format!("z3: the backup of {}@", z3.dataset.name);
        assert!(
            said.starts_with(&blame) && said.contains(&format!(" is broken: {reason}")),
            "{said}"
        );
        assert!(received(&z3).is_empty() && !z3.dataset.exists());
    };
    let (a, body) = (z3.snapshot_key("a"), z3.bucket.get(&z3.snapshot_key("a")));
    z3.bucket.delete(&a);
    expect("b", "missing parent");
    expect("c", "parent broken");
    z3.bucket.put(
        &a,
        &body,
        &[("isfull", "true"), ("compressor", "pigz1"), ("guid", "7")],
    );
    expect("b", "parent replaced");
    let b = format!("{}@b", z3.dataset.name);
    z3.bucket.put(&a, &body, &[("parent", &b), ("guid", &guid)]);
    expect("c", "cycle detected");
    z3.bucket.put(&a, b"neither metadata nor a stream", &[]);
    expect("a", "no metadata");
}

#[test]
fn only_the_stored_snapshot_itself_counts_as_restored() {
    let z3 = Z3::new("guid");
    z3.dataset.history(&["a", "b"]);
    let guid = z3.dataset.guid("b");
    let other = z3.dataset.send(None, "a");
    z3.dataset.destroy();
    let key = z3.snapshot_key("b");
    // The key of one snapshot, the stream of another.
    z3.bucket
        .put(&key, &other, &[("isfull", "true"), ("guid", &guid)]);
    let said = z3.refuses(["restore", "b"]);
    assert!(said.contains(&guid), "{said}");
    assert!(!z3.dataset.exists());
    // Without a guid the name in the stream tells.
    z3.bucket.put(&key, &other, &[("isfull", "true")]);
    let said = z3.refuses(["restore", "b"]);
    assert!(said.contains("one of @b was expected"), "{said}");
    // A receiver that takes everything and does nothing.
    z3.bucket
        .put(&z3.snapshot_key("a"), &other, &[("isfull", "true")]);
    z3.replace(
        "zfs",
        "[ \"$1\" != recv ] || exec cat >/dev/null\nexec zfs \"$@\"",
    );
    let said = z3.refuses(["restore", "a"]);
    assert_eq!(
        said,
        format!("z3: {}@a is not there after the receive\n", z3.dataset.name)
    );
}

#[test]
fn another_snapshot_of_that_name_in_the_pool_stops_the_restore() {
    let z3 = Z3::new("namesake");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    z3.dataset.history(&["x", "a"]);
    let said = z3.refuses(["restore", "b", "--force"]);
    assert!(
        said.contains(&format!("{}@a is in the pool with guid", z3.dataset.name)),
        "{said}"
    );
    assert_eq!(z3.dataset.snapshots(), ["x", "a"]);
}
