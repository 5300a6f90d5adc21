//! Embedded spill blocks, which OpenZFS 2.3.0 to 2.4.x loses with `zfs send -e` (openzfs/zfs#18239): what loses data is no
//! backup, and everything else is one. Which versions lose, the receiver says, not their number.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::support::{Dataset, Z3, noise};

/// Too long for its dnode, and small when it is compressed: it lies in an embedded spill block.
fn target() -> String {
    "far/".repeat(250)
}

fn with_a_long_link(z3: &Z3) {
    z3.create(&["-o", "compression=lz4", "-o", "xattr=sa"]);
    z3.dataset.write("file", b"some text");
    symlink(target(), z3.dataset.path().join("link")).unwrap();
    z3.dataset.snapshot("a");
}

/// Whether the link leads where it has to, in a dataset that has been received.
fn is_whole(copy: &Dataset) -> bool {
    copy.mount();
    assert_eq!(fs::read(copy.path().join("file")).unwrap(), b"some text");
    let link = fs::read_link(copy.path().join("link"));
    link.is_ok_and(|path| path.to_str() == Some(&target()))
}

fn received(z3: &Z3, sent: Vec<u8>) -> bool {
    let copy = Dataset::named(format!("{}-copy", z3.dataset.name));
    z3.piped(&format!("zfs recv -u {}", copy.name), sent);
    let whole = is_whole(&copy);
    copy.destroy();
    whole
}

#[test]
fn what_a_receiver_would_drop_is_refused_and_nothing_else() {
    let z3 = Z3::new("spill");
    with_a_long_link(&z3);
    let name = &z3.dataset.name;
    for options in ["", "-Lc", "-e", "-Lce", "-w"] {
        let sent = z3.piped(&format!("zfs send {options} {name}@a"), vec![]);
        let key = z3.key(&format!("k{options}"));
        let ended = z3
            .program("pput", ["--quiet", &key])
            .stdin(sent.clone())
            .run();
        let whole = received(&z3, sent);
        println!(
            "zfs send {options}: {}",
            if whole { "whole" } else { "lost" }
        );
        assert!(whole || options.contains(['e', 'w']), "{options}");
        if whole {
            ended.expect_ok();
            let stored = z3.piped(&format!("z3_get {key}"), vec![]);
            assert!(received(&z3, stored), "{options}");
        } else {
            let said = ended.expect_status(1).stderr;
            assert!(said.contains("(openzfs/zfs#18239)"), "{said}");
            z3.program("z3_get", [&key]).run().expect_status(1);
        }
    }
    z3.says(["backup"]);
    z3.expect_verified(1);
    z3.dataset.destroy();
    z3.says(["restore", "a"]);
    assert!(is_whole(&z3.dataset));
}

/// A dataset whose backup may have lost the link's spill block; whether it has.
fn stored_with_e(name: &str) -> (Z3, bool) {
    let z3 = Z3::new(name);
    with_a_long_link(&z3);
    let sent = z3.piped(&format!("zfs send -e {}@a", z3.dataset.name), vec![]);
    let lost = !received(&z3, sent.clone());
    z3.bucket
        .put(&z3.snapshot_key("a"), &sent, &[("isfull", "true")]);
    (z3, lost)
}

#[test]
fn what_is_lost_is_put_back() {
    let (z3, lost) = stored_with_e("spill-repair");
    let again = z3.piped(&format!("z3_get --repair {}", z3.snapshot_key("a")), vec![]);
    assert!(received(&z3, again));
    z3.dataset.destroy();
    let ended = z3.z3(["restore", "--repair", "a"]).run().expect_ok();
    assert!(is_whole(&z3.dataset));
    let said = format!("z3: {}@a is whole: 1 lost spill blocks", z3.dataset.name);
    assert_eq!(ended.stderr.starts_with(&said), lost, "{}", ended.stderr);
    let scrubbed = z3.piped(
        "zpool scrub -w $(zpool list -Ho name | head -1) && zpool status -x",
        vec![],
    );
    assert!(String::from_utf8(scrubbed).unwrap().contains("healthy"));
}

/// The half was received without it, and the object with the link lies before the point where that ended.
#[test]
fn what_is_lost_before_a_break_is_put_back_as_well() {
    let z3 = Z3::new("spill-resume");
    with_a_long_link(&z3);
    z3.dataset.write("large", &noise(8 << 20, 1));
    z3.dataset.snapshot("b");
    let name = &z3.dataset.name;
    let sent = z3.piped(&format!("zfs send -e {name}@b"), vec![]);
    let lost = !received(&z3, sent.clone());
    z3.bucket
        .put(&z3.snapshot_key("b"), &sent, &[("isfull", "true")]);
    z3.dataset.destroy();
    z3.piped(&format!("head -c 6M | zfs recv -s -u {name} || true"), sent);
    let ended = z3.z3(["restore", "--repair", "b"]).run().expect_ok();
    assert!(is_whole(&z3.dataset));
    assert_eq!(ended.stderr.contains("@b is whole: 1 lost spill"), lost);
}

#[test]
fn what_was_stored_without_a_check_comes_back_with_a_warning() {
    let (z3, lost) = stored_with_e("spill-stored");
    let told = z3.z3(["verify"]).run().expect_status(i32::from(lost));
    assert_eq!(told.text().contains("(openzfs/zfs#18239)"), lost);
    z3.dataset.destroy();
    let ended = z3.z3(["restore", "a"]).run().expect_ok();
    let warned = format!("z3: {}@a is not whole: zfs send lost", z3.dataset.name);
    assert_eq!(ended.stderr.starts_with(&warned), lost, "{}", ended.stderr);
    assert_eq!(is_whole(&z3.dataset), !lost);
    if lost {
        let link = z3.dataset.path().join("link");
        let inode = link.symlink_metadata().unwrap().ino();
        assert!(ended.stderr.ends_with(&format!(
            "of inode {inode}; 'z3 restore --repair' brings them back\n"
        )));
    }
}
