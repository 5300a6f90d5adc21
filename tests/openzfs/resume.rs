//! Restores that break off, and go on where they were: what was received is not received again.

mod fetched;
mod matrix;

use std::fs;
use std::time::Duration;

use crate::support::zfs::zfs;
use crate::support::{Act, Dataset, Ended, Proxy, Run, Server, When, Z3, noise};
use crate::volume::device_of;

/// A chain of two, whose objects come in ranges of 1 MiB through a proxy that can break off.
struct Broken {
    z3: Z3,
    proxy: Proxy,
    /// What the dataset sends again that was received without a break.
    whole: Vec<Vec<u8>>,
    send: &'static str,
}

impl Broken {
    /// Makes the dataset with `make`, and its content with `fill`, which is told the number of the snapshot.
    fn new(
        test: &str,
        send: &'static str,
        make: impl FnOnce(&Z3),
        fill: impl Fn(&Z3, u64),
    ) -> Self {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = Z3::new(test).through(&proxy);
        make(&z3);
        for (number, snapshot) in [(1, "a"), (2, "b")] {
            fill(&z3, number);
            z3.dataset.snapshot(snapshot);
        }
        let flags = send
            .strip_prefix("zfs send")
            .unwrap()
            .trim_start_matches([' ', '-']);
        let backup = z3.z3(["backup", "--compressor", "none"]);
        backup.env("SEND_FLAGS", flags).run().expect_ok();
        z3.dataset.destroy();
        let mut broken = Self {
            z3,
            proxy,
            whole: Vec::new(),
            send,
        };
        broken.restore("b").run().expect_ok();
        broken.whole = broken.sent();
        broken.z3.dataset.destroy();
        broken
    }

    fn of_files(test: &str, send: &'static str, make: impl FnOnce(&Z3)) -> Self {
        Self::new(test, send, make, |z3, number| {
            for file in 0..60 {
                let content = noise(9_000, number * 100 + file);
                z3.dataset
                    .write(&format!("small-{number}-{file}"), &content);
            }
            z3.dataset
                .write(&format!("large-{number}"), &noise(7 << 20, number));
        })
    }

    fn restore(&self, snapshot: &str) -> Run {
        let run = self.z3.z3(["restore", snapshot, "-v"]);
        run.env("CONCURRENCY", "2")
            .env("MAX_MEMORY", "2M")
            .env("MIN_PART_SIZE", "1M")
            .env("MAX_RETRIES", "1")
            .env("RETRY_FOR", "0")
            .patience(Duration::from_secs(60))
    }

    fn token(&self) -> String {
        let property = ["get", "-H", "-o", "value", "receive_resume_token"];
        let name: &str = &self.z3.dataset.name;
        zfs(&[&property[..], &[name]].concat()).trim().to_owned()
    }

    /// What the dataset sends of each snapshot.
    fn sent(&self) -> Vec<Vec<u8>> {
        let (send, name) = (self.send, &self.z3.dataset.name);
        let sends = [format!("{name}@a"), format!("-i @a {name}@b")];
        let send = |what: String| self.z3.piped(&format!("{send} {what}"), Vec::new());
        sends.map(send).into()
    }

    /// A restore that the network ends behind so many ranges of this object.
    fn cut(&self, object: &str, ranges: usize) -> Ended {
        let (key, act) = (format!("%40{object}"), Act::error(500, "InternalError"));
        self.proxy.rule(
            "GET",
            Box::leak(key.into_boxed_str()),
            When::First(ranges),
            Act::far(),
        );
        let key = format!("%40{object}");
        self.proxy
            .rule("GET", Box::leak(key.into_boxed_str()), When::Always, act);
        let ended = self.restore("b").run().expect_status(1);
        self.proxy.heal();
        assert!(
            ended
                .stderr
                .contains("what was received stays: the same command goes on"),
            "{}",
            ended.stderr
        );
        assert!(self.token().starts_with("1-"), "{}", ended.stderr);
        ended
    }

    /// A restore that is killed behind so many ranges of this object.
    fn kill(&self, object: &str, ranges: usize) {
        let key = format!("%40{object}");
        let before = self.proxy.count("GET", &key);
        self.proxy
            .rule("GET", &key, When::First(ranges), Act::far());
        self.proxy.rule(
            "GET",
            Box::leak(key.clone().into_boxed_str()),
            When::Always,
            Act::Throttle(2 << 20),
        );
        let mut running = self.restore("b").start();
        running.until("some ranges", || {
            self.proxy.count("GET", &key) > before + ranges
        });
        running.signal("KILL");
        running.wait().expect_status(137);
        self.proxy.heal();
    }

    /// It goes on to its end, and what has become of it is what it would have been.
    fn goes_on(&self) {
        let ended = self.restore("b").run().expect_ok();
        assert!(ended.stderr.contains(": resumed at "), "{}", ended.stderr);
        self.expect_whole();
    }

    fn expect_whole(&self) {
        assert_eq!(self.token(), "-");
        let again = self.sent();
        for (number, (again, whole)) in again.iter().zip(&self.whole).enumerate() {
            assert!(again == whole, "stream {number} differs");
        }
    }

    /// A full that breaks twice, then its increment.
    fn breaks_everywhere(&self) {
        self.cut("a", 4);
        self.kill("a", 2);
        self.cut("a", 6);
        let ended = self.cut("b", 4);
        assert!(ended.stderr.contains("@a: resumed at "), "{}", ended.stderr);
        self.kill("b", 3);
        self.goes_on();
    }
}

#[test]
fn plain() {
    let broken = Broken::of_files("resume-plain", "zfs send", |z3| {
        z3.create(&["-o", "compression=lz4"]);
    });
    broken.breaks_everywhere();
    let z3 = &broken.z3;
    assert_eq!(z3.dataset.property("mounted"), "yes");
    assert_eq!(
        fs::read(z3.dataset.path().join("large-2")).unwrap(),
        noise(7 << 20, 2)
    );
}

#[test]
fn raw() {
    let broken = Broken::of_files("resume-raw", "zfs send -w", |z3| {
        z3.create_encrypted();
    });
    broken.breaks_everywhere();
}

#[test]
fn volume() {
    let fill = |z3: &Z3, number: u64| {
        let device = fs::read_to_string(z3.dir().join("device")).unwrap();
        let mut content = noise(8 << 20, 1);
        content[..4 << 20].copy_from_slice(&noise(4 << 20, number));
        fs::write(&device, content).unwrap();
        fs::File::open(device).unwrap().sync_all().unwrap();
    };
    let make = |z3: &Z3| {
        let device = device_of(|| {
            z3.create(&["-V", "8M"]);
        });
        z3.file("device", device.to_str().unwrap());
    };
    let broken = Broken::new("resume-volume", "zfs send", make, fill);
    broken.cut("a", 4);
    broken.cut("b", 4);
    broken.goes_on();
}

#[test]
fn what_is_in_the_way_is_told_and_goes_by_force_alone() {
    let broken = Broken::of_files("resume-refusals", "zfs send", |z3| {
        z3.create(&[]);
    });
    let (z3, name) = (&broken.z3, &broken.z3.dataset.name);
    // Half of another snapshot.
    let other = Dataset::named(format!("{name}-other"));
    other.create().write("file", &noise(6 << 20, 9));
    other.snapshot("x");
    let other = other.name.as_str();
    z3.piped(
        &format!("(zfs send {other}@x | head -c 3000000 | zfs receive -s -u {name}); true"),
        Vec::new(),
    );
    let foreign = broken.token();
    assert!(foreign.starts_with("1-"));
    let said = z3.refuses(["restore", "b"]);
    let said = said.replace("\n  ", " ");
    assert!(
        said.contains(&format!("{name} holds half of {other}@x (guid ")),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "'zfs receive -A {name}' drops it, and so does --force"
        )),
        "{said}"
    );
    assert_eq!(broken.token(), foreign);
    let planned = z3.says(["restore", "b", "--dry-run", "--force"]);
    assert!(
        planned.starts_with(&format!("zfs receive -A {name}\n")),
        "{planned}"
    );
    z3.says(["restore", "b", "--force"]);
    assert!(broken.sent() == broken.whole);
    zfs(&["destroy", "-r", other]);

    // The dataset is written to while half of an increment is there.
    z3.dataset.destroy();
    z3.says(["restore", "a"]);
    broken.cut("b", 4);
    z3.dataset.write("own", b"written here since");
    zfs(&["unmount", name]);
    let half = broken.token();
    let said = z3.refuses(["restore", "b"]).replace("\n  ", " ");
    assert!(
        said.contains("was written to since @a, on which the half received b builds"),
        "{said}"
    );
    assert_eq!(broken.token(), half);
    let planned = z3.says(["restore", "b", "--dry-run", "--force"]);
    let line = format!("z3_get --token {half} ");
    assert!(
        planned.contains(&line) && planned.contains("| zfs recv -s -u -F"),
        "{planned}"
    );
    z3.says(["restore", "b", "--force"]);
    assert!(broken.sent() == broken.whole);

    // Without z3's hands: another machine would do the same.
    z3.dataset.destroy();
    broken.cut("a", 5);
    let by_hand = format!(
        "z3_get --token {} {} | zfs receive -s -u {name}",
        broken.token(),
        z3.snapshot_key("a")
    );
    z3.shell(&by_hand).run().expect_ok();
    broken.restore("b").run().expect_ok();
    assert!(broken.sent() == broken.whole);
}
