//! What `z3 doctor` says to a user whom root has allowed something, or not, and of a pool that lacks a feature.

use crate::support::zfs::zfs;
use crate::support::{Ended, Z3, prose};

/// The user nobody.
const AS: &str = "--reuid=65534 --regid=65534 --groups=";

/// By its open file: the way to it may be root's alone.
fn examined(z3: &Z3, groups: &str) -> Ended {
    z3.shell(&format!(
        "exec 9<$(command -v z3) && exec setpriv {AS}{groups} /proc/self/fd/9 doctor"
    ))
    .run()
}

fn said(ended: &Ended, begin: &str) -> [String; 2] {
    let mut lines = ended.text().lines();
    let first = lines.find(|line| line.contains(begin));
    let first = first.unwrap_or_else(|| panic!("no {begin}: {}", ended.text()));
    [first, lines.next().unwrap_or_default()].map(str::to_owned)
}

#[test]
fn what_a_group_may_counts_and_the_rest_is_asked_of_root() {
    let z3 = Z3::new("allowed");
    z3.dataset.history(&["a"]);
    let name = z3.dataset.name.as_str();
    let allow = |who: &[&str], rights: &str| zfs(&[&["allow"], who, &[rights, name]].concat());

    let ended = examined(&z3, "50");
    let lines = said(&ended, "zfs: rights: ");
    assert!(
        lines[0].starts_with("FAILURE zfs: rights: nobody lacks send"),
        "{lines:?}"
    );
    let hint = lines[1].trim().to_owned();
    assert_eq!(hint, format!("as root: zfs allow -u nobody send {name}"));
    // Exactly what it says is enough.
    z3.shell(hint.strip_prefix("as root: ").unwrap())
        .run()
        .expect_ok();
    assert!(said(&examined(&z3, "50"), "zfs: rights: ")[0].starts_with("OK "));

    // Group 50 is staff.
    allow(&["-g", "staff"], "hold");
    let ended = examined(&z3, "50");
    let lines = said(&ended, "zfs: rights to hold: ");
    assert!(
        lines[0].starts_with("WARNING") && lines[0].contains("lacks release:"),
        "{lines:?}"
    );
    assert!(said(&examined(&z3, "60"), "zfs: rights to hold: ")[0].contains("hold, release:"));
    allow(&["-s", "@rest"], "release,receive,create,mount");
    let restores = examined(&z3, "50");
    let lines = said(&restores, "zfs: rights to restore: ");
    assert!(
        lines[0].starts_with("OK ") && lines[1].contains("zfs allow"),
        "{lines:?}"
    );
    allow(&["-g", "staff"], "@rest");
    let ended = examined(&z3, "50");
    for subject in ["rights", "rights to hold", "rights to restore"] {
        let lines = said(&ended, &format!("zfs: {subject}: "));
        assert!(lines[0].contains("nobody has "), "{lines:?}");
    }
    // As zfs itself sees it.
    let hold = format!("setpriv {AS}50 bash -c 'zfs hold t {name}@a && zfs release t {name}@a'");
    z3.shell(&hold).run().expect_ok();
}

#[test]
fn a_pool_that_lacks_a_feature_cannot_receive_what_is_stored() {
    let z3 = Z3::new("lacks");
    z3.create(&["-o", "recordsize=1M"]);
    z3.dataset.write("large", &prose(3 << 20, 4)).snapshot("a");
    z3.says(["backup", "--send-flags", "L"]);
    let examined = |dataset: &str| z3.z3(["doctor", dataset]).run();
    let ended = examined(&z3.dataset.name).expect_ok();
    said(
        &ended,
        "OK      zfs: stored backups: the pool can receive the newest, a",
    );

    // As if it had been stored there by a pool that is gone.
    let pool = format!("zlacks{}", std::process::id());
    let file = z3.file("pool", "");
    let create = format!(
        "truncate -s 128M {0} && zpool create -d -o cachefile=none -O mountpoint=none {pool} {0}",
        file.display()
    );
    let stored = z3.bucket.get(&z3.snapshot_key("a"));
    let metadata = [("isfull", "true"), ("compressor", "pigz1")];
    let key = z3.key(&format!("{pool}/gone@a"));
    z3.bucket.put(&key, &stored, &metadata);
    z3.shell(&create).run().expect_ok();
    let ended = examined(&format!("{pool}/gone"));
    z3.shell(&format!("zpool destroy {pool}")).run().expect_ok();
    let lines = said(&ended.expect_status(1), "zfs: stored backups: ").concat();
    let failure = format!("FAILURE zfs: stored backups: the pool {pool} lacks the feature");
    let hint = format!("'zpool set feature@large_blocks=enabled {pool}' enables it");
    assert!(
        lines.starts_with(&failure) && lines.contains(&hint),
        "{lines}"
    );
}
