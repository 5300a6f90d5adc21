//! Restores of a chain, killed again and again.

use std::time::Instant;

use super::{Course, Dice, wanted, was_killed};
use crate::guarantees::restore::{NAMES, Scene};
use crate::support::{Proxy, Server};

/// One restore is killed for so many backups that are.
const BACKUPS: u64 = 6;

#[test]
fn a_killed_restore_is_gone_on_with() {
    let scene = Scene::new("kills-restore", "pigz1");
    let proxy = || Proxy::to(Server::Rgw.endpoint());
    let (first, mut dice, start) = (proxy(), Dice::new(), Instant::now());
    let course = Course::of(scene.restore(&first), &first);
    scene.z3.dataset.destroy();
    let (mut kills, mut chains, mut gone_on, mut there) = (0, 0, 0, 0);
    while kills < wanted(2 * BACKUPS) / BACKUPS || there > 0 {
        let proxy = proxy();
        let ended = course.kill(scene.restore(&proxy), &proxy, &mut dice);
        if was_killed(&ended) {
            kills += 1;
            let now = scene.look();
            // What is there stays there.
            assert!(now >= there, "{now} of {there}");
            there = now;
            continue;
        }
        scene.expect_gone_on(&ended, there);
        scene.z3.dataset.destroy();
        gone_on += usize::from((1..NAMES.len()).contains(&there));
        there = 0;
        chains += 1;
    }
    println!(
        "{} s: {kills} kills of restores, after each of which every snapshot in the pool was whole; {chains} chains restored, {gone_on} \
         of them went on from a snapshot that a killed run had received",
        start.elapsed().as_secs()
    );
}
