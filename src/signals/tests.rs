//! Each scenario runs in a process of its own: this test binary again, with only the scenario selected.

use std::process::{Command, Output, Stdio};
use std::sync::mpsc;

use signal_hook::low_level::raise;

use super::*;

/// Set in the processes that play a scenario; without it the scenarios do nothing.
const SCENARIO: &str = "Z3_TEST_SCENARIO";

/// Runs an `#[ignore]`d test of this binary in a process of its own, after `trap` in a shell.
pub(crate) fn play(trap: &str, scenario: &str) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("{trap} exec \"$@\""))
        .arg("sh")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", scenario])
        .env(SCENARIO, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// True in a process that plays a scenario.
pub(crate) fn playing() -> bool {
    std::env::var_os(SCENARIO).is_some()
}

/// What the scenario printed, without the test harness's own lines.
pub(crate) fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split("say ").nth(1))
        .map(str::to_owned)
        .collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[test]
#[ignore = "a scenario"]
fn undo_scenario() {
    if !playing() {
        return;
    }
    install("z3").unwrap();
    let _first = on_stop(|| println!("say first"));
    let _panics = on_stop(|| panic!("an undo closure fails"));
    let forgotten = on_stop(|| println!("say forgotten"));
    let _last = on_stop(|| println!("say last"));
    drop(forgotten);
    raise(SIGTERM).unwrap();
    wait_if_stopping();
    println!("say went on");
}

#[test]
fn undo_closures_run_newest_first_and_the_exit_status_is_143() {
    let output = play("", "signals::tests::undo_scenario");
    assert_eq!(lines(&output), ["last", "first"]);
    assert_eq!(output.status.code(), Some(143), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("z3: stopped by SIGTERM"));
}

#[test]
#[ignore = "a scenario"]
fn hold_scenario() {
    if !playing() {
        return;
    }
    install("z3").unwrap();
    let undo = on_stop(|| println!("say undone"));
    let _other = on_stop(|| println!("say other undone"));
    let held = hold();
    raise(SIGINT).unwrap();
    wait_if_stopping();
    println!("say verdict");
    drop(undo);
    drop(held);
    println!("say went on");
}

#[test]
fn a_hold_lets_the_verdict_be_announced_first() {
    let output = play("", "signals::tests::hold_scenario");
    assert_eq!(lines(&output), ["verdict", "other undone"]);
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
}

#[test]
#[ignore = "a scenario"]
fn second_scenario() {
    if !playing() {
        return;
    }
    install_with("z3", Duration::from_secs(3600)).unwrap();
    let (begun, wait) = mpsc::channel();
    let _hangs = on_stop(move || {
        begun.send(()).unwrap();
        park();
    });
    raise(SIGINT).unwrap();
    wait.recv().unwrap();
    loop {
        raise(SIGTERM).unwrap();
        thread::sleep(SAME_SIGNAL / 10);
    }
}

#[test]
fn a_second_signal_exits_at_once() {
    let output = play("", "signals::tests::second_scenario");
    assert_eq!(output.status.code(), Some(143));
}

#[test]
#[ignore = "a scenario"]
fn twin_scenario() {
    if !playing() {
        return;
    }
    install("z3").unwrap();
    let (begun, wait) = mpsc::channel();
    let _undo = on_stop(move || {
        begun.send(()).unwrap();
        thread::sleep(HANDLER_DELAY);
        println!("say undone");
    });
    raise(SIGTERM).unwrap();
    raise(SIGTERM).unwrap();
    wait.recv().unwrap();
    raise(SIGTERM).unwrap();
    wait_if_stopping();
}

#[test]
fn a_signal_that_is_sent_twice_is_one() {
    let output = play("", "signals::tests::twin_scenario");
    assert_eq!(lines(&output), ["undone"]);
    assert_eq!(output.status.code(), Some(143));
}

#[test]
#[ignore = "a scenario"]
fn hanging_scenario() {
    if !playing() {
        return;
    }
    install_with("z3", Duration::from_millis(50)).unwrap();
    let _hangs = on_stop(|| park());
    raise(SIGHUP).unwrap();
    wait_if_stopping();
}

#[test]
fn an_undo_closure_that_hangs_does_not_keep_the_process() {
    let output = play("", "signals::tests::hanging_scenario");
    assert_eq!(output.status.code(), Some(129));
}

#[test]
#[ignore = "a scenario"]
fn mute_scenario() {
    if !playing() {
        return;
    }
    install("z3").unwrap();
    last_words(|status, text| {
        println!("say {status}: {text}");
        park();
    });
    raise(SIGHUP).unwrap();
    wait_if_stopping();
}

#[test]
fn last_words_that_nobody_takes_do_not_keep_the_process() {
    let output = play("", "signals::tests::mute_scenario");
    assert_eq!(lines(&output), ["129: stopped by SIGHUP"]);
    assert_eq!(output.status.code(), Some(129));
}

#[test]
#[ignore = "a scenario"]
fn ignored_scenario() {
    if !playing() {
        return;
    }
    install("z3").unwrap();
    raise(SIGHUP).unwrap();
    wait_if_stopping();
    println!("say went on");
}

#[test]
fn what_nohup_ignores_stays_ignored() {
    let output = play("trap '' HUP;", "signals::tests::ignored_scenario");
    assert_eq!(lines(&output), ["went on"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = play("", "signals::tests::ignored_scenario");
    assert_eq!(output.status.code(), Some(129));
}

#[test]
fn without_install_nothing_waits() {
    wait_if_stopping();
    drop(hold());
}
