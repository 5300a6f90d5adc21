//! What a backup sends is held as long as it is needed, and no longer; holds of others are not touched.

use crate::support::zfs::zfs;
use crate::support::{Act, Gate, Proxy, Server, When, Z3, noise};

impl Z3 {
    /// Whether zfs lets go of a snapshot.
    fn destroys(&self, snapshot: &str) -> bool {
        let full = format!("{}@{snapshot}", self.dataset.name);
        let mut zfs = std::process::Command::new("zfs");
        zfs.args(["destroy", &full])
            .output()
            .unwrap()
            .status
            .success()
    }

    fn send_words(&self, base: Option<&str>, snapshot: &str) -> String {
        let of = |name| format!("{}@{name}", self.dataset.name);
        match base {
            Some(base) => format!("send -i {} {}", of(base), of(snapshot)),
            None => format!("send {}", of(snapshot)),
        }
    }
}

#[test]
fn what_is_sent_is_held_as_long_as_it_is_needed() {
    let z3 = Z3::new("held");
    z3.dataset.history(&["a", "b", "c", "d"]);
    z3.says(["backup", "--snapshot", "a"]);
    assert_eq!(z3.held(), "");
    let gate = Gate::new(&z3);
    let run = z3.z3(["backup", "--snapshot", "c"]);
    let running = gate.through(run, &z3.send_words(Some("a"), "b"));
    assert_eq!(z3.held(), "a:1 b:1 c:1");
    for snapshot in ["a", "b", "c"] {
        assert!(!z3.destroys(snapshot), "{snapshot}");
    }
    gate.open();
    let ended = running.wait().expect_ok();
    assert_eq!(ended.stderr, "");
    assert_eq!(z3.held(), "");
    let run = z3.z3(["backup", "--full", "--snapshot", "a"]);
    let running = gate.through(run, &z3.send_words(None, "a"));
    assert_eq!(z3.held(), "a:1");
    gate.open();
    running.wait().expect_ok();
    assert!(z3.destroys("a") && z3.destroys("b") && z3.destroys("d"));
}

#[test]
fn a_base_is_let_go_before_the_next_step() {
    let z3 = Z3::new("let-go");
    z3.dataset.history(&["a", "b", "c"]);
    let gate = Gate::new(&z3);
    let running = gate.through(z3.z3(["backup"]), &z3.send_words(Some("b"), "c"));
    assert_eq!(z3.held(), "b:1 c:1");
    assert!(z3.destroys("a"));
    gate.open();
    running.wait().expect_ok();
    assert_eq!(z3.held(), "");
}

#[test]
fn what_a_killed_run_has_left_is_released_by_the_next() {
    let z3 = Z3::new("left");
    z3.dataset.history(&["a", "b", "c"]);
    let gate = Gate::new(&z3);
    let full = |name| format!("{}@{name}", z3.dataset.name);
    let kill = |run, words: &str| {
        let running = gate.through(run, words);
        running.signal_group("KILL");
        running.wait().expect_status(137);
    };
    zfs(&["hold", "mine", &full("a")]);
    kill(z3.z3(["backup"]), &z3.send_words(None, "a"));
    assert_eq!(z3.held(), "a:2 b:1 c:1");
    // Held again where they are needed, and released elsewhere, whatever comes of the backup.
    let run = z3.z3(["backup", "--snapshot", "b"]);
    kill(run, &z3.send_words(None, "a"));
    assert_eq!(z3.held(), "a:2 b:1");
    z3.restore_program("zfs");
    let refused = z3.z3(["backup"]).env("SHIM_zfs", "send end=1");
    refused.run().expect_status(1);
    assert_eq!(z3.held(), "a:1");
    z3.says(["backup"]);
    assert_eq!(z3.held(), "a:1", "the tag of somebody else");
    // A run with nothing to do releases as well.
    zfs(&["snapshot", &full("d")]);
    let gate = Gate::new(&z3);
    let running = gate.through(z3.z3(["backup"]), &z3.send_words(Some("c"), "d"));
    running.signal_group("KILL");
    running.wait().expect_status(137);
    assert_eq!(z3.held(), "a:1 c:1 d:1");
    assert_eq!(z3.says(["backup", "--snapshot", "c"]), "");
    assert_eq!(z3.held(), "a:1");
    zfs(&["release", "mine", &full("a")]);
}

#[test]
fn another_bucket_has_another_tag() {
    let z3 = Z3::new("two-tags");
    z3.dataset.history(&["a"]);
    let gate = Gate::new(&z3);
    let running = gate.through(z3.z3(["backup"]), "send");
    let other = z3.z3(["backup"]).env("S3_PREFIX", z3.key("other"));
    other.env("GATED", "nothing").run().expect_ok();
    assert_eq!(z3.held(), "a:1", "the first run's");
    gate.open();
    running.wait().expect_ok();
    assert_eq!(z3.held(), "");
}

#[test]
fn a_signal_lets_go_of_everything() {
    let z3 = Z3::new("signalled");
    z3.dataset.history(&["a", "b"]);
    let gate = Gate::new(&z3);
    for (name, status) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let running = gate.through(z3.z3(["backup"]), "send");
        assert_eq!(z3.held(), "a:1 b:1");
        match name {
            "HUP" => running.signal(name),
            _ => running.signal_group(name),
        }
        let ended = running.wait().expect_status(status).expect_no_children();
        assert_eq!(ended.stderr, format!("z3: stopped by SIG{name}\n"));
        assert_eq!(z3.held(), "");
    }
}

#[test]
fn a_failure_lets_go_of_everything() {
    let z3 = Z3::new("failed");
    z3.dataset.history(&["a", "b"]);
    let run = z3.z3(["backup"]).env("SHIM_zfs", "send cut=1000 end=1");
    run.run().expect_status(1).expect_no_children();
    assert_eq!(z3.held(), "");
}

#[test]
fn a_hold_that_is_refused_costs_a_warning() {
    let z3 = Z3::new("refused");
    z3.dataset.history(&["a", "b", "c"]);
    z3.replace(
        "zfs",
        "case $1 in hold) for _ in 1 2; do echo 'cannot hold: permission denied' >&2; done; exit 1 ;; esac; exec zfs \"$@\"",
    );
    let ended = z3.z3(["backup"]).run().expect_ok();
    assert_eq!(ended.text().lines().count(), 3);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [warning] = lines[..] else {
        panic!("{lines:?}")
    };
    assert!(warning.starts_with("z3: zfs hold z3"), "{warning}");
    assert!(
        warning.contains(": exit 1: cannot hold: permission denied; nothing keeps"),
        "{warning}"
    );
    assert!(warning.contains("zfs allow"), "{warning}");
    assert_eq!(z3.held(), "");
}

#[test]
fn a_snapshot_that_vanishes_is_named() {
    let z3 = Z3::new("vanishes");
    z3.dataset.history(&["a", "b", "c"]);
    let full = |name| format!("{}@{name}", z3.dataset.name);
    // Between plan and hold.
    z3.replace(
        "zfs",
        &format!(
            "case $1 in hold) zfs destroy {} ;; esac; exec zfs \"$@\"",
            full("b")
        ),
    );
    let said = z3.refuses(["backup"]);
    let cause = "is not there now\n";
    assert!(
        said.starts_with(&format!("z3: {} {cause}", full("b"))),
        "{said}"
    );
    assert_eq!((z3.keys(), z3.held()), (vec![], String::new()));
    // Between two steps, without the holds that would prevent it: c becomes another snapshot.
    let exchange = format!("zfs destroy {0} && zfs snapshot {0}", full("c"));
    z3.replace(
        "zfs",
        &format!("case \"$1 $2\" in hold*) exit 1 ;; 'send -n'*) ;; send*) {exchange} ;; esac; exec zfs \"$@\""),
    );
    let was = z3.dataset.guid("c");
    let ended = z3.z3(["backup"]).run().expect_status(1);
    assert_eq!(z3.keys(), [full("a")], "what is stored stays");
    assert!(ended.text().starts_with("Successfuly backed up"));
    let (now, name) = (z3.dataset.guid("c"), full("c"));
    let cause = format!("{name} has guid {now} now, expected {was}");
    assert!(ended.stderr.contains(&cause), "{}", ended.stderr);
    // A hold keeps nobody from giving it another name.
    let rename = format!("zfs rename {} {}", full("c"), full("x"));
    z3.replace(
        "zfs",
        &format!("case \"$1 $2\" in 'send -n'*) ;; send*) {rename} ;; esac; exec zfs \"$@\""),
    );
    let said = z3.z3(["backup"]).run().expect_status(1).stderr;
    assert_eq!(
        said.lines().next(),
        Some(&*format!("z3: {name} is not there now"))
    );
    assert!(said.contains("'z3 backup' plans anew"), "{said}");
    z3.restore_program("zfs");
    z3.says(["backup"]);
    assert_eq!(
        (z3.keys(), z3.held()),
        (vec![full("a"), full("x")], String::new())
    );
}

#[test]
fn what_another_runs_upload_needs_stays_held() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("needed").through(&proxy);
    z3.dataset.create().write("noise", &noise(1 << 20, 5));
    z3.dataset.snapshot("a");
    z3.dataset.write("noise", &noise(4 << 20, 6));
    z3.dataset.snapshot("b");
    z3.dataset.snapshot("c");
    let backup = |arguments: &[&str]| {
        let run = z3.z3(["backup", "--compressor", "none"]).args(arguments);
        run.env("MIN_PART_SIZE", "65536").env("RETRY_FOR", "0")
    };
    backup(&["--snapshot", "a"]).run().expect_ok();
    proxy.rule("PUT", "partNumber=", When::After(20), Act::Refuse);
    backup(&[]).run().expect_status(1);
    proxy.heal();
    assert_eq!(z3.held(), "a:1 b:1", "for the upload of b");
    // Runs that need a as well, and that leave the upload of b to another one.
    backup(&["--full", "--snapshot", "a"]).run().expect_ok();
    assert_eq!(z3.held(), "a:1 b:1");
    let refused = backup(&["--full", "--snapshot", "a"]).env("SHIM_zfs", "send end=1");
    refused.run().expect_status(1);
    assert_eq!(z3.held(), "a:1 b:1");
    backup(&[]).run().expect_ok();
    assert_eq!(z3.held(), "");
}

#[test]
fn a_dry_run_holds_nothing() {
    let z3 = Z3::new("dry-quiet");
    z3.dataset.history(&["a", "b"]);
    let log = z3.dir().join("log");
    let dry = z3.z3(["backup", "--dry-run"]).env("SHIM_LOG", &log).run();
    assert!(!dry.expect_ok().text().contains("hold"));
    let logged = std::fs::read_to_string(log).unwrap();
    assert!(logged.contains("zfs send -nvP"), "{logged}");
    assert!(
        !logged.contains("hold") && !logged.contains("release"),
        "{logged}"
    );
}
