//! Several datasets in one run: a plan for each, and a table of what became of them.

use std::fs;

use super::scene::LONG_AGO;
use crate::support::proxy::http_date;
use crate::support::{Act, Halt, Proxy, Run, Server, Stage, When, Z3};

/// `tank` with the chains `a b` and `c`, the same below it, and all of it stored long ago.
struct Family {
    z3: Z3,
    proxy: Proxy,
    above: String,
    below: String,
}

impl Family {
    fn new(test: &str) -> Self {
        let z3 = Z3::new(test);
        let (above, below) = (z3.dataset.name.clone(), format!("{}/kid", z3.dataset.name));
        z3.dataset.history(&["a", "b"]);
        let make =
            format!("zfs create {below} && zfs snapshot {below}@a && zfs snapshot {below}@b");
        z3.shell(&make).run().expect_ok();
        z3.z3(["backup", &above, &below]).run().expect_ok();
        let more = format!("zfs snapshot {above}@c && zfs snapshot {below}@c");
        z3.shell(&more).run().expect_ok();
        z3.z3(["backup", "--full", &above, &below])
            .run()
            .expect_ok();
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let family = Self {
            z3,
            proxy,
            above,
            below,
        };
        family.age();
        family
    }

    fn age(&self) {
        let date = http_date(-LONG_AGO);
        let aged = Act::edit(move |answer| answer.set("Last-Modified", date.clone()));
        self.proxy.rule("HEAD", "", When::Always, aged);
    }

    fn prune(&self, arguments: &[&str]) -> Run {
        let run = self.z3.z3(["prune"]).args(arguments.iter().copied());
        run.env("S3_ENDPOINT", self.proxy.endpoint())
    }

    /// What is stored, as `@a` and `/kid@a`.
    fn stored(&self) -> Vec<String> {
        let begin = self.z3.key(&self.above);
        let keys = self.z3.bucket.keys(&begin).into_iter();
        keys.map(|key| key[begin.len()..].to_owned()).collect()
    }
}

/// DATASET, RESULT and SNAPSHOTS of the last table.
fn results(printed: &str) -> Vec<[String; 3]> {
    let table = printed
        .lines()
        .skip_while(|line| !line.starts_with("DATASET"));
    let cells = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        [cells[0], cells[1], cells[2]].map(str::to_owned)
    };
    table.skip(1).map(cells).collect()
}

fn row(cells: [&str; 3]) -> [String; 3] {
    cells.map(str::to_owned)
}

#[test]
fn each_dataset_has_a_plan_of_its_own() {
    let family = Family::new("prune-many");
    let (above, below) = (&*family.above, &*family.below);
    let keep = ["--keep-last", "1"];
    let dry = family.prune(&[&keep[..], &["--dry-run", "--recursive", above]].concat());
    let dry = dry.run().expect_ok();
    assert_eq!(
        results(dry.text()),
        [row([above, "planned", "2"]), row([below, "planned", "2"])]
    );
    let titles: Vec<&str> = dry
        .text()
        .lines()
        .filter(|line| line.starts_with("backups of"))
        .collect();
    assert_eq!(
        titles,
        [format!("backups of {above}"), format!("backups of {below}")]
    );
    // As in 'z3 status', an empty line stands between two of them, and nowhere else.
    let second = format!("\n\nbackups of {below}\n");
    assert_eq!(dry.text().matches("\n\n").count(), 1);
    assert!(dry.text().contains(&second), "{}", dry.text());
    assert_eq!(family.stored().len(), 6);
    let done = family.prune(&[&keep[..], &[below, "nopool/x", above]].concat());
    let done = done.run().expect_status(3);
    let told = results(done.text());
    assert_eq!(told[0], row([below, "done", "2"]));
    assert!(
        told[1][1].starts_with("failed: of nopool/x nothing is stored"),
        "{told:?}"
    );
    assert_eq!(told[2], row([above, "done", "2"]));
    assert!(
        done.stderr.contains("1 of 3 datasets failed"),
        "{}",
        done.stderr
    );
    assert_eq!(family.stored(), ["/kid@c", "@c"]);
    let again = family
        .prune(&[&keep[..], &[above, below]].concat())
        .run()
        .expect_ok();
    assert_eq!(results(again.text())[1], row([below, "nothing to do", "0"]));
    assert_eq!(again.stderr, "");
    let allowed = family.prune(&[&keep[..], &[above, "nopool/x"]].concat());
    allowed.env("ALLOW_EMPTY", "on").run().expect_ok();
    // What no prefix means is nobody's: the same is true of looking.
    for command in [&["prune", "--keep-last", "1"][..], &["verify"], &["check"]] {
        let run = || {
            let run = family.z3.z3(command.iter().copied());
            run.env("SNAPSHOT_PREFIX", "nosuch")
        };
        assert_ne!(run().run().status.code(), Some(0), "{command:?}");
        run().env("ALLOW_EMPTY", "on").run().expect_ok();
    }
}

#[test]
fn what_has_no_rule_stays_whole() {
    let family = Family::new("prune-rules");
    let (above, below) = (&*family.above, &*family.below);
    let file = |name: &str, text: String| family.z3.file(name, text).to_str().unwrap().to_owned();
    let all = |file: &str| {
        let run = family.prune(&["--config", file, "--all"]);
        run.env_remove("FILESYSTEM")
    };
    let one = file(
        "one.conf",
        format!("[main]\n[fs:{above}]\n[fs:{below}]\nKEEP_LAST=1\n"),
    );
    let ended = all(&one).run().expect_ok();
    assert_eq!(
        results(ended.text()),
        [row([above, "no rule", "0"]), row([below, "done", "2"])]
    );
    assert_eq!(family.stored(), ["/kid@c", "@a", "@b", "@c"]);
    for text in [
        format!("[main]\n[fs:{above}]\n[fs:{below}]\n"),
        format!("[main]\n[fs:{above}]\n"),
    ] {
        let none = file("none.conf", text);
        let refused = all(&none).run().expect_status(2);
        assert!(
            refused.stderr.contains("nothing says what to keep of"),
            "{}",
            refused.stderr
        );
    }
    // A flag counts for each of them, and so does what is wrong with it.
    let wrong = family.prune(&["--config", &one, "--all", "--keep-last", "-1"]);
    wrong.env_remove("FILESYSTEM").run().expect_status(2);
    assert_eq!(family.stored().len(), 4);
}

#[test]
fn who_watches_is_told_of_it() {
    let family = Family::new("prune-told");
    let (above, below) = (&*family.above, &*family.below);
    let switch = Proxy::to(Server::Rgw.endpoint());
    let [prom, log] = ["z3.prom", "z3.log"].map(|name| family.z3.dir().join(name));
    let prune = |arguments: &[&str]| {
        let run = family.prune(&[&["--keep-last", "1", above, below], arguments].concat());
        let run = run.env("PROMETHEUS", prom.to_str().unwrap());
        let run = run.env("Z3_LOG", log.to_str().unwrap());
        run.env("PING_URL", format!("{}/secret", switch.endpoint()))
    };
    prune(&["--dry-run"]).run().expect_ok();
    assert!(!prom.exists() && !log.exists());
    prune(&[]).run().expect_ok();
    assert_eq!(switch.count("POST", ""), 0, "only backups are watched");
    let told = fs::read_to_string(&prom).unwrap();
    for dataset in [above, below] {
        let success = format!("z3_last_run_success{{command=\"prune\",dataset=\"{dataset}\"}} 1\n");
        assert!(told.contains(&success), "{told}");
        let left = format!("z3_stored_bytes{{dataset=\"{dataset}\"}} ");
        let left = told.split(&left).nth(1).unwrap();
        let key = family.z3.key(&format!("{dataset}@c"));
        let bytes = family.z3.bucket.head(&key).unwrap().size_bytes;
        assert!(left.starts_with(&format!("{bytes}\n")), "{told}");
    }
    let told = fs::read_to_string(&log).unwrap();
    let line = format!(" z3 prune dataset={above} result=done deleted=2 freed=");
    assert!(told.lines().next().unwrap().contains(&line), "{told}");
}

#[test]
fn killed_at_any_delete_every_dataset_is_whole() {
    let family = Family::new("prune-many-killed");
    let names = [&*family.above, &*family.below];
    let whole = |place: &str| {
        let run = family.z3.z3(["verify", "--level", "list"]).args(names);
        let ended = run.run();
        assert!(ended.status.success(), "{place}: {ended:?}");
    };
    for (number, stage) in [(1, Stage::Done), (2, Stage::Sent), (3, Stage::Done)] {
        let halt = Halt::new(&family.z3, "kill");
        family.proxy.heal();
        let act = Act::Halt(halt.clone(), stage);
        family.proxy.rule("DELETE", "", When::Nth(number), act);
        family.age();
        let run = family.prune(&[&["--keep-last", "1"], &names[..]].concat());
        let mut running = run.env("CONCURRENCY", "1").start();
        running.until("the delete", || halt.reached());
        running.signal("KILL");
        family.proxy.cut();
        running.wait();
        family.proxy.settle();
        whole(&format!("{number}"));
    }
    family.proxy.heal();
    family.age();
    let run = family.prune(&[&["--keep-last", "1"], &names[..]].concat());
    run.run().expect_ok();
    assert_eq!(family.stored(), ["/kid@c", "@c"]);
    whole("at the end");
}

/// Words that other tools use otherwise.
#[test]
fn help_tells_what_is_not_as_with_others() {
    let help = Family::new("prune-help").z3.z3(["prune", "--help"]).run();
    let help = help.expect_ok();
    let help: Vec<&str> = help.text().split_whitespace().collect();
    let help = help.join(" ");
    for words in [
        "in UTC; weeks begin on Monday",
        "stays the FIRST full backup that was stored, else the first backup (restic and borg keep the last",
        "counts from the newest backup, not from now",
    ] {
        assert!(help.contains(words), "{help}");
    }
}
