//! What a newcomer writes into the file and does not mean.

use super::{corner, lines, said};
use crate::support::{Server, Z3};

/// `z3 doctor` with a file of these lines below `[main]`, and what the corner needs.
fn with(z3: &Z3, text: &str, status: i32) -> crate::support::Ended {
    let file = z3.file("z3.conf", format!("[main]\n{text}"));
    let run = z3.z3(["--config", file.to_str().unwrap(), "doctor"]);
    let taken = ["FILESYSTEM", "SNAPSHOT_PREFIX", "S3_KEY_ID", "S3_SECRET"];
    let run = taken.iter().fold(run, |run, name| run.env_remove(name));
    run.run().expect_status(status)
}

fn keys() -> String {
    let access = Server::Rgw.access();
    format!(
        "S3_KEY_ID={}\nS3_SECRET={}\nSNAPSHOT_PREFIX=\n",
        access.key_id, access.secret
    )
}

#[test]
fn each_section_is_looked_at() {
    let z3 = corner("doctor-sections");
    let name = &z3.dataset.name;
    let own = format!("{}FILESYSTEM={name}\n", keys());
    let sections = format!("[fs:{name}]\n[fs:{name}/gone]\n[fs:{name}/odd]\nCOMPRESSOR=gzip-9\n");
    let ended = with(&z3, &(own.clone() + &sections), 1);
    let gone = said(&ended, &format!("FAILURE zfs: {name}/gone: there is no "));
    assert!(gone.contains("zfs list shows"), "{gone}");
    let odd = said(
        &ended,
        &format!("FAILURE configuration: {name}/odd: COMPRESSOR in "),
    );
    assert!(odd.contains("gzip-9"), "{odd}");
    assert_eq!(lines(&ended, "FAILURE").len(), 2, "{}", ended.text());
    // Without FILESYSTEM they are all that there is.
    let sections = format!("{}[fs:{name}]\nSNAPSHOT_GLOB=nosuch-*\n", keys());
    let ended = with(&z3, &sections, 1);
    let none = said(
        &ended,
        &format!("FAILURE zfs: {name}: none of 2 is meant by SNAPSHOT_GLOB"),
    );
    assert!(none.contains("weekly-* (1)"), "{none}");
    let sections = sections.replace("nosuch", "weekly");
    let ended = with(&z3, &sections, 0);
    assert_eq!(
        lines(&ended, &format!("OK      zfs: {name}: 1 of 2 are meant")).len(),
        1
    );
    z3.nothing_is_left();
}

#[test]
fn a_zfs_that_does_not_answer_is_told_of_once() {
    let z3 = corner("doctor-down");
    let name = &z3.dataset.name;
    z3.replace(
        "zfs",
        "case $1 in send | receive) printf 'usage:\\n\\tsend [-nvPe] <snapshot>\\n' >&2; exit 2 ;; esac
        printf 'The ZFS modules are not loaded.\\nTry modprobe zfs.\\n' >&2; exit 1",
    );
    let sections = format!(
        "{}SEND_FLAGS=L\n[fs:{name}]\n[fs:{name}/a]\n[fs:{name}/b]\n",
        keys()
    );
    let ended = with(&z3, &sections, 1);
    let failures = lines(&ended, "FAILURE zfs: zfs: ");
    assert_eq!(failures.len(), 1, "{}", ended.text());
    assert_eq!(
        lines(&ended, "FAILURE zfs: SEND_FLAGS: ").len(),
        1,
        "{}",
        ended.text()
    );
    assert_eq!(lines(&ended, "FAILURE").len(), 2, "{}", ended.text());
}

#[test]
fn what_is_no_dataset_is_a_failure_beside_sections() {
    let z3 = corner("doctor-no-dataset");
    let name = &z3.dataset.name;
    for slip in [
        format!("/{name}"),
        format!("{name}@daily-2026-11-27"),
        format!("\"{name}\""),
    ] {
        let text = format!("{}FILESYSTEM={slip}\n[fs:{name}]\n", keys());
        let ended = with(&z3, &text, 1);
        let failure = said(
            &ended,
            "FAILURE configuration: dataset: FILESYSTEM in [main]",
        );
        assert!(
            failure.contains("no mountpoint, without quotes"),
            "{failure}"
        );
    }
}

#[test]
fn quotes_are_told_of() {
    let z3 = corner("doctor-quotes");
    let text = format!("{}FILESYSTEM={}\nS3_PREFIX='x'\n", keys(), z3.dataset.name);
    let ended = with(&z3, &text, 0);
    let words = "the quotes around S3_PREFIX in [main] are part of its value";
    assert!(said(&ended, "WARNING configuration: file: ").contains(words));
}

#[test]
fn a_secret_in_the_place_of_its_id_is_not_shown() {
    let z3 = corner("doctor-swapped");
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let text = format!(
        "S3_KEY_ID={secret}\nS3_SECRET=AKIAIOSFODNN7EXAMPLE\nSNAPSHOT_PREFIX=\nFILESYSTEM={}\n",
        z3.dataset.name
    );
    let ended = with(&z3, &text, 1);
    assert!(!ended.text().contains(secret), "{}", ended.text());
    let warning = said(&ended, "WARNING credentials: source: [may be a secret] (");
    assert!(
        warning.contains("are S3_KEY_ID and S3_SECRET swapped?"),
        "{warning}"
    );
}
