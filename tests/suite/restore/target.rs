//! What a restore finds where it is to receive: nothing, too much, or what an earlier one has left.

use std::fs;

use crate::support::Z3;
use crate::support::zfs::{Dataset, openzfs, zfs};

#[test]
fn a_diverged_dataset_is_rolled_back_by_force_only() {
    let z3 = Z3::new("diverged");
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    let tree = z3.dataset.tree();
    let back_to_b = || drop(zfs(&["rollback", "-r", &format!("{}@b", z3.dataset.name)]));
    back_to_b();
    z3.dataset.write("own", b"written here since");
    let said = z3.refuses(["restore", "c"]);
    let resumable = if openzfs() { " -s" } else { "" };
    let head = format!(
        "z3: zfs recv{resumable} -u {}@c: exit 1: cannot receive",
        z3.dataset.name
    );
    let modified = "has been modified\n  since most recent snapshot";
    assert!(said.starts_with(&head) && said.contains(modified), "{said}");
    assert!(said.contains("'z3 restore --force' rolls"), "{said}");
    assert_eq!(z3.dataset.property("mounted"), "yes", "as it was before");
    z3.dataset.mount();
    let own = fs::read(z3.dataset.path().join("own")).unwrap();
    assert_eq!(own, b"written here since");
    let changed = format!(
        "--force: what was changed in {} since @b is lost",
        z3.dataset.name
    );
    let told = z3.z3(["restore", "--force", "c"]).run().expect_ok().stderr;
    assert_eq!(told, format!("z3: {changed}\n"));
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"]);
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert!(z3.dataset.tree() == tree);
    back_to_b();
    z3.dataset.write("own", b"and kept").snapshot("own");
    let said = z3.refuses(["restore", "c"]);
    let head = format!(
        "z3: {} has 1 snapshot (@own) made after @b, which the next backup builds on\n",
        z3.dataset.name
    );
    assert!(
        said.starts_with(&head) && said.contains("--force"),
        "{said}"
    );
    assert_eq!(z3.dataset.snapshots(), ["a", "b", "own"]);
    let gone = format!("--force: {}@own is destroyed", z3.dataset.name);
    let plan = z3.says(["restore", "--force", "--dry-run", "c"]);
    assert!(
        plan.starts_with(&format!("# {changed}\n# {gone}\nz3_get ")),
        "{plan}"
    );
    // The costs come first, whatever zfs makes of it: zfs-fuse does not go back behind snapshots, OpenZFS does.
    let ended = z3.z3(["restore", "--force", "c"]).run();
    let costs = format!("z3: {changed}\nz3: {gone}\n");
    assert!(ended.stderr.starts_with(&costs), "{}", ended.stderr);
    if openzfs() {
        ended.expect_ok();
        assert_eq!(z3.dataset.snapshots(), ["a", "b", "c"]);
    } else {
        let said = ended.expect_status(1).stderr;
        assert!(said.contains("'zfs rollback -r "), "{said}");
        assert_eq!(z3.dataset.snapshots(), ["a", "b", "own"]);
    }
}

#[test]
fn a_full_replaces_a_dataset_by_force_only() {
    let z3 = Z3::new("occupied");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    let tree = z3.dataset.tree();
    z3.dataset.destroy();
    z3.dataset.create_unmounted();
    let said = z3.refuses(["restore", "a"]);
    assert!(
        said.contains("exists, and the first backup to receive is a full\n")
            && said.contains("--force"),
        "{said}"
    );
    assert!(z3.dataset.snapshots().is_empty());
    let told = z3.z3(["restore", "a", "--force"]).run().expect_ok().stderr;
    let cost = format!("--force: everything in {} is destroyed", z3.dataset.name);
    assert!(told.starts_with(&format!("z3: {cost}\n")), "{told}");
    assert!(z3.dataset.tree() == tree);
}

#[test]
fn where_nothing_can_be_received_is_told_before_the_download() {
    let z3 = Z3::new("nowhere");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    let key = z3.snapshot_key("a");
    let (_, head) = key.split_once(&z3.dataset.name).unwrap();
    let stored = z3.bucket.get(&key);
    let elsewhere = |dataset: &str| {
        let key = format!("{}{dataset}{head}", z3.prefix);
        z3.bucket.put(
            &key,
            &stored,
            &[("isfull", "true"), ("compressor", "pigz1")],
        );
        z3.refuses(["--dataset", dataset, "restore", "a"])
    };
    let parent = format!("{}/data", z3.dataset.name);
    let said = elsewhere(&format!("{parent}/photos"));
    assert!(
        said.contains(&format!("{parent} is not there, below which ")),
        "{said}"
    );
    assert!(
        said.contains(&format!("'zfs create -p {parent}' makes it")),
        "{said}"
    );
    let said = elsewhere("znosuch/fs");
    assert!(said.contains("there is no pool znosuch here"), "{said}");
    // A full never replaces a dataset that has snapshots, and zfs would say so after the download.
    z3.dataset.destroy();
    z3.dataset.history(&["own"]);
    let said = z3.refuses(["restore", "--force", "a"]);
    let words = format!("{} has 1 snapshot (@own) of its own", z3.dataset.name);
    assert!(
        said.contains(&words) && said.contains("'zfs rename "),
        "{said}"
    );
}

/// A junk object in the middle of a chain is found before the first receive.
#[test]
fn all_of_a_chain_is_looked_at_before_the_first_receive() {
    let z3 = Z3::new("looked");
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    let key = z3.snapshot_key("b");
    let metadata: Vec<(String, String)> =
        z3.bucket.head(&key).unwrap().metadata.into_iter().collect();
    let metadata: Vec<(&str, &str)> = metadata
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    z3.bucket.put(&key, b"junk", &metadata);
    z3.dataset.destroy();
    let said = z3.refuses(["restore", "c"]);
    assert!(said.contains("parent broken (@b: no stream"), "{said}");
    assert!(said.contains("can be restored is @a"), "{said}");
    assert!(z3.dataset.snapshots().is_empty());
}

/// What a run that was cut off has left unmounted is mounted by the one that completes it; what was mounted is again.
#[test]
fn an_interrupted_restore_owes_its_mounts() {
    let z3 = Z3::new("owed");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    // The second step fails, as it does on a full pool.
    z3.replace(
        "zfs",
        "case \"$*\" in recv*@b) exit 1 ;; esac; exec zfs \"$@\"",
    );
    let said = z3.z3(["restore", "b"]).run().expect_status(1).stderr;
    assert_eq!(z3.dataset.property("mounted"), "no");
    assert!(said.contains("is not mounted: 'zfs mount "), "{said}");
    z3.restore_program("zfs");
    z3.says(["restore", "b"]);
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert_eq!(z3.dataset.property("z3:unmounted"), "-", "the mark is gone");
    // A run that was killed behind its last receive has left this.
    zfs(&["umount", &z3.dataset.name]);
    zfs(&["set", "z3:unmounted=by z3 restore", &z3.dataset.name]);
    z3.says(["restore", "b"]);
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert_eq!(z3.dataset.property("z3:unmounted"), "-", "the mark is gone");
}

/// zfs refuses a rollback over a clone only behind the download. (zfs-fuse does not tell of clones, so that this one is told.)
#[test]
fn a_clone_in_the_way_is_told_before_the_download() {
    let z3 = Z3::new("cloned");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let name = &z3.dataset.name;
    zfs(&["rollback", "-r", &format!("{name}@a")]);
    z3.dataset.history(&["own"]);
    z3.replace(
        "zfs",
        &format!("case \"$*\" in *clones*) printf '{name}@own\\tztest/copy\\n' ;; *) exec zfs \"$@\" ;; esac"),
    );
    let way = "has a snapshot (@own) with a clone (ztest/copy) in the way of the rollback";
    let said = z3.refuses(["restore", "b", "--force"]);
    assert!(said.starts_with(&format!("z3: {name} {way}\n")), "{said}");
    let said = z3.refuses(["restore", "b"]);
    assert!(said.contains("--force would not help: "), "{said}");
    assert_eq!(z3.dataset.snapshots(), ["a", "own"]);
}

#[test]
fn a_clone_is_never_overwritten_by_a_full() {
    let z3 = Z3::new("is-clone");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    z3.dataset.destroy();
    let source = Dataset::named(format!("{}-source", z3.dataset.name));
    source.create();
    let origin = source.snapshot("x");
    zfs(&["clone", &origin, &z3.dataset.name]);
    for force in [["restore", "a", "--force"].as_slice(), &["restore", "a"]] {
        let said = z3.refuses(force.iter().copied());
        let words = format!("z3: {} is a clone of {origin}, which ", z3.dataset.name);
        assert!(said.starts_with(&words), "{said}");
        assert!(said.contains("'zfs rename "), "{said}");
    }
    z3.dataset.destroy();
    source.destroy();
}
