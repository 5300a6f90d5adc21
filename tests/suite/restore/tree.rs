//! `z3 restore --recursive --at`: the disaster. Pool and host are gone; the bucket, its keys and z3 are left.

use std::thread;
use std::time::Duration;

use crate::support::zfs::zfs;
use crate::support::{Dataset, Z3};

/// The cells of the table of results.
fn results(told: &str) -> Vec<[String; 2]> {
    let table = told
        .split("DATASET")
        .nth(1)
        .unwrap_or_else(|| panic!("{told}"));
    let rows = table.lines().skip(1).map(|line| {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
        [cells.next().unwrap(), cells.next().unwrap()]
    });
    rows.collect()
}

fn below(top: &Dataset, name: &str) -> Dataset {
    Dataset::named(format!("{}{name}", top.name))
}

/// The time of a dataset's snapshot, as RFC 3339 has it.
fn time(z3: &Z3, dataset: &Dataset, snapshot: &str) -> String {
    let date = format!(
        "date -u -d @{} +%Y-%m-%dT%H:%M:%SZ",
        dataset.creation(snapshot)
    );
    let told = z3.piped(&date, Vec::new());
    String::from_utf8(told).unwrap().trim().to_owned()
}

#[test]
fn a_tree_comes_back_at_a_time_under_another_name() {
    let z3 = Z3::new("tree");
    let top = z3.dataset.clone();
    let all = ["", "/home", "/home/ann b", "/srv"].map(|name| below(&top, name));
    for (number, dataset) in all.iter().enumerate() {
        dataset
            .create()
            .write("file", format!("first {number}").as_bytes());
    }
    zfs(&["snapshot", "-r", &format!("{}@one", top.name)]);
    let trees = all.clone().map(|dataset| dataset.tree());
    thread::sleep(Duration::from_millis(1_100));
    let at = time(&z3, &top, "one");
    let late = below(&top, "/late");
    late.create();
    for (number, dataset) in all.iter().enumerate() {
        dataset.write("file", format!("second {number}").as_bytes());
    }
    zfs(&["snapshot", "-r", &format!("{}@two", top.name)]);
    let word = |dataset: &Dataset, word: &str| [dataset.name.clone(), word.to_owned()];
    z3.says(["backup", "--recursive"]);
    top.destroy();

    let to = Dataset::named(format!("{}-new/copy", top.name));
    let restore = |rest: &[&str]| {
        let all = ["restore", "--recursive", "--to", &to.name].into_iter();
        z3.z3(all.chain(rest.iter().copied()).collect::<Vec<_>>())
            .run()
    };
    let said = restore(&[]).expect_status(2).stderr;
    assert!(said.contains("expected SNAPSHOT or --at"), "{said}");
    let said = restore(&["one"]).expect_status(2).stderr;
    assert!(said.contains("expected --at TIME"), "{said}");
    // Its lines do the same in a shell.
    let lines = restore(&["--at", &at, "--create-parents", "--dry-run"]).expect_ok();
    let lines = lines.text();
    let made = lines.matches("zfs create ").count();
    assert_eq!(made, 1, "{lines}");
    assert!(
        lines.contains(&format!("# {}@one of {at}\n", all[2].name)),
        "{lines}"
    );
    z3.shell(&format!("set -e\n{lines}")).run().expect_ok();
    let copies = ["", "/home", "/home/ann b", "/srv"].map(|name| below(&to, name));
    for (copy, tree) in copies.iter().zip(&trees).skip(1) {
        assert_eq!(copy.property("mounted"), "yes");
        assert!(copy.tree() == *tree, "{}", copy.name);
    }
    to.destroy();

    // Whoever looks at a file changes when it was looked at, which is in the way of the next increment.
    let ended = restore(&["--at", &at, "--no-mount"]).expect_ok();
    let [root, home, ann, srv] = &all;
    let mut expected: Vec<[String; 2]> = [root, home, ann, srv].map(|one| word(one, "done")).into();
    expected.insert(3, word(&late, "not there yet"));
    assert_eq!(results(ended.text()), expected, "{}", ended.text());
    assert!(copies.iter().all(|copy| copy.snapshots() == ["one"]));
    assert_eq!(ended.stderr, "");

    // Later: what is there already stays, the rest follows. One that is in the way fails alone.
    let own = below(&to, "/late");
    own.create().write("own", b"mine");
    own.snapshot("own");
    let ended = restore(&["--at", "now"]).expect_status(3);
    let told = results(ended.text());
    assert_eq!(told[0], word(root, "done"));
    assert!(
        told[3][1].starts_with("failed: ") && told[3][1].contains(&own.name),
        "{told:?}"
    );
    assert_eq!(copies[1].snapshots(), ["one", "two"]);
    assert_eq!(own.snapshots(), ["own"]);
    let ended = restore(&["--at", "now", "--exclude", "**/late"]).expect_ok();
    assert!(
        results(ended.text())
            .iter()
            .all(|[_, word]| word == "up to date"),
        "{}",
        ended.text()
    );
    let ended = restore(&["--at", "1h"]).expect_status(1);
    assert!(
        ended.stderr.contains("all 5 datasets are not there yet"),
        "{}",
        ended.stderr
    );
    assert!(
        results(ended.text())
            .iter()
            .all(|[_, word]| word == "not there yet"),
        "{}",
        ended.text()
    );
    let ended = restore(&["--at", "now", "--list", "--exclude", "**/late"]).expect_ok();
    assert_eq!(
        ended.text().matches("nothing to fetch: ").count(),
        4,
        "{}",
        ended.text()
    );
    Dataset::named(format!("{}-new", top.name)).destroy();
}

/// `--all` has stored it elsewhere, and it belongs to the tree all the same.
#[test]
fn a_section_below_is_brought_back_from_its_own_place() {
    let z3 = Z3::new("tree-sections");
    let top = z3.dataset.clone();
    let [near, far] = ["/near", "/far"].map(|name| below(&top, name));
    let deep = below(&far, "/deep");
    for dataset in [&top, &near, &far, &deep] {
        dataset.create().write("file", dataset.name.as_bytes());
    }
    zfs(&["snapshot", "-r", &format!("{}@one", top.name)]);
    let (bucket, prefix) = (&z3.bucket.name, &z3.prefix);
    let section = |name: &str, prefix: &str| {
        format!("[fs:{name}]\nBUCKET={bucket}\nS3_PREFIX={prefix}\nRECURSIVE=on\n")
    };
    let elsewhere = format!("{prefix}elsewhere/");
    let text = section(&top.name, prefix) + &section(&far.name, &elsewhere);
    let file = z3.file("sections.conf", text);
    let run = |words: &[&str]| {
        let config = ["--config", file.to_str().unwrap()].into_iter();
        let run = z3.z3(config.chain(words.iter().copied()).collect::<Vec<_>>());
        let keys = ["BUCKET", "S3_PREFIX", "FILESYSTEM"].into_iter();
        keys.fold(run, |run, key| run.env_remove(key)).run()
    };
    run(&["backup", "--all"]).expect_ok();
    let to = Dataset::named(format!("{}-new", top.name));
    let restore = [
        "--dataset",
        &top.name,
        "restore",
        "--recursive",
        "--at",
        "now",
        "--to",
        &to.name,
    ];
    let ended = run(&restore).expect_ok();
    let done = [&top, &far, &deep, &near].map(|one| [one.name.clone(), "done".to_owned()]);
    assert_eq!(results(ended.text()), done, "{}", ended.text());
    let copy = below(&to, "/far/deep");
    assert!(copy.tree() == deep.tree());
    to.destroy();
    let without = [
        &restore[..],
        &["--exclude", "**/far", "--exclude", "**/far/**"],
    ]
    .concat();
    assert_eq!(results(run(&without).expect_ok().text()).len(), 2);
    to.destroy();
}
