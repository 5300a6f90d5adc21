//! SIGINT, SIGTERM and SIGHUP at every stage: the end comes soon, says its name, and leaves nothing half done.

use std::time::Duration;

use super::restore::Chain;
use super::scene::{BEFORE, Scene, expect_said};
use crate::support::ended::Ended;
use crate::support::run::Running;
use crate::support::zfs::zfs;
use crate::support::{Act, ENV, Run, When};

const SIGNALS: [(&str, i32); 3] = [("HUP", 129), ("INT", 130), ("TERM", 143)];

/// So long the program may take to end after a signal, whatever the server does, and some time for a busy machine.
const END: Duration = Duration::from_secs(20);

fn seconds(count: u64) -> Act {
    Act::Delay(Duration::from_secs(count))
}

/// Starts it and waits until the server has this request in hand.
fn until_asked(scene: &Scene, run: Run, method: &str, needle: &str) -> Running {
    let before = scene.proxy.count(method, needle);
    let mut running = run.env("S3_TIMEOUT", "60").patience(END).start();
    running.until("the request", || scene.proxy.count(method, needle) > before);
    running
}

/// It ended by the signal, says so and nothing else but what it leaves unmounted, and left no child.
fn expect_stopped(ended: Ended, name: &str, status: i32) -> Ended {
    let ended = ended.expect_status(status).expect_no_children();
    expect_said(&ended, &format!("stopped by SIG{name}\n"));
    let others = ended.stderr.lines().skip(1);
    let more = others.filter(|line| !line.contains(" is not mounted: 'zfs mount "));
    assert_eq!(more.count(), 0, "{}", ended.stderr);
    ended
}

#[test]
fn an_upload_that_is_stopped_leaves_the_key_alone() {
    let scene = Scene::of_snapshot("signals-upload");
    // Slow parts, parts that nobody reads, and parts that nobody answers.
    let acts = [Act::Throttle(1 << 20), Act::Deafness, Act::Silence];
    for (((name, status), act), before) in SIGNALS
        .into_iter()
        .zip(acts)
        .zip(BEFORE.into_iter().cycle())
    {
        for program in ["z3", "z3 with pigz", "pput"] {
            scene.prepare(before);
            // While the abort is under way, the upload is not to go on.
            let slow = Act::Delay(Duration::from_millis(200));
            scene
                .proxy
                .rule("PUT", "partNumber=", When::Always, act.clone())
                .rule("DELETE", "uploadId=", When::Always, slow);
            let run = match program {
                "pput" => scene.pput(),
                "z3" => scene.backup(),
                _ => scene
                    .backup()
                    .env("COMPRESSOR", "pigz1")
                    .env("GZIP_ENGINE", "pigz"),
            };
            let running = until_asked(&scene, run, "PUT", "partNumber=");
            // Ctrl-C reaches the children, too.
            match name {
                "INT" => running.signal_group(name),
                _ => running.signal(name),
            }
            let ended = expect_stopped(running.wait(), name, status);
            assert_eq!(ended.text(), "");
            scene.expect_untouched(before);
        }
    }
}

#[test]
fn an_upload_that_is_just_being_created_is_aborted_too() {
    let scene = Scene::of_snapshot("signals-create");
    for (name, status) in SIGNALS {
        scene.prepare(None);
        scene
            .proxy
            .rule("POST", "uploads=", When::Always, seconds(1));
        let running = until_asked(&scene, scene.backup(), "POST", "uploads=");
        running.signal(name);
        expect_stopped(running.wait(), name, status);
        let (created, aborted) = (("POST", "uploads="), ("DELETE", "uploadId="));
        let count = |(method, needle)| scene.proxy.count(method, needle);
        assert_eq!(count(created), count(aborted));
        scene.expect_untouched(None);
    }
}

#[test]
fn a_signal_waits_for_the_verdict_on_complete() {
    let scene = Scene::of_snapshot("signals-complete");
    for (name, status) in SIGNALS {
        scene.prepare(None);
        scene
            .proxy
            .rule("POST", "uploadId=", When::Always, seconds(1));
        let running = until_asked(&scene, scene.backup(), "POST", "uploadId=");
        running.signal(name);
        let ended = running.wait().expect_status(status).expect_no_children();
        expect_said(
            &ended,
            &format!("SIG{name}: waiting for the server's verdict"),
        );
        assert!(
            ended.text().starts_with("Successfuly backed up"),
            "{}",
            ended.text()
        );
        scene.expect_whole();
    }
}

#[test]
fn a_complete_that_is_refused_after_a_signal_is_aborted() {
    let scene = Scene::of_input("signals-refused");
    for before in BEFORE {
        scene.prepare(before);
        scene
            .proxy
            .rule("PUT", "partNumber=2&", When::Always, Act::SwallowPart)
            .rule("POST", "uploadId=", When::Always, seconds(1));
        let running = until_asked(&scene, scene.pput(), "POST", "uploadId=");
        running.signal("TERM");
        let ended = running.wait().expect_status(143).expect_no_children();
        expect_said(&ended, "stopped by SIGTERM");
        assert_eq!(ended.text(), "");
        scene.expect_untouched(before);
    }
}

#[test]
fn a_second_signal_does_not_wait() {
    let scene = Scene::of_snapshot("signals-twice");
    for (name, status) in SIGNALS {
        scene.prepare(None);
        scene
            .proxy
            .rule("POST", "uploadId=", When::Always, Act::Silence);
        let run = scene.backup().env("RETRY_FOR", "60");
        let mut running = until_asked(&scene, run, "POST", "uploadId=");
        running.signal("TERM");
        // What follows within half a second would be the same signal, sent twice.
        std::thread::sleep(Duration::from_millis(700));
        assert!(running.alive());
        running.signal(name);
        let ended = running.wait().expect_status(status).expect_no_children();
        assert_eq!(ended.text(), "");
        scene.remove_upload();
        scene.expect_untouched(None);
    }
    // The next run lets go of what was held.
    scene.proxy.heal();
    scene.expect_done(scene.backup().run());
}

#[test]
fn a_restore_that_is_stopped_leaves_no_snapshot() {
    let chain = Chain::new("signals-restore", "pigz1");
    let stages = [("%401", &[][..]), ("%402", &["1"])];
    for ((name, status), (object, snapshots)) in SIGNALS.into_iter().zip(stages.into_iter().cycle())
    {
        chain.proxy.heal();
        let slow = Act::Throttle(500_000);
        chain.proxy.rule("GET", object, When::Always, slow);
        let asked = || chain.proxy.count("GET", object);
        let before = asked();
        let mut running = chain.restore().patience(END).start();
        running.until("the third range", || asked() > before + 2);
        match name {
            "INT" => running.signal_group(name),
            _ => running.signal(name),
        }
        let ended = expect_stopped(running.wait(), name, status);
        assert_eq!(ended.text(), "");
        chain.expect_snapshots(snapshots);
        let owed = ended.stderr.contains("is not mounted: 'zfs mount ");
        assert_eq!(owed, !snapshots.is_empty(), "{}", ended.stderr);
        let above = zfs(&["get", "-H", "-s", "local", "-o", "value", "all", &ENV.pool]);
        let marked = above.lines().any(|value| value == chain.z3.dataset.name);
        assert!(!marked, "half a dataset goes by itself");
        if !snapshots.is_empty() {
            chain.z3.dataset.destroy();
        }
    }
}

#[test]
fn whatever_is_asked_of_a_silent_server_ends_at_once() {
    let scene = Scene::of_input("signals-silent");
    scene.prepare(Some(b"object"));
    scene.proxy.rule("", "", When::Always, Act::Silence);
    let z3 = &scene.z3;
    let runs = [
        (z3.z3(["status"]), "GET"),
        (z3.program("z3_get", [&scene.key]), "HEAD"),
        (z3.program("s3_mp_cleanup", [""; 0]), "GET"),
    ];
    for (run, method) in runs {
        let running = until_asked(&scene, run, method, "");
        running.signal("TERM");
        expect_stopped(running.wait(), "TERM", 143);
    }
}
