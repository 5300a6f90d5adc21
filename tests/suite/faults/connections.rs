//! Connections are kept, and parts are few enough: what a server counts.

use super::scene::Scene;
use crate::support::noise;

#[test]
fn a_long_status_needs_few_connections() {
    let scene = Scene::of_input("connections-status");
    for number in 0..60 {
        let key = scene.z3.snapshot_key(&format!("{number:02}"));
        let metadata = [("isfull", "true"), ("size", "1")];
        scene.z3.bucket.put(&key, b"", &metadata);
    }
    let run = scene.z3.z3(["status"]).env("CONCURRENCY", "4");
    let lines = run.run().expect_ok().text().lines().count();
    assert_eq!(lines, 62);
    assert_eq!(scene.proxy.count("HEAD", ""), 60);
    let opened = scene.proxy.connections();
    assert!(opened <= 6, "{opened} connections");
}

#[test]
fn an_upload_keeps_its_connections() {
    let mut scene = Scene::of_input("connections-upload");
    scene.whole = noise(31 << 20, 6);
    scene.expect_done(scene.pput().run());
    assert_eq!(scene.proxy.count("PUT", "partNumber="), 7);
    let opened = scene.proxy.connections();
    assert!(opened <= 4, "{opened} connections");
}

#[test]
fn parts_grow_when_the_estimate_was_too_low() {
    let mut scene = Scene::of_input("connections-growth");
    scene.whole = noise(53 << 20, 6);
    let pput = || {
        let run = scene
            .z3
            .program("pput", ["--estimated", "1000", &scene.key]);
        run.env("MAX_PARTS", "10").env("CONCURRENCY", "2")
    };
    scene.expect_done(pput().stdin(scene.whole.clone()).run());
    let mut sizes: Vec<usize> = scene
        .proxy
        .seen("PUT", "partNumber=")
        .iter()
        .map(|part| part.body_bytes)
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [[5 << 20; 9].as_slice(), &[8 << 20]].concat());
    // And when even that is not enough, the former object stays.
    let ended = pput().stdin(noise(56 << 20, 1)).run();
    let whole = Some(&scene.whole[..]);
    scene.expect_failed(
        ended,
        "longer than 10 parts of the planned size hold",
        whole,
    );
}
