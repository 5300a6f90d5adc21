//! How much of an object is fetched again behind a break.

use super::Broken;
use crate::support::{Z3, noise};

/// How much of an object was asked for since so many requests, in percent of it.
fn asked(broken: &Broken, object: &str, before: usize) -> u64 {
    let bytes = broken.proxy.asked_bytes(&format!("%40{object}"), before);
    let key = broken.z3.snapshot_key(object);
    bytes * 100 / broken.z3.bucket.get(&key).len() as u64
}

#[test]
fn of_what_is_there_nothing_is_fetched_again() {
    for (kind, send) in [("plain", "zfs send"), ("raw", "zfs send -w")] {
        let make = |z3: &Z3| match kind {
            "raw" => {
                z3.create_encrypted();
            }
            _ => {
                z3.create(&[]);
            }
        };
        let fill = |z3: &Z3, number: u64| {
            let bytes = if number == 1 { 48 << 20 } else { 1 << 20 };
            z3.dataset
                .write(&format!("large-{number}"), &noise(bytes, number));
        };
        let broken = Broken::new(&format!("resume-enter-{kind}"), send, make, fill);
        broken.cut("a", 44);
        let before = broken.proxy.count("GET", "%40a");
        broken.goes_on();
        let percent = asked(&broken, "a", before);
        assert!(percent <= 25, "{kind}: {percent} %");
    }
}
