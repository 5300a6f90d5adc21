//! The boundaries of every period, and how times are written.

use super::Period::*;
use super::*;

const ALL: [Period; 6] = [Hour, Day, Week, Month, Quarter, Year];

fn names(text: &str) -> [String; 6] {
    let seconds = read(text).unwrap();
    ALL.map(|period| Calendar::default().name(period, seconds))
}

#[test]
fn every_period_has_its_usual_name() {
    for (text, expected) in [
        (
            "1970-01-01T00:00:00Z",
            [
                "1970-01-01 00h",
                "1970-01-01",
                "1970-W01",
                "1970-01",
                "1970-Q1",
                "1970",
            ],
        ),
        (
            "2024-02-29T23:59:59Z",
            [
                "2024-02-29 23h",
                "2024-02-29",
                "2024-W09",
                "2024-02",
                "2024-Q1",
                "2024",
            ],
        ),
        // The week of a day need not be of its year.
        (
            "2020-12-31T12:00:00Z",
            [
                "2020-12-31 12h",
                "2020-12-31",
                "2020-W53",
                "2020-12",
                "2020-Q4",
                "2020",
            ],
        ),
        (
            "2021-01-03T12:00:00Z",
            [
                "2021-01-03 12h",
                "2021-01-03",
                "2020-W53",
                "2021-01",
                "2021-Q1",
                "2021",
            ],
        ),
        (
            "2026-12-31T00:00:00Z",
            [
                "2026-12-31 00h",
                "2026-12-31",
                "2026-W53",
                "2026-12",
                "2026-Q4",
                "2026",
            ],
        ),
        (
            "2024-12-30T00:00:00Z",
            [
                "2024-12-30 00h",
                "2024-12-30",
                "2025-W01",
                "2024-12",
                "2024-Q4",
                "2024",
            ],
        ),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

/// A second before midnight and midnight, by what changes there.
#[test]
fn a_period_ends_with_its_last_second() {
    for (midnight, changed) in [
        ("2026-11-28T00:00:00Z", &[Hour, Day][..]),
        ("2026-11-30T00:00:00Z", &[Hour, Day, Week]),
        ("2024-02-29T00:00:00Z", &[Hour, Day]),
        ("2024-03-01T00:00:00Z", &[Hour, Day, Month]),
        ("2023-03-01T00:00:00Z", &[Hour, Day, Month]),
        ("2026-10-01T00:00:00Z", &[Hour, Day, Month, Quarter]),
        ("2026-01-01T00:00:00Z", &[Hour, Day, Month, Quarter, Year]),
        ("2024-01-01T00:00:00Z", &ALL),
        ("2021-01-04T00:00:00Z", &[Hour, Day, Week]),
    ] {
        let midnight = read(midnight).unwrap();
        for period in ALL {
            let number = |seconds| Calendar::default().number(period, seconds);
            let step = i64::from(changed.contains(&period));
            assert_eq!(
                number(midnight) - number(midnight - 1),
                step,
                "{midnight} {period:?}"
            );
        }
    }
}

/// Numbers and names change together, and numbers by one, through 40 years in odd steps.
#[test]
fn numbers_have_no_gaps() {
    for period in ALL {
        let calendar = Calendar::parse("03:30").unwrap();
        let place = |seconds| {
            (
                calendar.number(period, seconds),
                calendar.name(period, seconds),
            )
        };
        let step = if period == Hour { 1999 } else { 40_009 };
        let mut seconds = 0;
        let mut before = place(seconds);
        for _ in 0..32_000 {
            seconds += step;
            let now = place(seconds);
            assert!([0, 1].contains(&(now.0 - before.0)), "{before:?} {now:?}");
            assert_eq!(now.0 == before.0, now.1 == before.1, "{before:?} {now:?}");
            before = now;
        }
    }
}

#[test]
fn a_later_beginning_shifts_every_boundary() {
    let shifted = Calendar::parse("03:30").unwrap();
    let newyear = read("2026-01-01T03:30:00Z").unwrap();
    for period in [Hour, Day, Month, Quarter, Year] {
        let number = |seconds| shifted.number(period, seconds);
        assert_eq!(number(newyear) - number(newyear - 1), 1, "{period:?}");
    }
    assert_eq!(shifted.name(Year, newyear - 1), "2025");
    assert_eq!(shifted.name(Day, newyear - 1), "2025-12-31");
    // Before the first day began.
    assert_eq!(shifted.name(Day, 0), "1969-12-31");
}

#[test]
fn the_beginning_of_a_day_is_a_time() {
    assert_eq!(Calendar::parse("00:00"), Ok(Calendar::default()));
    assert!(Calendar::parse("23:59").is_ok());
    for text in [
        "",
        "3",
        "3:00",
        "24:00",
        "12:60",
        "03:00:00",
        "+3:00",
        "-1:00",
        "03:",
        "\u{663}:00",
    ] {
        let error = Calendar::parse(text).unwrap_err();
        assert_eq!(error, format!("expected a time like 03:00, got '{text}'"));
    }
}

#[test]
fn times_are_written_and_read() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_874_709, "2026-11-28T14:05:09Z"),
        (LAST_SECOND as u64, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(show(seconds), text);
        assert_eq!(read(text), Some(seconds));
    }
    assert_eq!(
        read(" 2026-11-28T15:05:09.999+01:00\n"),
        Some(1_795_874_709)
    );
    for text in [
        "",
        "2026-11-28",
        "2023-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "now",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn what_no_calendar_has_is_its_last_day() {
    for seconds in [u64::MAX, i64::MAX as u64, LAST_SECOND as u64 + 1] {
        assert_eq!(show(seconds), "9999-12-31T23:59:59Z");
        assert_eq!(Calendar::default().number(Year, seconds), 9999);
    }
}
