//! The words as monitoring reads them.

use super::*;
use crate::catalog::Creation;

const LIMITS: Limits = Limits {
    max_age: Duration::from_secs(93_600),
    warn_age: Some(Duration::from_secs(86_400)),
    chain: None,
    count: Some(9),
    only_age: false,
    may_be_empty: false,
};

fn row(dataset: &str, age: u64) -> CheckRow {
    let made = Creation {
        seconds: 1_000_000 - age,
        exact: true,
    };
    let seen = Seen {
        now: 1_000_000,
        newest: Some(("daily-1".into(), made)),
        healthy: 3,
        stored_bytes: 77,
        ..Seen::default()
    };
    CheckRow {
        dataset: Some(dataset.to_owned()),
        prefix: "d".to_owned(),
        findings: seen.judge(&LIMITS),
        seen: Some((seen, LIMITS)),
    }
}

#[test]
fn one_dataset_is_one_line() {
    assert_eq!(
        text(&[row("tank/a b", 18_000)]),
        "Z3 OK - tank/a b: newest 5h old (@daily-1) | 'tank/a b'=18000s;86400;93600;0 \
         'tank/a b backups'=3;9;;0 'tank/a b stored'=77B;;;0\n"
    );
}

#[test]
fn of_several_the_worst_comes_first() {
    let rows = [row("a", 18_000), row("b", 90_000), row("c", 180_000)];
    let told = text(&rows);
    let mut lines = told.lines();
    let first = lines.next().unwrap();
    assert!(
        first.starts_with(
            "Z3 CRITICAL - c: newest 50h old (@daily-1), more than 26h, 1 of 3 ok | 'a'=18000s;"
        ),
        "{first}"
    );
    let rest: Vec<&str> = lines.collect();
    assert_eq!(
        rest,
        [
            "OK a: newest 5h old (@daily-1)",
            "WARNING b: newest 25h old (@daily-1), more than 24h",
            "CRITICAL c: newest 50h old (@daily-1), more than 26h",
        ]
    );
    assert_eq!(verdict(&rows).unwrap_err().exit_status(), 2);
    let well = [row("a", 1000), row("b", 2000)];
    assert!(text(&well).starts_with("Z3 OK - b: newest 33m old (@daily-1), 2 of 2 ok | "));
    assert!(verdict(&well).is_ok());
}

#[test]
fn foreign_text_makes_no_values_and_no_lines() {
    let evil = Error::refused("a|b\n'x'=1\u{1b}[2J");
    let told = text(&[CheckRow::failed(None, &evil)]);
    assert_eq!(told, "Z3 UNKNOWN - a?b?'x'=1?[2J\n");
    assert_eq!(label("it's=a|b", " stored"), "'it''s_a?b stored'");
    let long = Error::refused("x".repeat(9999));
    assert!(text(&[CheckRow::failed(None, &long)]).len() < 500);
    let told = misused("z3 check: there is no flag --x\nUsage: z3 check [--all | --pool]\n");
    assert_eq!(
        told,
        "Z3 UNKNOWN - z3 check: there is no flag --x\nUsage: z3 check [--all ? --pool]\n"
    );
}

/// What a run before has written would keep an alert on its age quiet.
#[test]
fn that_no_backup_is_good_any_more_is_measured() {
    let measured = |seen: Seen| {
        let mut metrics = Metrics::default();
        let row = CheckRow {
            seen: Some((seen, LIMITS)),
            ..row("a", 0)
        };
        row.measure(&mut metrics);
        let mut never = Metrics::default();
        row.measure(&mut never);
        never.set("z3_newest_backup_timestamp_seconds", &["a", "d"], 0);
        metrics == never
    };
    let of = |broken, unread| Seen {
        broken,
        unread,
        ..Seen::default()
    };
    assert!(measured(of(1, 0)));
    assert!(!measured(of(1, 1)), "who knows");
    assert!(!measured(of(0, 0)), "nothing was ever stored");
}
