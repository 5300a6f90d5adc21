//! Backups of a real dataset, and what comes back.

use crate::place::Place;
use crate::support::{Act, Halt, Proxy, Run, Stage, When, Z3, noise};
use crate::verdict::Seen;

use super::objects::expect_no_uploads;

pub fn there_and_back(place: &Place, _: &mut Seen) {
    let z3 = place.corner("chain");
    let set = &z3.dataset;
    set.history(&["a", "b", "c"]);
    z3.says(["backup"]);
    assert_eq!(z3.says(["backup"]), "", "there was nothing to do");
    restored(&z3, &["a", "b", "c"]);
    set.history(&["d"]);
    z3.says(["backup"]);
    let checked = z3.says(["check"]);
    assert!(checked.starts_with("Z3 OK"), "{checked}");
    let table = z3.says(["status"]);
    assert_eq!(table.matches("| ok     | ok ").count(), 4, "{table}");
    restored(&z3, &["a", "b", "c", "d"]);
}

/// The dataset goes, and comes back as it was.
fn restored(z3: &Z3, snapshots: &[&str]) {
    let set = &z3.dataset;
    let guids = || snapshots.iter().map(|name| set.guid(name)).collect();
    let (tree, before): (_, Vec<String>) = (set.tree(), guids());
    set.destroy();
    z3.says(["restore", snapshots[snapshots.len() - 1]]);
    assert!(set.tree() == tree, "other files came back");
    assert_eq!(guids(), before);
}

/// A dataset that takes four parts and a bit, as small as servers take them.
fn large(z3: &Z3) -> Vec<u8> {
    z3.dataset.create().write("noise", &noise(21 << 20, 5));
    z3.dataset.snapshot("1");
    z3.dataset.send(None, "1")
}

fn backup(z3: &Z3) -> Run {
    z3.z3(["-v", "backup", "--compressor", "none"])
        .env("CONCURRENCY", "1")
        .env("MIN_PART_SIZE", "5M")
        .env("RETRY_FOR", "0")
}

pub fn several_parts(place: &Place, seen: &mut Seen) {
    let proxy = Proxy::to(place.server.endpoint());
    let z3 = place.corner("large").through(&proxy);
    let stream = large(&z3);
    let run = backup(&z3).env("CONCURRENCY", "4");
    run.run().expect_ok().expect_no_children();
    assert!(proxy.count("PUT", "partNumber=") >= 4);
    let stored = z3.bucket.get(&z3.snapshot_key("1"));
    assert!(stored == stream, "other bytes are stored");
    restored(&z3, &["1"]);
    assert_eq!(z3.notes(), [""; 0]);
    expect_no_uploads(place, &z3, seen);
}

/// Two parts are there when z3 is killed.
pub fn goes_on(place: &Place, seen: &mut Seen) {
    let proxy = Proxy::to(place.server.endpoint());
    let z3 = place.corner("killed").through(&proxy);
    let stream = large(&z3);
    proxy.rule("PUT", "partNumber=3", When::Always, Act::Silence);
    let mut running = backup(&z3).start();
    let sent = |number: u32| proxy.count("PUT", &format!("partNumber={number}"));
    running.until("the third part", || sent(3) > 0);
    running.signal("KILL");
    running.wait();
    let key = z3.snapshot_key("1");
    assert!(z3.bucket.head(&key).is_none(), "an object is there");
    proxy.heal();
    let said = backup(&z3).run().expect_ok().stderr;
    let stored = z3.bucket.get(&key);
    assert!(stored == stream, "other bytes are stored");
    if said.contains("were stored by an earlier run") {
        assert_eq!(sent(1) + sent(2), 2, "parts were sent again");
        assert_eq!(z3.notes(), [""; 0]);
        return expect_no_uploads(place, &z3, seen);
    }
    assert!(said.contains("list parts of"), "{said}");
    seen.odd(
        "The next run sends everything again, as the server's list of parts cannot be read; z3 says so. What was cut off stays on the server.",
    );
}

/// Another machine stores something under the same key meanwhile: before z3's last look, and behind it.
pub fn second_machine(place: &Place, seen: &mut Seen) {
    let early = beside(place, ("PUT", "partNumber="));
    assert!(early != Rival::Replaced, "z3 looked away");
    let late = beside(place, ("POST", "uploadId="));
    seen.odd_if(
        early == Rival::EndsUploads || late == Rival::EndsUploads,
        "A whole object that is stored under a key ends the uploads to it: z3 says that somebody has aborted the upload, and replaces nothing.",
    );
    seen.odd_if(
        late == Rival::Replaced,
        "The server ignores the condition on the last request of an upload: of two machines that store a snapshot of one name at the very same moment, the later one wins. z3 looks at the key just before that request. Give each machine an S3_PREFIX of its own.",
    );
}

/// What becomes of the other machine's object.
#[derive(PartialEq, Eq)]
enum Rival {
    Seen,
    EndsUploads,
    Replaced,
}

/// The request stands still while the other machine stores.
fn beside(place: &Place, (method, needle): (&'static str, &str)) -> Rival {
    let proxy = Proxy::to(place.server.endpoint());
    let z3 = place.corner("beside").through(&proxy);
    z3.dataset.create().write("noise", &noise(1 << 20, 3));
    z3.dataset.snapshot("1");
    let (key, halt) = (z3.snapshot_key("1"), Halt::new(&z3, "beside"));
    let act = Act::Halt(halt.clone(), Stage::Sent);
    proxy.rule(method, needle, When::First(1), act);
    let mut running = z3.z3(["backup"]).start();
    running.until("the request", || halt.reached());
    z3.bucket.put(&key, b"another's", &[]);
    halt.open();
    let ended = running.wait();
    if z3.bucket.get(&key) != b"another's" {
        return Rival::Replaced;
    }
    let said = ended.expect_status(1).stderr;
    if said.contains("somebody has aborted the upload") {
        return Rival::EndsUploads;
    }
    assert!(said.contains("by somebody else since this run"), "{said}");
    Rival::Seen
}
