//! Memory is stated before the work starts, and kept to, whatever the network does: part size times workers, and
//! 32 MiB, and half a MiB for each worker.

use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use super::scene::{Scene, expect_said};
use crate::support::process::peak;
use crate::support::{Act, Run, When, noise};

fn expect_within(peak_kib: u64, part_mib: u64, workers: u64) {
    let bound = part_mib * workers * 1024 + 32 * 1024 + workers * 512;
    assert!(
        peak_kib <= bound,
        "{peak_kib} KiB used, {bound} KiB allowed"
    );
}

/// Input without end.
fn endless(run: Run) -> Run {
    run.stdin_from(|pipe| {
        let block = noise(1 << 20, 3);
        loop {
            pipe.write_all(&block)?;
        }
    })
}

#[test]
fn an_upload_to_a_server_that_takes_nothing_uses_its_buffers_and_no_more() {
    for (concurrency, max_memory, workers) in [("4", "1G", 4), ("64", "1G", 64), ("64", "19M", 3)] {
        let scene = Scene::of_input("memory-upload");
        scene
            .proxy
            .rule("PUT", "partNumber=", When::Always, Act::Deafness);
        let run = endless(scene.pput())
            .env("CONCURRENCY", concurrency)
            .env("MAX_MEMORY", max_memory)
            .env("S3_TIMEOUT", "60");
        let mut running = run.start();
        let parts = || scene.proxy.count("PUT", "partNumber=");
        running.until("every worker has a part", || parts() >= workers);
        // Time enough for one more buffer, if there were one.
        thread::sleep(Duration::from_millis(500));
        assert_eq!(parts(), workers);
        let used = peak(running.pid());
        running.signal("TERM");
        running.wait().expect_status(143);
        assert!(
            used > workers as u64 * 5 * 1024,
            "the parts are elsewhere: {used} KiB"
        );
        expect_within(used, 5, workers as u64);
    }
}

#[test]
fn a_backup_counts_its_compressor_in() {
    for compressor in ["pigz1", "gzip9", "zstd", "zstd9"] {
        let scene = Scene::of_snapshot("memory-backup");
        let more = noise(50 << 20, 4);
        scene.z3.dataset.write("more", &more).snapshot("2");
        let all = Act::Deafness;
        scene.proxy.rule("PUT", "partNumber=", When::Always, all);
        let run = scene.backup().env("COMPRESSOR", compressor);
        let mut running = run.env("S3_TIMEOUT", "60").start();
        let parts = || scene.proxy.count("PUT", "partNumber=");
        running.until("both workers have a part", || parts() >= 2);
        thread::sleep(Duration::from_millis(500));
        assert_eq!(parts(), 2);
        let used = peak(running.pid());
        println!("{compressor}: {used} KiB");
        assert!(used > 10 * 1024, "the parts are elsewhere: {used} KiB");
        running.signal("TERM");
        running.wait().expect_status(143);
        expect_within(used, 5, 2);
    }
}

#[test]
fn a_download_for_a_slow_reader_uses_its_buffers_and_no_more() {
    let mut scene = Scene::of_input("memory-download");
    scene.whole = noise(56 << 20, 5);
    scene.z3.bucket.put(&scene.key, &scene.whole, &[]);
    let (mut reader, writer) = io::pipe().unwrap();
    let run = scene.z3.program("z3_get", [&scene.key]).stdout(writer);
    let run = run.env("CONCURRENCY", "4").env("MAX_MEMORY", "8M");
    scene.proxy.far(&scene.key);
    let mut running = run.start();
    let ranges = || scene.proxy.count("GET", &scene.key);
    running.until("a small one, one, and one ahead", || ranges() >= 3);
    thread::sleep(Duration::from_millis(500));
    assert!(ranges() <= 5, "asked for more than there is room for");
    // More than a pipe holds stays behind: a program that has ended has no memory to look at.
    let mut got = vec![0; scene.whole.len() - (3 << 20)];
    reader.read_exact(&mut got).unwrap();
    let used = peak(running.pid());
    reader.read_to_end(&mut got).unwrap();
    assert!(got == scene.whole);
    running.wait().expect_ok();
    assert!(used > 4 * 1024, "the ranges are elsewhere: {used} KiB");
    expect_within(used, 2, 4);
}

#[test]
fn a_small_input_with_default_settings_takes_little() {
    let scene = Scene::of_input("memory-small");
    let ended = scene
        .z3
        .program("pput", [&scene.key])
        .stdin("small")
        .run()
        .expect_ok();
    assert_eq!(scene.held().unwrap(), b"small");
    // 32 parts of 5 MiB may be needed; none of that is touched before it is.
    expect_within(ended.peak_kib, 0, 32);
}

#[test]
fn a_part_that_does_not_fit_is_refused_before_the_start() {
    let scene = Scene::of_input("memory-refused");
    let rows: [&[&str]; 2] = [&["--chunk-size", "64M"], &["--estimated", "671000000000"]];
    for sizes in rows {
        let run = scene
            .z3
            .program("pput", sizes.iter().copied().chain([&scene.key[..]]));
        let ended = run.env("MAX_MEMORY", "63M").stdin("x").run();
        expect_said(&ended, "does not fit into MAX_MEMORY");
        let needed = if sizes[1] == "64M" { "64M" } else { "68M" };
        expect_said(&ended, &format!("set MAX_MEMORY to {needed} or more"));
        scene.expect_failed(ended, "pput: one part of", None);
        assert_eq!(scene.proxy.count("", ""), 0);
    }
}
