//! What the sections of the configuration file say of several datasets.

use super::{results, row, two};
use crate::support::{Run, Z3};

/// With these sections behind `[main]`, which the environment does not overrule.
fn with(z3: &Z3, sections: &str, words: &[&str]) -> Run {
    let main = format!(
        "[main]\nBUCKET={}\nS3_PREFIX={}\n",
        z3.bucket.name, z3.prefix
    );
    let file = z3.file("sections.conf", main + sections);
    let words = ["--config", file.to_str().unwrap()]
        .into_iter()
        .chain(words.iter().copied());
    let run = z3.z3(words);
    ["BUCKET", "S3_PREFIX", "FILESYSTEM"]
        .into_iter()
        .fold(run, Run::env_remove)
}

#[test]
fn a_bucket_that_is_not_there_stops_only_those_in_it() {
    let (z3, above, below) = two("sections-bucket");
    z3.shell(&format!(
        "zfs create {above}/more && zfs snapshot {above}/more@a"
    ))
    .run()
    .expect_ok();
    let nowhere = "BUCKET=z3-no-such-bucket\n";
    let sections = format!("[fs:{above}]\n{nowhere}[fs:{above}/more]\n{nowhere}[fs:{below}]\n");
    let ended = with(&z3, &sections, &["backup", "--all"])
        .run()
        .expect_status(3);
    let told = results(ended.text());
    assert!(
        told[0].0.contains("no bucket z3-no-such-bucket"),
        "{}",
        ended.text()
    );
    let problems = ended.stderr.matches("no bucket z3-no-such-bucket");
    assert_eq!(problems.count(), 1, "{}", ended.stderr);
    assert_eq!(told[1..], [row("not tried", ""), row("done", "2")]);
    assert!(
        ended.stderr.contains("2 of 3 datasets failed"),
        "{}",
        ended.stderr
    );
}

/// What `--all` has stored of a dataset, every other command finds by that dataset's name alone.
#[test]
fn what_is_below_a_section_is_where_that_says() {
    let (z3, above, below) = two("sections-below");
    let sections = format!("[fs:{above}]\nRECURSIVE=on\nS3_PREFIX={}deep\n", z3.prefix);
    let run = |words: &[&str]| with(&z3, &sections, words).run().expect_ok();
    run(&["backup", "--all"]);
    assert!(z3.keys().iter().all(|key| key.starts_with("deep/")));
    let shown = run(&["--dataset", &below, "status"]);
    assert!(
        shown.text().contains("deep/") && shown.text().contains("full"),
        "{}",
        shown.text()
    );
    run(&["verify", &below, "b"]);
    // One that is not stored would be an error; these are in the pool already.
    run(&["--dataset", &below, "restore", "--dry-run", "b"]);
    assert_eq!(run(&["--dataset", &below, "backup"]).text(), "");
    // A section of its own says what else counts.
    let own = format!("{sections}[fs:{below}]\n");
    let shown = with(&z3, &own, &["--dataset", &below, "status"])
        .run()
        .expect_ok();
    assert!(!shown.text().contains("deep/"), "{}", shown.text());
}

#[test]
fn each_section_goes_by_its_own_property() {
    let (z3, above, below) = two("sections-property");
    z3.shell(&format!(
        "for i in x y; do zfs create {below}/$i && zfs snapshot {below}/$i@a || exit; done; zfs set z3:backup=off other:one=on {below}/x; zfs set other:one=off {below}/y"
    ))
    .run()
    .expect_ok();
    let sections = format!(
        "[fs:{above}]\nRECURSIVE=on\n[fs:{below}]\nRECURSIVE=on\nBACKUP_PROPERTY=other:one\n"
    );
    let ended = with(&z3, &sections, &["backup", "--all"]).run().expect_ok();
    let names: Vec<&str> = ended
        .text()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        names.contains(&format!("{below}/x").as_str()),
        "{}",
        ended.text()
    );
    assert!(
        !names.contains(&format!("{below}/y").as_str()),
        "{}",
        ended.text()
    );
}
