//! Every kind of stream, broken at bytes of chance by the network or by SIGKILL, one to three times; then it goes on, and what
//! the dataset sends is what it would have sent. `Z3T_CUTS=12` does it so many times for each kind; else once.

use std::fs;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Duration;

use super::{Broken, device_of};
use crate::support::{Act, When, Z3, noise};

/// So many bytes are in an object, more or less.
const OBJECT_BYTES: u64 = 8 << 20;

/// Numbers that are the same in every run (Knuth's constants).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

impl Broken {
    /// The network ends at some byte of some object.
    fn cut_by_chance(&self, chance: &mut Chance) {
        let object = ["%40a", "%40b"][chance.below(2) as usize];
        let at = chance.below(OBJECT_BYTES) as usize;
        let answers = 1 + chance.below(3) as usize;
        self.proxy
            .rule("GET", object, When::First(answers), Act::CutBody(at));
        let error = Act::error(500, "InternalError");
        self.proxy.rule("GET", object, When::Always, error);
        let ended = self.restore("b").run();
        assert!(
            matches!(ended.status.code(), Some(0 | 1)),
            "{}",
            ended.stderr
        );
    }

    /// z3 dies at some moment.
    fn kill_by_chance(&self, chance: &mut Chance) {
        self.proxy
            .rule("GET", "%40", When::Always, Act::Throttle(4 << 20));
        let running = self.restore("b").start();
        thread::sleep(Duration::from_millis(500 + chance.below(4_000)));
        running.signal("KILL");
        running.wait();
    }

    fn breaks_by_chance(&self, seed: u64) {
        let (mut chance, mut halves) = (Chance(seed), 0);
        for _ in 0..1 + chance.below(3) {
            match chance.below(3) {
                0 => self.kill_by_chance(&mut chance),
                _ => self.cut_by_chance(&mut chance),
            }
            self.proxy.heal();
            halves += usize::from(self.half().is_some());
        }
        println!("{}, {seed}: {halves} halves were gone on with", self.send);
        self.restore("b").run().expect_ok();
        self.expect_whole();
    }

    fn half(&self) -> Option<String> {
        let there = self.z3.dataset.exists();
        there.then(|| self.token()).filter(|token| token != "-")
    }
}

/// Goes through the cuts of a kind, each with a dataset that is not there.
fn matrix(broken: &Broken) {
    let rounds = std::env::var("Z3T_CUTS").map_or(1, |text| text.parse().unwrap());
    for seed in 1..=rounds {
        broken.breaks_by_chance(seed);
        broken.z3.dataset.destroy();
    }
}

fn of_files(name: &str, send: &'static str, options: &'static [&str]) {
    matrix(&Broken::of_files(&format!("matrix-{name}"), send, |z3| {
        z3.create(options);
    }));
}

#[test]
fn plain() {
    of_files("plain", "zfs send", &["-o", "compression=lz4"]);
}

#[test]
fn compressed() {
    of_files("compressed", "zfs send -c", &["-o", "compression=lz4"]);
}

#[test]
fn large_blocks_and_embedded_ones() {
    let options = &["-o", "compression=lz4", "-o", "recordsize=1M"];
    of_files("large", "zfs send -Lc", options);
}

#[test]
fn small_records_in_large_dnodes() {
    let options = &[
        "-o",
        "recordsize=4k",
        "-o",
        "dnodesize=auto",
        "-o",
        "xattr=sa",
    ];
    of_files("small", "zfs send", options);
}

#[test]
fn raw() {
    matrix(&Broken::of_files("matrix-raw", "zfs send -w", |z3| {
        z3.create_encrypted();
    }));
}

#[test]
fn spill_blocks() {
    let make = |z3: &Z3| {
        z3.create(&["-o", "compression=lz4", "-o", "xattr=sa"]);
    };
    let fill = |z3: &Z3, number: u64| {
        for link in 0..200 {
            let target = format!("{number}-{link}/{}", "far/".repeat(200));
            symlink(
                target,
                z3.dataset.path().join(format!("link-{number}-{link}")),
            )
            .unwrap();
        }
        z3.dataset
            .write(&format!("large-{number}"), &noise(6 << 20, number));
    };
    matrix(&Broken::new("matrix-spill", "zfs send", make, fill));
}

#[test]
fn volume() {
    let fill = |z3: &Z3, number: u64| {
        let device = fs::read_to_string(z3.dir().join("device")).unwrap();
        fs::write(&device, noise(8 << 20, number)).unwrap();
        fs::File::open(device).unwrap().sync_all().unwrap();
    };
    let make = |z3: &Z3| {
        let device = device_of(|| {
            z3.create(&["-V", "8M"]);
        });
        z3.file("device", device.to_str().unwrap());
    };
    matrix(&Broken::new("matrix-volume", "zfs send", make, fill));
}
