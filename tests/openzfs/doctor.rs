//! What `z3 doctor` says to a user whom root has allowed something, or not.

use crate::support::zfs::zfs;
use crate::support::{Ended, Z3};

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
