//! What zfs refuses, in the words of a real one, and what z3 makes of it.

use std::process::Command;

use crate::support::zfs::zfs;
use crate::support::{ENV, Gate, Z3, noise};

#[test]
fn what_is_not_there_is_named() {
    let z3 = Z3::new("absent");
    let name = &z3.dataset.name;
    let said = z3.refuses(["backup"]);
    assert!(said.contains(&format!("filesystem \"{name}\"")), "{said}");
    let said = z3.refuses(["--dataset", "nopool/x", "backup"]);
    assert!(said.contains("filesystem \"nopool/x\""), "{said}");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    let elsewhere = z3.key("nopool/x@a");
    z3.bucket.put(
        &elsewhere,
        &z3.bucket.get(&z3.snapshot_key("a")),
        &[("isfull", "true"), ("compressor", "pigz1")],
    );
    let said = z3.refuses(["--dataset", "nopool/x", "restore", "a"]);
    assert!(
        said.starts_with("z3: there is no pool nopool here to receive nopool/x\n"),
        "{said}"
    );
}

#[test]
fn a_key_that_is_not_loaded_is_told_before_anything_is_sent() {
    let z3 = Z3::new("locked");
    z3.create_encrypted();
    z3.dataset.history(&["a"]);
    z3.dataset.unmount();
    zfs(&["unload-key", &z3.dataset.name]);
    let ended = z3.z3(["backup"]).env("RAW", "off").run();
    let said = ended.expect_status(1).stderr;
    let words = "is encrypted, its key is not loaded, and its backups are not raw\n";
    assert!(said.contains(words), "{said}");
    let hint = format!("z3: 'zfs load-key {}' loads it; ", z3.dataset.name);
    assert!(said.contains(&hint), "{said}");
    assert_eq!(z3.keys(), [""; 0]);
    z3.expect_no_uploads();
}

#[test]
fn holds_are_seen_by_zfs_holds() {
    let z3 = Z3::new("seen");
    z3.dataset.history(&["a", "b"]);
    let full = |name| format!("{}@{name}", z3.dataset.name);
    zfs(&["hold", "mine", &full("a")]);
    let tags = || {
        let lines = zfs(&["holds", "-H", &full("a"), &full("b")]);
        let tag = |line: &str| line.split('\t').nth(1).unwrap().to_owned();
        lines.lines().map(tag).collect::<Vec<_>>()
    };
    let gate = Gate::new(&z3);
    let running = gate.through(z3.z3(["backup"]), "send");
    let ours: Vec<String> = tags().into_iter().filter(|tag| tag != "mine").collect();
    assert_eq!(ours.len(), 2);
    let digits = ours[0].strip_prefix("z3").unwrap();
    assert!(digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_eq!(ours[0], ours[1]);
    gate.open();
    running.wait().expect_ok();
    assert_eq!(tags(), ["mine"]);
    zfs(&["release", "mine", &full("a")]);
}

#[test]
fn a_held_snapshot_in_the_way_of_a_restore_is_explained() {
    let z3 = Z3::new("in-the-way");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    zfs(&["rollback", "-r", &format!("{}@a", z3.dataset.name)]);
    let own = z3.dataset.history(&["own"]).name.clone() + "@own";
    zfs(&["hold", "mine", &own]);
    let said = z3.refuses(["restore", "b", "--force"]);
    assert!(
        said.contains("has 1 snapshot (@own) with a hold in the way of the rollback\n"),
        "{said}"
    );
    let list = format!(
        "zfs list -r -t snapshot -o name,userrefs {}",
        z3.dataset.name
    );
    assert!(
        said.contains(&format!("z3: '{list}' shows the holds")),
        "{said}"
    );
    assert!(z3.piped(&list, vec![]).ends_with(b" 1\n"));
    zfs(&["release", "mine", &own]);
    z3.says(["restore", "b", "--force"]);
    assert_eq!(z3.dataset.snapshots(), ["a", "b"]);
}

#[test]
fn a_clone_in_the_way_of_a_restore_is_explained() {
    let z3 = Z3::new("cloned");
    z3.dataset.history(&["a", "b"]);
    z3.says(["backup"]);
    let name = &z3.dataset.name;
    zfs(&["rollback", "-r", &format!("{name}@a")]);
    let own = z3.dataset.history(&["own"]).name.clone() + "@own";
    let (copy, other) = (format!("{name}-copy"), format!("{name}-other"));
    zfs(&["clone", &own, &copy]);
    zfs(&["clone", &own, &other]);
    let said = z3.refuses(["restore", "b", "--force"]);
    // zfs lists clones in no order.
    let ways = [[&copy, &other], [&other, &copy]].map(|[first, second]| {
        format!("z3: {name} has a snapshot (@own) with a clone ({first},{second}) in the way of")
    });
    assert!(ways.iter().any(|way| said.starts_with(way)), "{said}");
    zfs(&["destroy", &copy]);
    zfs(&["destroy", &other]);
    z3.says(["restore", "b", "--force"]);
    assert_eq!(z3.dataset.snapshots(), ["a", "b"]);
}

/// Each of these zfs refuses itself, which is why z3 does not even begin.
#[test]
fn what_zfs_never_overwrites_is_not_tried() {
    let z3 = Z3::new("never");
    z3.dataset.history(&["a"]);
    z3.says(["backup"]);
    let stream = z3.dataset.send(None, "a");
    z3.dataset.destroy();
    let (name, source) = (&z3.dataset.name, format!("{}-source", z3.dataset.name));
    zfs(&["create", &source]);
    zfs(&["snapshot", &format!("{source}@x")]);
    let refused = |words: &str| {
        let said = z3.refuses(["restore", "a", "--force"]);
        assert!(
            said.starts_with(&format!("z3: {name} is {words}")),
            "{said}"
        );
        let receive = z3.shell(&format!("zfs recv -u -F {name}@a"));
        receive.stdin(stream.clone()).run().expect_status(1);
    };
    zfs(&["clone", &format!("{source}@x"), name]);
    refused("a clone of ");
    z3.dataset.destroy();
    z3.create_encrypted();
    refused("encrypted, which ");
    z3.dataset.destroy();
    zfs(&["destroy", "-r", &source]);
    zfs(&["create", "-V", "8M", name]);
    let told = z3.z3(["restore", "a", "--force"]).run().expect_ok().stderr;
    let cost = format!("z3: --force: the volume {name} is replaced, ");
    assert!(told.starts_with(&cost), "{told}");
    assert_eq!(z3.dataset.property("type"), "filesystem");
    z3.dataset.destroy();
    zfs(&["create", "-V", "8M", name]);
    let below = format!("{name}/x");
    let key = format!("{}{below}@a", z3.prefix);
    z3.bucket.put(&key, &stream, &[("isfull", "true")]);
    let said = z3.refuses(["--dataset", &below, "restore", "a"]);
    assert!(
        said.contains("is a volume, nothing can be received below it"),
        "{said}"
    );
}

#[test]
fn a_pool_that_is_read_only_is_backed_up_without_holds() {
    let pool = format!("{}ro", ENV.pool);
    let file = ENV.dir.join("ro.pool");
    let zpool = |arguments: &[&str]| {
        let output = Command::new("zpool").args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let (path, folder) = (file.to_str().unwrap(), ENV.dir.to_str().unwrap());
    std::fs::File::create(&file)
        .unwrap()
        .set_len(256 << 20)
        .unwrap();
    zpool(&["create", "-o", "cachefile=none", "-m", "none", &pool, path]);
    zfs(&["snapshot", &format!("{pool}@a")]);
    zpool(&["export", &pool]);
    zpool(&[
        "import",
        "-o",
        "readonly=on",
        "-o",
        "cachefile=none",
        "-d",
        folder,
        &pool,
    ]);
    let z3 = Z3::new("read-only");
    let ended = z3.z3(["--dataset", &pool, "backup"]).run();
    zpool(&["export", &pool]);
    let ended = ended.expect_ok();
    assert!(ended.text().starts_with("Successfuly"));
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [warning] = lines[..] else {
        panic!("{lines:?}")
    };
    assert!(
        warning.contains("pool is read-only; nothing keeps"),
        "{warning}"
    );
}

/// What `zfs receive -s` leaves when it is cut off, of an increment beside the dataset, of a full in its place: whoever has begun
/// it, it is gone on with. A dataset that was mounted since may have been written to, which costs `--force`.
#[test]
fn half_a_snapshot_that_was_begun_by_hand_is_gone_on_with() {
    let z3 = Z3::new("half");
    let name = &z3.dataset.name;
    z3.dataset.create();
    z3.dataset.write("a", &noise(3_000_000, 1)).snapshot("a");
    z3.dataset.write("b", &noise(3_000_000, 2)).snapshot("b");
    z3.says(["backup"]);
    let [full, increment] =
        [(None, "a"), (Some("a"), "b")].map(|(base, to)| z3.dataset.send(base, to));
    zfs(&["rollback", "-r", &format!("{name}@a")]);
    for (stream, snapshot, more) in [(increment, "b", &["--force"][..]), (full, "a", &[])] {
        let half = stream.len() / 2;
        let receive = format!("! zfs receive -s -u {name}@{snapshot}");
        z3.piped(&receive, stream[..half].to_vec());
        assert!(z3.dataset.property("receive_resume_token").len() > 1);
        let restore = ["restore", "b", "-v"].iter().chain(more);
        let told = z3.z3(restore.copied()).run().expect_ok().stderr;
        let resumed = format!("{name}@{snapshot}: resumed at ");
        assert!(told.contains(&resumed), "{told}");
        assert_eq!(z3.dataset.snapshots(), ["a", "b"]);
        assert_eq!(z3.dataset.property("mounted"), "yes");
        z3.dataset.destroy();
    }
}
