//! `z3 verify --level receive`: zfs takes the chain, and the scratch dataset is gone afterwards.

use std::time::Duration;

use super::Stored;
use crate::support::{Dataset, Z3};

fn scratch(z3: &Z3) -> Dataset {
    Dataset::named(format!("{}-scratch", z3.dataset.name))
}

fn receive<'a>(scratch: &'a Dataset, more: &[&'a str]) -> Vec<&'a str> {
    let flags = ["--level", "receive", "--scratch", &scratch.name];
    [&flags[..], more].concat()
}

#[test]
fn every_chain_is_received_and_nothing_stays() {
    let stored = Stored::new(Z3::new("verify-receive"), "pigz1");
    let scratch = scratch(&stored.z3);
    // A branch: another child of `a`, sent from a pool that has `a` only.
    let z3 = &stored.z3;
    z3.says(["restore", "a"]);
    z3.dataset.write("d", b"branch").snapshot("d");
    z3.says(["backup", "--snapshot", "d"]);
    z3.dataset.destroy();
    let all = ["ok a", "ok b", "ok c", "ok d"];
    assert_eq!(stored.verdicts(&receive(&scratch, &[]), 0), all);
    assert!(!scratch.exists());
    assert_eq!(stored.verdicts(&receive(&scratch, &["b"]), 0), all[..2]);
    assert!(!scratch.exists() && !z3.dataset.exists());
}

#[test]
fn behind_damage_nothing_is_received_but_all_is_read() {
    let stored = Stored::new(Z3::new("verify-receive-bad"), "none");
    let scratch = scratch(&stored.z3);
    let mut bytes = stored.bytes("b");
    bytes[90_000] ^= 1;
    stored.put("b", &bytes, "b", &[]);
    let verdicts = stored.verdicts(&receive(&scratch, &[]), 1);
    assert_eq!(verdicts, ["ok a", "damaged b", "unread c"]);
    assert!(!scratch.exists());
    stored.heal();
    stored.put("a", &stored.bytes("a")[..1000], "a", &[]);
    let verdicts = stored.verdicts(&receive(&scratch, &[]), 1);
    assert_eq!(verdicts, ["damaged a", "unread b", "unread c"]);
    assert!(!scratch.exists());
    // zfs refuses it for its base, which may be the pool's fault; the data tells that it is not.
    stored.heal();
    let parent = format!("{}@a", stored.z3.dataset.name);
    let edits = [
        ("parent", parent.as_str()),
        ("guid", ""),
        ("parentguid", ""),
    ];
    stored.put("c", &stored.bytes("c"), "c", &edits);
    let verdicts = stored.verdicts(&receive(&scratch, &[]), 1);
    assert_eq!(verdicts, ["ok a", "ok b", "damaged c"]);
    assert!(!scratch.exists());
}

#[test]
fn a_pool_that_does_not_take_it_says_nothing_about_the_object() {
    let stored = Stored::new(Z3::new("verify-full"), "none");
    let scratch = scratch(&stored.z3);
    let script = format!(
        "[ \"$1 $3\" = \"recv {}@b\" ] || exec zfs \"$@\"\ncat >/dev/null\necho 'out of space' >&2\nexit 1",
        scratch.name
    );
    stored.z3.replace("zfs", &script);
    let verdicts = stored.verdicts(&receive(&scratch, &[]), 3);
    assert_eq!(verdicts, ["ok a", "unread b", "unread c"]);
    assert!(!scratch.exists());
}

#[test]
fn only_a_dataset_that_is_not_there_is_a_scratch() {
    let stored = Stored::new(Z3::new("verify-scratch"), "none");
    let z3 = &stored.z3;
    let other = scratch(z3);
    other.create().snapshot("kept");
    let (above, _) = z3.dataset.name.rsplit_once('/').unwrap();
    for (name, words) in [
        (other.name.as_str(), "exists, expected a scratch dataset"),
        (&other.name, &format!("by 'zfs destroy -r {}'", other.name)),
        (&z3.dataset.name, "or holds it"),
        (above, "or holds it"),
        ("nosuchpool/x", "there is no dataset above"),
        ("nosuchpool", "there is no dataset above"),
        ("-x/y", "is no name of a ZFS dataset"),
    ] {
        let said = z3.refuses(["verify", "--level", "receive", &format!("--scratch={name}")]);
        assert!(said.contains(words), "{name}: {said}");
    }
    assert_eq!(other.snapshots(), ["kept"]);
    other.destroy();
    for arguments in [&["--level", "receive"][..], &["--scratch", "a/b"]] {
        let verify = z3.z3(["verify"]).args(arguments.iter().copied());
        verify.run().expect_status(2);
    }
}

#[test]
fn a_signal_names_what_is_left() {
    let stored = Stored::new(Z3::new("verify-signal"), "none");
    let scratch = scratch(&stored.z3);
    let marker = stored.z3.dir().join("receiving");
    let script = format!(
        "[ \"$1 $3\" = \"recv {}@b\" ] || exec zfs \"$@\"\ntouch {}\nexec sleep 60",
        scratch.name,
        marker.display()
    );
    stored.z3.replace("zfs", &script);
    let running = stored
        .z3
        .z3(["verify"])
        .args(receive(&scratch, &[]))
        .start();
    while !marker.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    running.signal("TERM");
    let ended = running.wait().expect_status(143);
    let destroy = format!("zfs destroy -r {}", scratch.name);
    let words = format!(
        "z3: {} may be left behind: '{destroy}' removes it\n",
        scratch.name
    );
    assert!(ended.stderr.contains(&words), "{}", ended.stderr);
    assert_eq!(scratch.snapshots(), ["a"]);
    assert!(
        stored
            .z3
            .shell(&destroy)
            .run()
            .expect_ok()
            .stderr
            .is_empty()
    );
    assert!(!scratch.exists());
}
