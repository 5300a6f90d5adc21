//! The judgements, without anybody to be asked.

mod first;

use std::time::Duration;

use super::*;
use crate::name::SnapName;
use crate::selection::Selection;

fn rules(text: &str) -> Vec<super::clauses::Clause> {
    let xml = format!("<LifecycleConfiguration>{text}</LifecycleConfiguration>");
    super::clauses::clauses(xml.as_bytes()).unwrap()
}

fn rule(prefix: &str, rest: &str) -> Vec<super::clauses::Clause> {
    rules(&format!(
        "<Rule><ID>r</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>{rest}</Rule>"
    ))
}

fn grades(rules: &[super::clauses::Clause]) -> Vec<Grade> {
    let judged = bucket::lifecycle(rules, "z3-backup/");
    judged.into_iter().map(|(grade, ..)| grade).collect()
}

#[test]
fn rules_that_delete_backups_are_found_and_no_others() {
    use Grade::{Failure, Ok, Warning};
    let expires = "<Expiration><Days>30</Days></Expiration>";
    let aborts = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    for (rules, grades_wanted) in [
        (rules(""), vec![Warning]),
        (rule("", expires), vec![Failure, Warning]),
        (rule("z3-backup/tank/", expires), vec![Failure, Warning]),
        (rule("z3-backup/.z3/uploads/", expires), vec![Warning]),
        (rule("logs/", expires), vec![Warning]),
        (rule("", aborts), vec![Ok]),
        (rule("z3-backup/tank/", aborts), vec![Ok, Warning]),
        (rule("logs/", aborts), vec![Warning]),
        (rule("", &aborts.replace('7', "1")), vec![Warning]),
        (rule("", &format!("{aborts}{expires}")), vec![Failure, Ok]),
        (
            rule(
                "",
                "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
            ),
            vec![Warning],
        ),
        (
            rule(
                "",
                "<Transition><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition>",
            ),
            vec![Warning, Warning],
        ),
        (
            rule(
                "",
                "<Transition><Days>9</Days><StorageClass>GLACIER_IR</StorageClass></Transition>",
            ),
            vec![Warning],
        ),
        (
            rules(&format!(
                "<Rule><ID>r</ID><Prefix/><Status>Disabled</Status>{expires}</Rule>"
            )),
            vec![Warning],
        ),
        (
            rules(&format!(
                "<Rule><Prefix>z3</Prefix><Status>Enabled</Status>{expires}</Rule>"
            )),
            vec![Failure, Warning],
        ),
        (
            rules(&format!(
                "<Rule><Filter><And><Prefix/><Tag><Key>k</Key></Tag></And></Filter><Status>Enabled</Status>{expires}</Rule>"
            )),
            vec![Warning],
        ),
    ] {
        assert_eq!(grades(&rules), grades_wanted, "{rules:?}");
    }
}

#[test]
fn versions_locks_and_encryption_are_put_into_words() {
    let noncurrent = rule(
        "",
        "<NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration>",
    );
    let enabled = rules("<Status>Enabled</Status>");
    assert_eq!(bucket::versioning(&enabled, &[]).0, Grade::Warning);
    assert_eq!(bucket::versioning(&enabled, &noncurrent).0, Grade::Ok);
    assert_eq!(bucket::versioning(&[], &[]).1, "never enabled");
    let lock = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>";
    let retention =
        "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule>";
    assert_eq!(bucket::object_lock(&[], &[]).1, "none");
    assert!(bucket::object_lock(&rules(lock), &[]).1.contains("without"));
    let locked = bucket::object_lock(&rules(&format!("{lock}{retention}")), &[]).1;
    assert!(locked.starts_with("GOVERNANCE for 30 days"), "{locked}");
    let kms = "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>\
               </ApplyServerSideEncryptionByDefault></Rule>";
    assert_eq!(
        bucket::encryption(&rules(kms), &[]).1,
        "aws:kms by default, with the key k"
    );
    assert_eq!(bucket::encryption(&[], &[]).1, "none by default");
}

#[test]
fn clocks_are_compared() {
    let grade = |seconds| server::clock(Some(Duration::from_secs(seconds))).0;
    assert_eq!((grade(3), grade(61)), (Grade::Ok, Grade::Warning));
    assert_eq!(server::clock(None).0, Grade::Ok);
}

#[test]
fn where_no_snapshot_is_meant_the_kinds_that_there_are_are_named() {
    let names = [
        "autosnap_2026-11-27_00:00:01_daily",
        "autosnap_2026-11-28_00:00:01_daily",
        "autosnap_2026-11-28_01:00:01_hourly",
        "before",
        "zfs-auto-snap_daily-2026-11-28-0000",
    ]
    .map(SnapName::from);
    let by = |prefix: &str| Selection::prefixes(prefix).unwrap();
    let (grade, found, hint) = snapshots::judge(&names, &by("zfs-auto-snap:daily"), false);
    assert_eq!(grade, Grade::Failure);
    assert_eq!(
        found,
        "none of 5 is meant by SNAPSHOT_PREFIX=zfs-auto-snap:daily"
    );
    assert!(
        hint.ends_with(
            "autosnap_*_daily (2), autosnap_*_hourly (1), before (1), zfs-auto-snap_daily-* (1)"
        ),
        "{hint}"
    );
    for (kind, _) in snapshots::kinds(&names) {
        let meant = Selection::globs(&kind).unwrap();
        assert!(names.iter().any(|name| meant.matches(name)), "{kind}");
    }
    assert_eq!(
        snapshots::judge(&names, &by("zfs-auto-snap:daily"), true).0,
        Grade::Ok
    );
    let (grade, found, _) = snapshots::judge(&names, &by("autosnap"), false);
    assert_eq!(
        (grade, found.as_str()),
        (
            Grade::Ok,
            "3 of 5 are meant, the newest is autosnap_2026-11-28_01:00:01_hourly"
        )
    );
    assert!(
        snapshots::judge(&[], &by(""), false)
            .2
            .contains("make snapshots")
    );
}

#[test]
fn a_failure_is_one_and_a_warning_is_none() {
    let told = std::cell::RefCell::new(Vec::new());
    let mut tell = |one: &Diagnosis| {
        told.borrow_mut().push(one.subject.clone());
        Result::Ok(())
    };
    let mut chart = Chart::new(&mut tell);
    chart.ok("a", "x").unwrap();
    chart.warn("b", "x", "y").unwrap();
    assert_eq!(
        chart.verdict(),
        (
            "1 ok, 1 warning, 0 failures: nothing is in the way".to_owned(),
            false
        )
    );
    chart.fail("c", "x", "y").unwrap();
    assert!(chart.verdict().1);
    assert_eq!(*told.borrow(), ["a", "b", "c"]);
}

/// A listing may name anything; nothing else is ever deleted.
#[test]
fn what_a_doctor_has_made_is_told_from_everything_else() {
    let id = "0123456789abcdef0123456789abcdef";
    let ours = |key: String| former::is_ours(&key, "p/.z3/doctor/");
    assert!(ours(format!("p/.z3/doctor/{id}")));
    assert!(ours(format!("p/.z3/doctor/{id}.parts")));
    for key in ["", "p/tank/a@b", "p/.z3/doctor/", "p/.z3/doctor/notes"] {
        assert!(!ours(key.to_owned()), "{key}");
    }
    for key in [
        format!("p/{id}"),
        format!("p/.z3/doctor/{id}0"),
        format!("p/.z3/doctor/x/{id}"),
        format!("p/.z3/doctor/{id}.parts.parts"),
        format!("p/.z3/doctor/{}", id.replace('a', "g")),
    ] {
        assert!(!ours(key.clone()), "{key}");
    }
}
