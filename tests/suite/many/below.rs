//! What is found below a dataset, and what becomes of it when it is odd, empty or gone.

use super::{backup, results, row, two};
use crate::support::zfs::{Dataset, zfs};

#[test]
fn flags_choose_below_and_leave_out() {
    let (z3, above, below) = two("many-flags");
    let inner = format!("{below}/inner");
    let make = format!("zfs create {inner} && zfs snapshot {inner}@a && zfs create {above}/tmp");
    z3.shell(&make).run().expect_ok();
    let pattern = format!("{above}/tmp");
    let run = backup(
        &z3,
        &[
            &above,
            "--recursive",
            "--exclude",
            &pattern,
            "--exclude",
            &below,
        ],
    );
    let ended = run.run().expect_ok();
    assert_eq!(results(ended.text()), [row("done", "2"), row("done", "1")]);
    // A setting counts for datasets that are named, but the one of FILESYSTEM alone stays one.
    let text = format!("[fs:{above}]\nRECURSIVE=on\nEXCLUDE={above}/t*\n");
    let file = z3.file("flags.conf", text);
    let run = |words: &[&str]| {
        z3.z3(["--config", file.to_str().unwrap()]
            .iter()
            .chain(words)
            .copied())
    };
    let named = run(&["backup", &above]).run().expect_ok();
    let told = [
        row("up to date", "0"),
        row("done", "2"),
        row("up to date", "0"),
    ];
    assert_eq!(results(named.text()), told);
    let alone = run(&["--dataset", &above, "backup"]).run().expect_ok();
    assert_eq!(alone.text(), "");
    let wrong = run(&["backup", &above, "--exclude", "a,,b"]).run();
    assert!(wrong.expect_status(2).stderr.contains("--exclude"));
}

#[test]
fn a_new_name_is_a_new_chain_and_an_old_one_goes_on() {
    let (z3, _, below) = two("renamed");
    let new = format!("{below}-new");
    let run = |name: &str| z3.z3(["--dataset", name, "-v", "backup"]).run().expect_ok();
    let looks = format!("{new} looks like {below}");
    assert!(!run(&below).stderr.contains("looks like"));
    Dataset::named(&below).rename(&new);
    let said = run(&new).stderr;
    assert!(said.contains(&looks), "{said}");
    assert!(
        !run(&new).stderr.contains("looks like"),
        "only before the first"
    );
    Dataset::named(&new).rename(&below);
    zfs(&["snapshot", &format!("{below}@c")]);
    run(&below);
    let head = z3.bucket.head(&z3.key(&format!("{below}@c"))).unwrap();
    assert_eq!(head.metadata.get("parent"), Some(&format!("{below}@b")));
    // One that is still there, with a snapshot of that name, is none.
    z3.shell(&format!("zfs create {below}2 && zfs snapshot {below}2@a"))
        .run()
        .expect_ok();
    let other = run(&format!("{below}2")).stderr;
    assert!(!other.contains("looks like"), "{other}");
}

#[test]
fn what_is_below_is_found_anew_in_every_run() {
    let (z3, above, below) = two("tree");
    let text = format!("[main]\n[fs:{above}]\nRECURSIVE=on\nEXCLUDE={above}/tmp\n");
    let file = z3.file("tree.conf", text);
    z3.shell(&format!("chmod 600 {0}; zfs create {above}/tmp; zfs create {above}/off; zfs set z3:backup=off {above}/off", file.display()))
        .run()
        .expect_ok();
    let all = || {
        let run = z3.z3(["--config", file.to_str().unwrap(), "backup", "--all"]);
        run.env_remove("FILESYSTEM").run()
    };
    let first = all().expect_ok();
    assert_eq!(results(first.text()), [row("done", "2"), row("done", "2")]);
    let make = format!("zfs create {above}/new && zfs set z3:backup=perhaps {below}");
    z3.shell(&make).run().expect_ok();
    // One without a snapshot is a failure, not a silence; so is a property that says neither.
    let told = results(all().expect_status(3).text());
    let empty = z3.z3(["--config", file.to_str().unwrap(), "backup", "--all"]);
    let empty = empty
        .env_remove("FILESYSTEM")
        .env("ALLOW_EMPTY", "on")
        .run();
    let allowed = results(empty.expect_status(3).text());
    assert!(allowed.contains(&row("empty", "0")), "{allowed:?}");
    // One that vanishes behind the listing is no failure, unless it was asked for by its name.
    z3.shell(&format!("zfs inherit z3:backup {below}"))
        .run()
        .expect_ok();
    z3.replace(
        "zfs",
        &format!(
            "case \"$*\" in *'{above}/new'*) exec zfs \"$@\" ;; 'get '*'-d 1'*'{below}') (for i in $(seq 50); do zfs destroy -r {above}/new && break; zfs umount -f {above}/new; sleep 0.1; done) >/dev/null 2>&1 ;; esac; exec zfs \"$@\""
        ),
    );
    let gone = all().expect_ok();
    assert!(
        results(gone.text()).contains(&row("gone", "0")),
        "{}",
        gone.text()
    );
    assert_eq!((told.len(), &told[0]), (3, &row("up to date", "0")));
    assert!(
        told[1..]
            .iter()
            .all(|(result, _)| result.starts_with("failed: "))
    );
}
