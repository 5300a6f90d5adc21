//! Several datasets in one run: each is one of its own, and a table tells what became of it.

mod ahead;
mod below;
mod sections;
mod speed;

use crate::support::{Act, Proxy, Run, Server, When, Z3};

/// A dataset with two snapshots and, below it, another one with as many.
fn two(test: &str) -> (Z3, String, String) {
    family(Z3::new(test))
}

fn family(z3: Z3) -> (Z3, String, String) {
    z3.dataset.history(&["a", "b"]);
    let (above, below) = (z3.dataset.name.clone(), format!("{}/kid", z3.dataset.name));
    let make = format!("zfs create {below} && zfs snapshot {below}@a && zfs snapshot {below}@b");
    z3.shell(&make).run().expect_ok();
    (z3, above, below)
}

/// RESULT and SNAPSHOTS of each row of the table, which is the last that is printed.
fn results(printed: &str) -> Vec<(String, String)> {
    let table = printed
        .lines()
        .skip_while(|line| !line.starts_with("DATASET"));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    let rows = table.skip(1).map(cells);
    rows.map(|row: Vec<String>| (row[1].clone(), row[2].clone()))
        .collect()
}

fn row(result: &str, snapshots: &str) -> (String, String) {
    (result.to_owned(), snapshots.to_owned())
}

/// With its own names after the command.
fn backup(z3: &Z3, names: &[&str]) -> Run {
    z3.z3(std::iter::once("backup").chain(names.iter().copied()))
}

#[test]
fn each_dataset_is_a_run_of_its_own() {
    let (z3, above, below) = two("many");
    let nowhere = format!("{above}/nowhere");
    let ended = backup(&z3, &[&nowhere, &above, &below, &above])
        .run()
        .expect_status(3);
    let told = results(ended.text());
    assert!(told[0].0.starts_with("failed: "), "{}", ended.text());
    assert_eq!(told[1..], [row("done", "2"), row("done", "2")]);
    let said = &ended.stderr;
    assert!(
        said.contains(&nowhere) && said.contains("1 of 3 datasets failed"),
        "{said}"
    );
    let keys = ["@a", "@b", "/kid@a", "/kid@b"].map(|end| format!("{above}{end}"));
    let mut stored = z3.keys();
    stored.sort();
    let mut keys = keys.to_vec();
    keys.sort();
    assert_eq!(stored, keys);
    let again = backup(&z3, &[&above, &below]).run().expect_ok();
    assert_eq!(
        results(again.text()),
        [row("up to date", "0"), row("up to date", "0")]
    );
    assert_eq!(again.stderr, "");
    let failed = backup(&z3, &["nopool/x", &nowhere]).run().expect_status(1);
    assert_eq!(results(failed.text()).len(), 2);
}

#[test]
fn one_name_is_one_dataset_among_several() {
    let (z3, above, _) = two("many-words");
    let mixed = z3.z3(["--dataset", &above, "backup", &above]).run();
    assert!(mixed.expect_status(2).stderr.contains("--dataset"));
    let mixed = backup(&z3, &["--all", &above]).run().expect_status(2);
    assert!(mixed.stderr.contains("--all takes no datasets"));
    let odd = backup(&z3, &["a//b"]).run();
    assert!(odd.expect_status(1).stderr.contains("a//b"));
    let dry = backup(&z3, &["--dry-run", &above]).run().expect_ok();
    assert!(dry.text().contains("zfs send") && !dry.text().contains("DATASET"));
    assert_eq!(z3.keys(), [""; 0]);
}

#[test]
fn every_section_is_a_dataset() {
    let (z3, above, below) = two("many-sections");
    let file = z3.file(
        "all.conf",
        format!("[fs:{below}]\nCOMPRESSOR=none\n[fs:{above}]\nCOMPRESSOR=zstd\n[main]\n"),
    );
    let file = file.to_str().unwrap();
    let run = z3.z3(["--config", file, "backup", "--all"]);
    let ended = run
        .env_remove("FILESYSTEM")
        .env_remove("COMPRESSOR")
        .run()
        .expect_ok();
    assert_eq!(results(ended.text()), [row("done", "2"), row("done", "2")]);
    let order = ended.text().rfind(&below) < ended.text().rfind(&format!("{above} "));
    assert!(order, "as in the file: {}", ended.text());
    let compressor = |name: &str| {
        let object = z3.bucket.head(&z3.key(name)).unwrap();
        object.metadata.get("compressor").cloned()
    };
    assert_eq!(compressor(&format!("{above}@a")).as_deref(), Some("zstd"));
    assert_eq!(compressor(&format!("{below}@a")), None);
    // What is wrong in one section is that dataset's own.
    let odd = format!("[fs:{below}]\nRECURSIVE=perhaps\n[fs:{above}]\n");
    let odd = z3.file("odd.conf", odd);
    let run = z3.z3(["--config", odd.to_str().unwrap(), "backup", "--all"]);
    let ended = run.env_remove("FILESYSTEM").run().expect_status(3);
    let told = results(ended.text());
    assert!(told[0].0.contains("RECURSIVE"), "{}", ended.text());
    assert_eq!(told[1].0, "up to date");
    let none = z3.file("none.conf", "[main]\n");
    let run = z3.z3(["--config", none.to_str().unwrap(), "backup", "--all"]);
    let ended = run.env_remove("FILESYSTEM").run().expect_status(1);
    assert!(
        ended.stderr.contains("no dataset has a section"),
        "{}",
        ended.stderr
    );
}

#[test]
fn every_command_takes_them_in_the_same_way() {
    let (z3, above, below) = two("many-commands");
    z3.z3(["--dataset", &above, "backup", "--recursive"])
        .run()
        .expect_ok();
    assert_eq!(z3.keys().len(), 4);
    let shown = z3.z3(["status", &below, &above]).run().expect_ok();
    let titles = shown.text().lines();
    let titles: Vec<&str> = titles
        .filter(|line| line.starts_with("backup status"))
        .collect();
    assert_eq!(shown.text().matches("\n\nbackup status").count(), 1);
    assert!(titles[0].contains(&format!("{below}@")) && titles[1].contains(&format!("{above}@")));
    assert!(!shown.text().contains("RESULT"));
    let one = z3.z3(["--dataset", &above, "status"]).run().expect_ok();
    assert!(shown.text().ends_with(one.text()), "as that of one dataset");
    let part = z3.z3(["status", &below, "nopool/x"]).run();
    assert_eq!(part.expect_ok().stderr, "", "one without any snapshot");
    // A snapshot that one of them lacks is an error of that one; so is damage.
    z3.shell(&format!("zfs snapshot {above}@c"))
        .run()
        .expect_ok();
    z3.z3(["--dataset", &above, "backup"]).run().expect_ok();
    let verified = z3
        .z3(["verify", &above, &below, "c"])
        .run()
        .expect_status(1);
    let told = results(verified.text());
    assert_eq!(told[0], row("ok", "3"));
    assert!(told[1].0.starts_with("failed: "), "{told:?}");
    let verified = z3.z3(["verify", "--all", "--level", "list"]);
    let verified = verified.env("FILESYSTEM", &above).run();
    assert!(!verified.expect_ok().text().contains("RESULT"), "one");
    let wrong = z3.z3(["--recursive", "thaw", "a"]).run();
    assert!(wrong.expect_status(2).stderr.contains("one dataset"));
    let wrong = z3.z3(["--recursive", "restore", "a"]).run();
    assert!(wrong.expect_status(2).stderr.contains("expected --at TIME"));
    let wrong = z3.z3(["status", "--exclude", "tank/**"]).run();
    assert!(wrong.expect_status(2).stderr.contains("--recursive"));
}

#[test]
fn what_concerns_all_stops_all() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let (z3, above, below) = family(Z3::new("many-denied").through(&proxy));
    proxy.rule(
        "GET",
        "list-type=2",
        When::Always,
        Act::error(403, "AccessDenied"),
    );
    let ended = backup(&z3, &[&above, &below]).run().expect_status(1);
    let told = results(ended.text());
    assert!(told[0].0.contains("AccessDenied"), "{}", ended.text());
    assert_eq!(told[1], row("not tried", ""));
}

#[test]
fn a_run_killed_in_the_second_dataset_is_completed_by_the_next() {
    let (z3, above, below) = two("many-killed");
    z3.replace(
        "zfs",
        &format!("case \"$*\" in 'send {below}@a') kill -9 $PPID; exit 1 ;; esac; exec zfs \"$@\""),
    );
    let ended = backup(&z3, &[&above, &below]).run();
    assert!(!ended.text().contains("DATASET"));
    assert_eq!(z3.keys().len(), 2, "the first is whole: {}", ended.stderr);
    z3.replace("zfs", "exec zfs \"$@\"");
    let ended = backup(&z3, &[&above, &below]).run().expect_ok();
    assert_eq!(
        results(ended.text()),
        [row("up to date", "0"), row("done", "2")]
    );
}
