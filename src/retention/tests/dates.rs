//! The boundaries of the calendar, and which one stands for a period.

use super::*;
use crate::calendar::Calendar;

fn made(times: &[&str]) -> Vec<Object> {
    let one = |time: &&str| full(time, calendar::read(&format!("{time}Z")).unwrap());
    times.iter().map(one).collect()
}

/// The names of those that some rule of the policy keeps.
fn kept(objects: &[Object], keep: Keep) -> Vec<&str> {
    let pruning = prune(objects, &keeping(keep), noon("2100-01-01"));
    let of_rule = |reason: &Reason| matches!(reason, Reason::Rule(..) | Reason::Within);
    let kept = objects.iter().zip(&pruning.verdicts);
    let kept = kept.filter(|(_, verdict)| verdict.reasons.iter().any(of_rule));
    kept.map(|(one, _)| one.name.as_str()).collect()
}

#[test]
fn a_second_decides_in_which_period_it_is() {
    let daily = Keep {
        daily: 9,
        ..Keep::default()
    };
    let objects = made(&[
        "2024-02-28T23:59:59",
        "2024-02-29T00:00:00",
        "2024-02-29T23:59:59",
        "2024-03-01T00:00:00",
    ]);
    let expected = [
        "2024-02-28T23:59:59",
        "2024-02-29T00:00:00",
        "2024-03-01T00:00:00",
    ];
    assert_eq!(kept(&objects, daily.clone()), expected);
    let shifted = Keep {
        calendar: Calendar::parse("03:00").unwrap(),
        ..daily
    };
    let objects = made(&[
        "2024-03-01T02:59:58",
        "2024-03-01T02:59:59",
        "2024-03-01T03:00:00",
    ]);
    let expected = ["2024-03-01T02:59:58", "2024-03-01T03:00:00"];
    assert_eq!(kept(&objects, shifted), expected);
}

#[test]
fn weeks_are_those_of_iso() {
    // Week 53 of 2026 has days of both years.
    let objects = made(&[
        "2026-12-27T23:59:59",
        "2026-12-28T00:00:00",
        "2026-12-31T12:00:00",
        "2027-01-03T23:59:59",
        "2027-01-04T00:00:00",
    ]);
    let weekly = Keep {
        weekly: 9,
        ..Keep::default()
    };
    let expected = [
        "2026-12-27T23:59:59",
        "2026-12-28T00:00:00",
        "2027-01-04T00:00:00",
    ];
    assert_eq!(kept(&objects, weekly), expected);
    let yearly = Keep {
        yearly: 9,
        ..Keep::default()
    };
    let expected = ["2026-12-27T23:59:59", "2027-01-03T23:59:59"];
    assert_eq!(kept(&objects, yearly), expected);
}

#[test]
fn periods_count_that_have_one() {
    let objects = made(&[
        "2020-01-01T00:00:00",
        "2023-01-01T00:00:00",
        "2024-01-01T00:00:00",
        "2024-06-01T00:00:00",
    ]);
    for (monthly, names) in [(1, 1), (2, 2), (4, 4), (u64::MAX, 4)] {
        let keep = Keep {
            monthly,
            ..Keep::default()
        };
        assert_eq!(kept(&objects, keep).len(), names, "{monthly}");
    }
    let both = Keep {
        hourly: 1,
        yearly: 3,
        ..Keep::default()
    };
    let pruning = prune(&objects, &keeping(both), noon("2100-01-01"));
    assert_eq!(why(&pruning, 3), "hourly 1, newest");
    assert_eq!(why(&pruning, 2), "yearly 1");
    assert_eq!(why(&pruning, 0), "yearly 3");
}

#[test]
fn within_counts_from_the_newest() {
    let objects = made(&[
        "2024-01-01T11:59:59",
        "2024-01-01T12:00:00",
        "2024-01-02T00:00:00",
    ]);
    let keep = Keep {
        within_seconds: 12 * 3600,
        ..Keep::default()
    };
    let expected = ["2024-01-01T12:00:00", "2024-01-02T00:00:00"];
    assert_eq!(kept(&objects, keep), expected);
}

#[test]
fn the_first_full_that_was_stored_stands_for_its_period() {
    let monthly = || Keep {
        monthly: 1,
        ..Keep::default()
    };
    let day = |day: &str| noon(&format!("2024-05-{day}"));
    // No full: the first.
    let mut objects = vec![
        full("0", noon("2024-04-01")),
        on(0, "1", day("01")),
        on(1, "2", day("02")),
        on(2, "3", day("03")),
    ];
    assert_eq!(kept(&objects, monthly()), ["1"]);
    // A full beats what came before it, a second one does not.
    objects[2] = full("2", day("02"));
    objects.push(full("4", day("04")));
    assert_eq!(kept(&objects, monthly()), ["2"]);
    // One that was replaced has been stored later.
    objects[2].stored = Some(day("09"));
    assert_eq!(kept(&objects, monthly()), ["4"]);
    // Stored in one second: the older snapshot, then the name.
    objects[4].stored = Some(day("09"));
    assert_eq!(kept(&objects, monthly()), ["2"]);
    objects[4].created = objects[2].created;
    objects[2].name = "9".into();
    assert_eq!(kept(&objects, monthly()), ["4"]);
}
