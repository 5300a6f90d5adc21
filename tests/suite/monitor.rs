//! Who else is told what became of a run: Prometheus, a dead man's switch, a log. None of them changes how it ends.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::support::{Act, Gate, Message, Proxy, Server, When, Z3, prom};

/// A server that says yes to every ping.
fn switch() -> Proxy {
    answering(Proxy::to(Server::Rgw.endpoint()))
}

fn answering(switch: Proxy) -> Proxy {
    let yes = Act::Answer(Message::answer(200, b"OK".to_vec()));
    switch.rule("POST", "", When::Always, yes);
    switch
}

/// Path and status word of each ping, in order, and that all are of one run.
fn pings(switch: &Proxy) -> Vec<String> {
    let targets = switch.seen("POST", "").into_iter().map(|ping| ping.target);
    let split = |target: String| {
        let (path, run) = target.split_once("?rid=").unwrap();
        (path.to_owned(), run.to_owned())
    };
    let told: Vec<(String, String)> = targets.map(split).collect();
    assert!(
        told.iter()
            .all(|(_, run)| *run == told[0].1 && run.len() == 36),
        "{told:?}"
    );
    told.into_iter().map(|(path, _)| path).collect()
}

/// The lines with values of a file that the collector takes as it is.
fn metrics(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let values = prom::read(&text);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(lines.len(), values.len());
    lines
}

#[test]
fn prometheus_reads_what_backup_and_check_know() {
    let z3 = Z3::new("prometheus");
    let (name, path) = (z3.dataset.name.clone(), z3.dir().join("z3.prom"));
    let file = path.to_str().unwrap();
    z3.dataset.history(&["a", "b"]);
    z3.z3(["backup", "--prometheus", file]).run().expect_ok();
    let creation = z3.dataset.creation("b");
    let newest =
        format!("z3_newest_backup_timestamp_seconds{{dataset=\"{name}\",prefix=\"\"}} {creation}");
    let success = |success: u8| {
        format!("z3_last_run_success{{command=\"backup\",dataset=\"{name}\"}} {success}")
    };
    let told = metrics(&path);
    assert!(
        told.contains(&newest) && told.contains(&success(1)),
        "{told:?}"
    );
    z3.z3(["check"]).env("PROMETHEUS", file).run().expect_ok();
    let told = metrics(&path);
    let healthy = format!("z3_backups{{dataset=\"{name}\",state=\"healthy\"}} 2");
    assert!(
        told.contains(&healthy) && told.contains(&success(1)),
        "{told:?}"
    );
    // Anything can stand in a prefix.
    let odd = z3.z3(["check", "--prometheus", file]);
    let odd = odd.env("SNAPSHOT_PREFIX", "o\"d\\d}").run();
    odd.expect_status(2);
    let prune = z3.z3(["prune", "--keep-last", "9", "--prometheus", file]);
    prune.run().expect_ok();
    let pruned = format!("z3_last_run_success{{command=\"prune\",dataset=\"{name}\"}} 1");
    assert!(metrics(&path).contains(&pruned));
    z3.z3(["check", "--prometheus", file]).run().expect_ok();
    // What failed knows nothing new of the newest, and says that it failed.
    z3.dataset.snapshot("c");
    z3.replace(
        "zfs",
        "case \"$1\" in send) exit 1 ;; esac; exec zfs \"$@\"",
    );
    z3.z3(["backup"])
        .env("PROMETHEUS", file)
        .run()
        .expect_status(1);
    let told = metrics(&path);
    assert!(
        told.contains(&newest) && told.contains(&success(0)),
        "{told:?}"
    );
    // What it cannot write costs one warning.
    z3.replace("zfs", "exec zfs \"$@\"");
    let nowhere = z3.dir().join("nosuch/z3.prom");
    let run = z3
        .z3(["backup"])
        .env("PROMETHEUS", nowhere.to_str().unwrap());
    let said = run.run().expect_ok().stderr;
    assert_eq!(
        said,
        format!(
            "z3: write {}: no such file or directory\n",
            nowhere.display()
        )
    );
    let odd = z3.z3(["backup", "--prometheus", "/tmp/z3.txt"]).run();
    assert!(
        odd.expect_status(2)
            .stderr
            .contains("expected a name that ends in .prom")
    );
}

#[test]
fn a_dead_mans_switch_is_told_of_each_run() {
    let (z3, switch) = (Z3::new("ping"), switch());
    z3.dataset.history(&["a"]);
    let url = format!("{}/s3cret-uuid", switch.endpoint());
    let backup = |arguments: &[&str]| {
        let all = ["backup"].iter().chain(arguments).copied();
        z3.z3(all).env("PING_URL", &url)
    };
    backup(&["--dry-run"]).run().expect_ok();
    assert_eq!(switch.count("POST", ""), 0);
    let ended = backup(&["-vv"]).run().expect_ok();
    assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    assert_eq!(pings(&switch), ["/s3cret-uuid/start", "/s3cret-uuid/0"]);
    let sent = switch.seen("POST", "s3cret-uuid/0").remove(0);
    assert!(sent.body_bytes > 40, "it has the result");
    let switch = answering(switch.anew());
    backup(&["--snapshot", "nosuch"]).run().expect_status(1);
    assert_eq!(pings(&switch), ["/s3cret-uuid/start", "/s3cret-uuid/1"]);
    // Another run has the lock: that one will tell.
    let switch = answering(switch.anew());
    z3.dataset.snapshot("b");
    let gate = Gate::new(&z3);
    let first = gate.through(z3.z3(["backup"]), "send");
    backup(&[]).run().expect_status(4);
    assert_eq!(switch.count("POST", ""), 0);
    gate.open();
    first.wait().expect_ok();
}

#[test]
fn a_switch_that_is_dead_itself_changes_nothing() {
    let (z3, dead) = (Z3::new("ping-dead"), Proxy::to(Server::Rgw.endpoint()));
    z3.dataset.history(&["a"]);
    dead.close();
    let backup = |url: &str| z3.z3(["backup"]).env("PING_URL", url).run();
    let ended = backup(&format!("{}/s3cret", dead.endpoint())).expect_ok();
    let told = "z3: PING_URL was not told of the run: connection refused\n";
    assert_eq!(ended.stderr, told.repeat(2));
    let ended = backup("http://s3cret.invalid/x").expect_ok();
    assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    let angry = Proxy::to(Server::Rgw.endpoint());
    angry.rule("POST", "", When::Always, Act::error(404, "NotFound"));
    let ended = backup(&format!("{}/s3cret", angry.endpoint())).expect_ok();
    assert!(ended.stderr.contains("HTTP status 404") && !ended.stderr.contains("s3cret"));
    assert_eq!(
        angry.count("POST", ""),
        2,
        "what was refused is not said again"
    );
    let troubled = Proxy::to(Server::Rgw.endpoint());
    troubled.rule("POST", "", When::First(1), Act::error(503, "SlowDown"));
    troubled.rule(
        "POST",
        "",
        When::Always,
        Act::Answer(Message::answer(200, Vec::new())),
    );
    let ended = backup(&format!("{}/s3cret", troubled.endpoint())).expect_ok();
    assert_eq!((ended.stderr.as_str(), troubled.count("POST", "")), ("", 3));
    let wrong = backup("s3cret-no-url").expect_status(1);
    assert!(
        wrong
            .stderr
            .contains("PING_URL in the environment: expected an http(s) URL")
    );
    assert!(!wrong.stderr.contains("s3cret"), "{}", wrong.stderr);
    let slow = Proxy::to(Server::Rgw.endpoint());
    slow.rule(
        "POST",
        "",
        When::Always,
        Act::Delay(Duration::from_millis(300)),
    );
    backup(&format!("{}/s3cret", slow.endpoint())).expect_ok();
}

#[test]
fn each_dataset_has_a_line_in_the_log() {
    let z3 = Z3::new("log");
    let (name, path) = (z3.dataset.name.clone(), z3.dir().join("z3.log"));
    z3.dataset.history(&["a"]);
    let log = path.to_str().unwrap().to_owned();
    let backup = |names: &[&str]| {
        let all = ["backup"].iter().chain(names).copied();
        z3.z3(all).env("Z3_LOG", &log).run()
    };
    assert_eq!(backup(&[]).expect_ok().stderr, "");
    backup(&[&name, "nopool/x"]).expect_status(3);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let begin = format!("Z z3 backup dataset={name} result=");
    assert!(
        lines[0].contains(&format!("{begin}done snapshots=1 sent=")),
        "{text}"
    );
    assert!(
        lines[1].contains(&format!("{begin}\"up to date\" seconds=")),
        "{text}"
    );
    assert!(
        lines[2].contains("z3 backup dataset=nopool/x result=failed problem=\""),
        "{text}"
    );
    // A shell's own variable is no file of ours.
    let ended = z3
        .z3(["backup", "-v"])
        .env("LOG", "debug")
        .run()
        .expect_ok();
    assert!(
        ended
            .stderr
            .contains(&format!("z3: backup dataset={name} result=")),
        "{}",
        ended.stderr
    );
    let full = z3
        .z3(["backup"])
        .env("Z3_LOG", "/dev/full")
        .run()
        .expect_ok();
    assert_eq!(
        full.stderr,
        "z3: append to /dev/full: no space left on device\n"
    );
}
