//! z3 against every S3 server that can be had on such a machine, and against the user's own bucket: the same cases everywhere,
//! with the built program.
//!
//! `make test-servers` starts the servers and writes what it saw into doc/endpoints.md. `make test-s3` looks at the cases that
//! need no pool, against the bucket that S3_KEY_ID, S3_SECRET, BUCKET and S3_ENDPOINT name. `cargo test` runs neither.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod cases;
mod page;
mod place;
#[path = "../suite/prune/scene.rs"]
#[allow(dead_code)]
mod scene;
#[path = "../suite/support/mod.rs"]
mod support;
mod verdict;

use std::sync::Mutex;
use std::thread;

use cases::CASES;
use page::Page;
use place::{Place, SERVERS};
use verdict::Verdict;

/// How many servers are looked at at a time.
const AT_ONCE: usize = 3;

#[test]
fn every_server_is_as_the_page_says() {
    verdict::catch_panics();
    let (left, seen) = (Mutex::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = {
                        let mut left = left.lock().unwrap();
                        *left += 1;
                        *left - 1
                    };
                    let Some(server) = SERVERS.get(next) else {
                        break;
                    };
                    let place = Place::of(*server);
                    let verdicts = CASES.iter().map(|case| place.judge(case)).collect();
                    seen.lock().unwrap().push((next, verdicts));
                }
            });
        }
    });
    let mut seen: Vec<(usize, Vec<Verdict>)> = seen.into_inner().unwrap();
    seen.sort_by_key(|(at, _)| *at);
    let seen: Vec<Vec<Verdict>> = seen.into_iter().map(|(_, verdicts)| verdicts).collect();
    Page::read().finish(&seen);
}

/// What needs a pool is left out. Nothing is left below the prefix, whatever happened.
#[test]
fn the_users_bucket_works() {
    verdict::catch_panics();
    let place = Place::own();
    place.expect_open();
    let poolless = CASES.iter().filter(|case| !case.pool);
    let failed = poolless
        .map(|case| place.judge(case))
        .filter(|verdict| matches!(verdict, Verdict::Fails(_)))
        .count();
    place.sweep();
    assert_eq!(failed, 0, "cases failed; what was seen is above");
}

/// What `tests/env/own` runs last, as whoever kills the run leaves something.
#[test]
fn the_users_bucket_is_left_empty() {
    Place::own().sweep();
}
