//! What is a rule, and when it is met.

use super::*;
use crate::calendar;

fn at(text: &str) -> u64 {
    calendar::read(&format!("{text}:00Z")).unwrap()
}

fn begins(rule: &str, chain: &Chain, creation: &str) -> bool {
    let rule = FullEvery::parse(rule).unwrap();
    let reason = rule.reason(chain, at(creation), Calendar::default());
    reason.is_some()
}

#[test]
fn periods_are_those_of_the_calendar() {
    for (rule, began, last, first) in [
        (
            "week",
            "2026-11-23T00:00",
            "2026-11-29T23:59",
            "2026-11-30T00:00",
        ),
        (
            "month",
            "2024-02-01T00:00",
            "2024-02-29T23:59",
            "2024-03-01T00:00",
        ),
        (
            "quarter",
            "2026-10-05T09:00",
            "2026-12-31T23:59",
            "2027-01-01T00:00",
        ),
        (
            "year",
            "2026-06-01T00:00",
            "2026-12-31T23:59",
            "2027-01-01T00:00",
        ),
        (
            "30d",
            "2026-01-01T12:00",
            "2026-01-31T11:59",
            "2026-01-31T12:00",
        ),
        (
            "year,30d",
            "2026-01-01T12:00",
            "2026-01-31T11:59",
            "2026-01-31T12:00",
        ),
    ] {
        let chain = Chain {
            began: Some(at(began)),
            ..Chain::default()
        };
        assert!(!begins(rule, &chain, last), "{rule}");
        assert!(begins(rule, &chain, first), "{rule}");
        // A clock was wrong, now or when the chain began: the next one begins a chain that ends.
        assert!(begins(rule, &chain, "2020-01-01T00:00"), "{rule}");
        assert!(
            !begins(rule, &Chain::default(), first),
            "{rule}: nobody knows"
        );
    }
}

#[test]
fn counts_and_ratios_need_no_time() {
    let chain = Chain {
        increments: 9,
        full_bytes: 1000,
        increment_bytes: 1499,
        ..Chain::default()
    };
    for (rule, expected) in [
        ("never", false),
        ("10", false),
        ("9", true),
        ("ratio:1.5", false),
        ("ratio:1.499", true),
        ("ratio:2, 9", true),
    ] {
        assert_eq!(begins(rule, &chain, "2026-01-01T00:00"), expected, "{rule}");
    }
    let unsent = Chain {
        full_bytes: 0,
        ..chain
    };
    assert!(!begins("ratio:0.001", &unsent, "2026-01-01T00:00"));
}

#[test]
fn what_is_no_rule_is_refused() {
    for text in [
        "",
        "0",
        "0d",
        "-1",
        "+5",
        "1h",
        "day",
        "ratio:",
        "ratio:0",
        "ratio:-1",
        "ratio:NaN",
        "ratio:inf",
        "week,",
        "never,week",
        "99999999999",
    ] {
        let error = FullEvery::parse(text).unwrap_err();
        assert!(error.starts_with("expected never, or week,"), "{text}");
    }
    assert!(FullEvery::parse("never").unwrap().is_never());
}
