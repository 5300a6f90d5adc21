//! Programs are waited for and not for ever, what they leave is found, and the shims fail as they are told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use crate::support::process::group;
use crate::support::{Run, Z3, noise, shims};

#[test]
fn input_output_and_status_are_told_apart() {
    let script = "cat; echo words >&2; exit 7";
    let ended = Run::program("/bin/sh")
        .args(["-c", script])
        .stdin("in")
        .run()
        .expect_status(7);
    assert_eq!((ended.text(), ended.stderr.as_str()), ("in", "words\n"));
    let ended = Run::program("/bin/sh").args(["-c", "kill -TERM $$"]).run();
    ended.expect_status(143).expect_no_children();
    let ended = Run::program("/usr/bin/env").run().expect_ok();
    assert_eq!(ended.text(), "");
}

#[test]
#[should_panic(expected = "HUNG")]
fn a_program_that_hangs_fails_its_test() {
    let time = Duration::from_millis(200);
    Run::program("/bin/sleep")
        .args(["1000"])
        .patience(time)
        .run();
}

#[test]
#[should_panic(expected = "left {")]
fn a_child_that_stays_fails_its_test() {
    let script = "sleep 3 >/dev/null 2>&1 & exit 0";
    let ended = Run::program("/bin/sh").args(["-c", script]).run();
    ended.expect_ok().expect_no_children();
}

#[test]
fn a_signal_ends_it() {
    let mut running = Run::program("/bin/sh")
        .args(["-c", "sleep 1000; true"])
        .start();
    let pid = running.pid();
    let sleeps = || group(pid).values().any(|line| line.starts_with("sleep"));
    running
        .until("the shell's child", sleeps)
        .signal_group("INT");
    running.wait().expect_status(130).expect_no_children();
}

/// The shim of a `gpg` that only copies.
fn copy(z3: &Z3, script: &str) -> Run {
    let real = z3.dir().join("real");
    fs::create_dir_all(&real).unwrap();
    fs::write(real.join("gpg"), "#!/bin/sh\nexec cat\n").unwrap();
    fs::set_permissions(real.join("gpg"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}/real:/usr/bin:/bin", z3.dir().display());
    let shim = shims().join("gpg");
    z3.program(shim.to_str().unwrap(), ["--encrypt"])
        .env("PATH", path)
        .env("SHIM_gpg", script)
}

#[test]
fn shims_fail_as_they_are_told() {
    let z3 = Z3::new("shims");
    let bytes = noise(500_000, 1);
    let told = |script: &str| copy(&z3, script).stdin(bytes.clone()).run();
    assert!(told("").expect_ok().stdout == bytes);
    assert!(told("--decrypt cut=1").expect_ok().stdout == bytes);
    assert!(told("--encrypt cut=70000").expect_status(1).stdout == bytes[..70_000]);
    assert!(told("* cut=70000 end=0").expect_ok().stdout == bytes[..70_000]);
    assert!(told("* end=3 say=whole").expect_status(3).stdout == bytes);
    assert_eq!(
        told("* end=KILL say=dead").expect_status(137).stderr,
        "dead\n"
    );
    let once = format!("* cut=0 to={}", z3.dir().join("once").display());
    assert!(told(&once).expect_status(1).stdout.is_empty());
    assert!(told(&once).expect_ok().stdout == bytes);
    let mut stalled = copy(&z3, "* stall=1000").stdin(bytes.clone()).start();
    thread::sleep(Duration::from_millis(200));
    assert!(stalled.alive());
    stalled.signal("KILL");
    assert!(
        stalled
            .wait()
            .expect_status(137)
            .expect_no_children()
            .stdout
            == bytes[..1000]
    );
}

#[test]
fn the_zfs_shim_spares_estimates_and_logs() {
    let z3 = Z3::new("zfs-shim");
    let log = z3.dir().join("log");
    let shim = shims().join("zfs");
    let zfs = |arguments: &[&str]| {
        z3.program(shim.to_str().unwrap(), arguments)
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .env("SHIM_zfs", "send cut=100")
            .env("SHIM_LOG", &log)
            .run()
    };
    z3.dataset.create().write("a", &noise(10_000, 1));
    let snapshot = z3.dataset.snapshot("1");
    assert_eq!(zfs(&["send", &snapshot]).expect_status(1).stdout.len(), 100);
    assert_eq!(
        zfs(&["list", "-H", "-o", "name", &snapshot])
            .expect_ok()
            .text(),
        format!("{snapshot}\n")
    );
    let logged = fs::read_to_string(&log).unwrap();
    assert_eq!(
        logged,
        format!("zfs send {snapshot}\nzfs list -H -o name {snapshot}\n")
    );
}
