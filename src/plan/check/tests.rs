//! What the rules make of what was seen.

use super::*;
use crate::catalog::{Catalog, Stored};
use crate::label::Label;
use crate::name::{Dataset, FullName};
use crate::selection::Selection;
use crate::store::Head;

const NOW: u64 = 1_790_000_000;
const HOUR: u64 = 3600;

const LIMITS: Limits = Limits {
    max_age: Duration::from_secs(26 * HOUR),
    warn_age: None,
    chain: None,
    count: None,
    only_age: false,
    may_be_empty: false,
};

/// A backup of so many hours ago; without a parent it is a full one.
fn stored(name: &str, hours: u64, parent: Option<&str>) -> Stored {
    Stored {
        name: name.into(),
        label: Label {
            full: parent.is_none(),
            parent: parent.map(|parent| FullName::of("tank/fs", parent)),
            creation: Some(NOW - hours * HOUR),
            ..Label::default()
        },
        head: Head {
            size_bytes: 10,
            ..Head::default()
        },
        ..Stored::default()
    }
}

fn seen(stored: Vec<Stored>) -> Seen {
    let dataset = Dataset::parse("tank/fs").unwrap();
    let selection = Selection::prefixes("d").unwrap();
    Seen::of(&Catalog::of(&dataset, stored), &selection, NOW)
}

fn told(seen: &Seen, limits: &Limits) -> (CheckState, String) {
    let findings = seen.judge(limits);
    let texts: Vec<&str> = findings.iter().map(|one| one.text.as_str()).collect();
    (worst(&findings), texts.join("; "))
}

#[test]
fn the_newest_that_is_meant_and_can_be_restored_counts() {
    let seen = seen(vec![
        stored("d1", 50, None),
        stored("d2", 30, Some("d1")),
        stored("hourly", 1, Some("d2")),
        stored("d3", 2, Some("gone")),
    ]);
    assert_eq!(seen.newest.as_ref().unwrap().0.as_str(), "d2");
    assert_eq!((seen.healthy, seen.broken, seen.chain), (2, 1, 2));
    assert_eq!(seen.stored_bytes, 30);
    let (state, text) = told(&seen, &LIMITS);
    assert_eq!(state, CheckState::Critical);
    assert_eq!(
        text,
        "newest 30h old (@d2), more than 26h; a newer one is broken (@d3: missing parent (tank/fs@gone))"
    );
    let only = Limits {
        only_age: true,
        ..LIMITS
    };
    assert_eq!(seen.judge(&only).len(), 1);
}

#[test]
fn ages_are_compared_to_the_second() {
    for (age, warn, state) in [
        (26 * HOUR, None, CheckState::Ok),
        (26 * HOUR + 1, None, CheckState::Critical),
        (25 * HOUR, Some(25 * HOUR), CheckState::Ok),
        (25 * HOUR + 1, Some(25 * HOUR), CheckState::Warning),
    ] {
        let mut one = stored("d1", 0, None);
        one.label.creation = Some(NOW - age);
        let limits = Limits {
            warn_age: warn.map(Duration::from_secs),
            ..LIMITS
        };
        assert_eq!(told(&seen(vec![one]), &limits).0, state, "{age}");
    }
}

#[test]
fn nothing_is_critical_and_nobody_knows_is_unknown() {
    let (state, text) = told(&seen(Vec::new()), &LIMITS);
    assert_eq!((state, text.as_str()), (CheckState::Critical, "no backup"));
    let allowed = Limits {
        may_be_empty: true,
        ..LIMITS
    };
    assert_eq!(told(&seen(Vec::new()), &allowed).0, CheckState::Ok);
    let lost = seen(vec![stored("d1", 1, Some("gone"))]);
    assert_eq!(told(&lost, &allowed).0, CheckState::Critical);
    let (state, text) = told(&lost, &LIMITS);
    assert_eq!(state, CheckState::Critical);
    assert_eq!(text, "no backup that can be restored, 1 are broken");
    let unread = Stored {
        first: Some(crate::catalog::First::Refused("AccessDenied".to_owned())),
        ..stored("d1", 1, None)
    };
    let (state, text) = told(&seen(vec![unread.clone()]), &LIMITS);
    assert_eq!(state, CheckState::Unknown, "{text}");
    let (state, text) = told(&seen(vec![unread, stored("d2", 1, None)]), &LIMITS);
    assert_eq!(state, CheckState::Unknown);
    assert!(text.ends_with("1 could not be looked at"), "{text}");
}

#[test]
fn what_is_of_the_future_is_never_the_newest() {
    let mut future = stored("d9", 0, None);
    future.label.creation = Some(NOW + 25 * HOUR);
    let (state, text) = told(&seen(vec![future.clone()]), &LIMITS);
    assert_eq!(state, CheckState::Unknown);
    assert_eq!(text, "@d9 was made in the future: a clock is wrong");
    let stale = seen(vec![future.clone(), stored("d1", 40, None)]);
    assert_eq!(told(&stale, &LIMITS).0, CheckState::Critical);
    let fresh = seen(vec![future.clone(), stored("d1", 4, None)]);
    assert_eq!(told(&fresh, &LIMITS).0, CheckState::Unknown);
    // Clocks differ a little.
    future.label.creation = Some(NOW + HOUR);
    let near = seen(vec![future]);
    assert_eq!(
        (near.age(), told(&near, &LIMITS).0),
        (Some(0), CheckState::Ok)
    );
    let mut last = stored("d8", 0, None);
    last.label.creation = Some(u64::MAX);
    assert_eq!(told(&seen(vec![last]), &LIMITS).0, CheckState::Unknown);
}

#[test]
fn the_rest_is_a_warning() {
    let fresh = || seen(vec![stored("d1", 2, None), stored("d2", 1, Some("d1"))]);
    let local = |stored, hours| NewestLocal {
        name: "d3".into(),
        creation: NOW - hours * HOUR,
        stored,
    };
    let with = |change: &dyn Fn(&mut Seen, &mut Limits)| {
        let (mut seen, mut limits) = (fresh(), LIMITS);
        change(&mut seen, &mut limits);
        told(&seen, &limits)
    };
    let text = |change: &dyn Fn(&mut Seen, &mut Limits)| {
        let (state, text) = with(change);
        assert_eq!(state, CheckState::Warning, "{text}");
        text.split("; ").nth(1).unwrap().to_owned()
    };
    assert_eq!(with(&|_, _| ()).0, CheckState::Ok);
    assert_eq!(
        text(&|_, limits| limits.chain = Some(1)),
        "a chain of 2 backups, more than 1"
    );
    assert_eq!(
        text(&|_, limits| limits.count = Some(1)),
        "2 backups, more than 1: pruning is behind"
    );
    assert_eq!(
        text(&|seen, _| seen.uploads = Some((5, 2))),
        "2 unfinished uploads stand still"
    );
    assert_eq!(
        text(&|seen, _| seen.pool = Some(Ok(Some(local(false, 30))))),
        "the pool's newest @d3 is 30h old and not stored"
    );
    assert_eq!(
        text(&|seen, _| seen.pool = Some(Ok(None))),
        "the pool has no such snapshot"
    );
    for (stored, hours) in [(true, 30), (false, 3)] {
        let pool =
            |seen: &mut Seen, _: &mut Limits| seen.pool = Some(Ok(Some(local(stored, hours))));
        assert_eq!(with(&pool).0, CheckState::Ok);
    }
    let failed = |seen: &mut Seen, _: &mut Limits| seen.pool = Some(Err("no zfs".to_owned()));
    assert_eq!(with(&failed).0, CheckState::Unknown);
}

#[test]
fn spans_are_short() {
    let told = [0, 119, 120, 7_199, 7_200, 345_599, 345_600].map(span);
    assert_eq!(told, ["0s", "119s", "2m", "119m", "2h", "95h", "4d"]);
}
