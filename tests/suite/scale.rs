//! Much of everything, by simulation: streams of very many parts that are small, and buckets with many backups of which
//! few matter.

use crate::support::process::peak;
use crate::support::{Act, Halt, Proxy, Run, Server, Stage, When, Z3, noise};

const MAX_PARTS: usize = 1000;
const MIN_PART_BYTES: usize = 4096;
const MAX_MEMORY_BYTES: usize = 8 << 20;
const WORKERS: usize = 4;

/// A key, and `pput` with the limits of S3 made small.
struct Upload {
    z3: Z3,
    proxy: Proxy,
    key: String,
}

impl Upload {
    fn new(test: &str) -> Self {
        let proxy = Proxy::to(Server::Rgw.endpoint());
        let z3 = Z3::new(test).through(&proxy);
        let key = z3.key("object");
        Self { z3, proxy, key }
    }

    fn pput(&self, estimate_bytes: usize) -> Run {
        let estimate = estimate_bytes.to_string();
        self.z3
            .program("pput", ["--estimated", &estimate, &self.key])
            .env("MAX_PARTS", MAX_PARTS.to_string())
            .env("MIN_PART_SIZE", MIN_PART_BYTES.to_string())
            .env("MAX_MEMORY", MAX_MEMORY_BYTES.to_string())
            .env("CONCURRENCY", WORKERS.to_string())
    }

    /// The lengths of the parts that were sent, in the order of their numbers.
    fn parts(&self) -> Vec<usize> {
        let number = |target: &str| {
            let (_, rest) = target.split_once("partNumber=").unwrap();
            rest.split('&').next().unwrap().parse::<usize>().unwrap()
        };
        let seen = self.proxy.seen("PUT", "partNumber=").into_iter();
        let mut parts: Vec<_> = seen
            .map(|part| (number(&part.target), part.body_bytes))
            .collect();
        parts.sort_unstable();
        assert!(parts.iter().map(|(number, _)| *number).eq(1..=parts.len()));
        parts.into_iter().map(|(_, bytes)| bytes).collect()
    }

    /// The stream becomes the object, in parts that `grown` gives by their numbers, and the memory stays within its bound.
    fn expect_stored(&self, run: Run, stream: &[u8], grown: impl Fn(usize) -> usize) {
        let complete = Halt::new(&self.z3, "complete");
        let act = Act::Halt(complete.clone(), Stage::Sent);
        self.proxy.rule("POST", "uploadId=", When::Always, act);
        let mut running = run.stdin(stream).start();
        running.until("all parts", || complete.reached());
        let used_kib = peak(running.pid());
        complete.open();
        running.wait().expect_ok();
        assert!(self.z3.bucket.get(&self.key) == stream);
        let parts = self.parts();
        assert!(
            (MAX_PARTS * 7 / 10..=MAX_PARTS).contains(&parts.len()),
            "{} parts",
            parts.len()
        );
        let (last, whole) = parts.split_last().unwrap();
        let planned: Vec<usize> = (1..parts.len()).map(&grown).collect();
        assert!(whole == planned, "{whole:?}");
        assert!((1..=grown(parts.len())).contains(last), "{last}");
        // Part size x workers is at most MAX_MEMORY; what is larger than all that is not in memory as a whole.
        let bound_kib = (MAX_MEMORY_BYTES >> 10) + (32 << 10) + WORKERS * 512;
        assert!(stream.len() >> 10 > bound_kib);
        assert!(
            used_kib <= bound_kib as u64,
            "{used_kib} KiB used, {bound_kib} KiB allowed"
        );
    }
}

#[test]
fn a_stream_three_times_its_estimate_ends_within_its_parts_and_memory() {
    let upload = Upload::new("scale-outrun");
    let estimate_bytes = 20 << 20;
    let stream = noise(3 * estimate_bytes, 1);
    let base = estimate_bytes * 105 / 100 / (MAX_PARTS - 1);
    // Steady for nine tenths, then twice as much in each hundredth.
    let grown = |number: usize| base << number.saturating_sub(900).div_ceil(10);
    upload.expect_stored(upload.pput(estimate_bytes), &stream, grown);
}

#[test]
fn a_stream_of_unknown_length_ends_within_its_parts_and_memory() {
    let upload = Upload::new("scale-unknown");
    let grown = |number: usize| MIN_PART_BYTES << number.saturating_sub(100).div_ceil(100);
    let most: usize = (1..=MAX_PARTS).map(grown).sum();
    assert!(
        most > 200 << 20,
        "room for fifty thousand times as much as at first"
    );
    let stream = noise(60 << 20, 2);
    upload.expect_stored(upload.pput(0), &stream, grown);
}

#[test]
fn a_stream_that_does_not_fit_leaves_nothing() {
    let upload = Upload::new("scale-too-long");
    let stream = noise(MAX_PARTS * MIN_PART_BYTES + 1, 3);
    let run = upload.pput(1).env("PART_GROWTH", "off");
    let ended = run.stdin(stream).run().expect_status(1);
    let cause = "longer than 1000 parts of the planned size hold";
    assert!(ended.stderr.contains(cause), "{}", ended.stderr);
    assert!(upload.z3.bucket.head(&upload.key).is_none());
    upload.z3.expect_no_uploads();
    assert_eq!(upload.parts().len(), MAX_PARTS);
}

/// Stores so many fulls that have nothing to do with what is backed up, by names that lie before it.
fn crowd(z3: &Z3, count: usize) {
    for number in 0..count {
        let key = z3.snapshot_key(&format!("another-{number:03}"));
        let metadata = [("isfull", "true"), ("size", "1"), ("guid", "1")];
        z3.bucket.put(&key, b"", &metadata);
    }
}

/// What a run has asked for: pages of names, but those of z3's own small objects, and heads of backups.
fn asked(proxy: &Proxy, run: impl FnOnce()) -> (usize, usize) {
    let count = || {
        let pages = proxy.seen("GET", "max-keys=1000").into_iter();
        let of_backups = pages.filter(|page| !page.target.contains(".z3"));
        (of_backups.count(), proxy.count("HEAD", "%40"))
    };
    let before = count();
    run();
    let after = count();
    (after.0 - before.0, after.1 - before.1)
}

#[test]
fn of_a_crowded_bucket_only_what_matters_is_asked_for() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("crowded").through(&proxy);
    z3.dataset.history(&["my-1", "my-2", "my-3", "my-4"]);
    z3.says(["backup", "--snapshot", "my-3"]);
    crowd(&z3, 60);
    let expect = |arguments: &[&str], links: usize| {
        let run = || drop(z3.says(arguments.iter().copied()));
        let (pages, heads) = asked(&proxy, run);
        assert_eq!(pages, 1, "{arguments:?}");
        // Guesses are four for each link that is known, and the key of a new backup is looked at before it is made.
        let most = links + 4 * links + 1;
        assert!(
            (links..=most).contains(&heads),
            "{arguments:?}: {heads} HEADs"
        );
    };
    expect(&["verify", "--level", "list", "my-2"], 2);
    expect(&["restore", "--dry-run", "my-1"], 1);
    expect(&["backup", "--dry-run"], 3);
    expect(&["backup"], 3);
    expect(&["backup"], 4);
    expect(&["backup", "--full", "--dry-run", "--snapshot", "my-4"], 64);
    z3.dataset.destroy();
    expect(&["restore", "my-4"], 4);
    assert_eq!(z3.dataset.snapshots(), ["my-1", "my-2", "my-3", "my-4"]);
    let said = z3.refuses(["restore", "--dry-run", "nowhere"]);
    assert!(said.contains("no such snapshot"), "{said}");
    let (pages, heads) = asked(&proxy, || drop(z3.says(["status"])));
    assert_eq!((pages, heads), (1, 64));
}

/// What is stored of other chains decides in spite of that: nothing is taken for absent that was not looked at.
#[test]
fn what_is_not_asked_for_is_not_taken_for_absent() {
    let z3 = Z3::new("unasked");
    z3.dataset.history(&["a", "b", "c"]);
    z3.says(["backup", "--full", "--snapshot", "a"]);
    z3.says(["backup", "--full", "--snapshot", "c"]);
    // Stored in between, on a chain of its own.
    z3.says(["backup", "--snapshot", "b"]);
    assert_eq!(z3.says(["backup"]), "");
    // A namesake of the base of b must not be overwritten.
    z3.dataset.destroy();
    z3.dataset.history(&["a", "d"]);
    let said = z3.refuses(["backup", "--full", "--snapshot", "a"]);
    assert!(said.contains("is an increment on it"), "{said}");
    // Backups of which the pool has none are seen by their names.
    z3.dataset.destroy();
    z3.dataset.history(&["d"]);
    let said = z3.refuses(["backup"]);
    assert!(said.contains("nothing to start from"), "{said}");
}
