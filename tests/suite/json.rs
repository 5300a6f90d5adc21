//! `--json`: what every program tells, on success and failure, is what `doc/json.md` says, and nothing of the page is missing.

mod corner;

use std::time::Duration;

use corner::Corner;
use serde_json::Value;

use crate::support::json::{Page, lines};
use crate::support::{Act, Proxy, Server, When, Z3};

fn types(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect()
}

#[test]
fn everything_that_is_told_is_on_the_page_and_all_of_the_page_is_told() {
    let mut corner = Corner {
        z3: Z3::new("json-page"),
        page: Page::read(),
    };
    corner.backups();
    corner.verdicts();
    corner.checks();
    corner.files();
    corner.restores();
    corner.objects();
    corner.syncs();
    corner.cleanups();
    corner.prunes();
    corner.diagnoses();
    corner.page.expect_all();
}

#[test]
fn wrong_usage_has_an_end_wherever_the_flag_stands() {
    let z3 = Z3::new("json-usage");
    for (program, arguments) in [
        ("z3", &["--json"][..]),
        ("z3", &["--json", "nosuch"]),
        ("z3", &["backup", "--bogus", "--js"]),
        ("z3", &["backup", "--parseable", "--json"]),
        ("pput", &["--json"]),
        ("z3_ssh_sync", &["--json", "a", "b"]),
        ("s3_mp_cleanup", &["--max-age", "x", "--json"]),
    ] {
        let ended = z3
            .program(program, arguments.iter().copied())
            .run()
            .expect_status(2);
        assert_eq!(types(&lines(ended.text(), Some(2))), ["end"]);
        let told = ended.end();
        assert_eq!(told["error"]["kind"], "usage");
        let said = told["error"]["text"].as_str().unwrap();
        assert!(
            ended
                .stderr
                .lines()
                .next()
                .unwrap()
                .ends_with(&format!(": {said}")),
            "{}",
            ended.stderr
        );
    }
    let plain = z3.z3(["restore", "--", "--json"]).run();
    assert_eq!(plain.expect_status(1).text(), "");
}

#[test]
fn a_signal_and_a_full_disk_are_endings() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("json-signal").through(&proxy);
    let slow = Act::Delay(Duration::from_secs(20));
    proxy.rule("GET", "list-type", When::Always, slow);
    let mut running = z3.z3(["verify", "--json"]).start();
    running.until("the listing", || proxy.count("GET", "list-type") > 0);
    running.signal("TERM");
    let ended = running.wait().expect_status(143);
    assert_eq!(types(&lines(ended.text(), Some(143))), ["end"]);
    let error = &ended.end()["error"];
    assert_eq!(
        [&error["kind"], &error["text"]],
        ["signal", "stopped by SIGTERM"]
    );
    let full = std::fs::File::create("/dev/full").unwrap();
    let ended = z3
        .z3(["verify", "--stream", "/nosuch", "--json"])
        .stdout(full)
        .run();
    let said = ended.expect_status(1).stderr;
    assert!(
        said.contains("write to standard output: no space left"),
        "{said}"
    );
}
