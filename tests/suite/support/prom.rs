//! Prometheus' text format, read as strictly as the textfile collector and `promtool check metrics` do: what they would refuse, or
//! complain of, fails here.

use std::collections::{BTreeMap, BTreeSet};

/// Suffixes that belong to other types than gauges.
const TYPED: [&str; 6] = ["_total", "_bucket", "_count", "_sum", "_gauge", "_counter"];
/// Abbreviated units, and those that are no base units.
const UNITS: [&str; 9] = [
    "s", "ms", "sec", "minutes", "hours", "days", "kb", "mb", "gib",
];

/// The value of each series, as `name{label="value",...}`.
pub fn read(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'), "the last line has no end");
    let (mut series, mut over) = (BTreeMap::new(), BTreeSet::new());
    let (mut helped, mut typed) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && over.insert(name.to_owned()), "{line}");
            helped = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{helped} gauge"), "{line}");
            typed = helped.clone();
        } else {
            let (name, labels, value) = sample(line).unwrap_or_else(|| panic!("{line}"));
            assert!(name == typed && is_well_named(name), "{line}");
            let one = format!("{name}{{{labels}}}");
            assert!(series.insert(one, value).is_none(), "twice: {line}");
        }
    }
    series
}

/// Name, labels and value of a line that has no time: the collector refuses a file with times.
fn sample(line: &str) -> Option<(&str, &str, f64)> {
    let (name, rest) = line.split_once('{')?;
    let (mut at, mut names) = (0, BTreeSet::new());
    loop {
        let (label, after) = rest.get(at..)?.split_once("=\"")?;
        if !is_name(label) || !names.insert(label) {
            return None;
        }
        let value = rest.len() - after.len();
        at = value + quoted(after)?;
        match rest.as_bytes().get(at)? {
            b',' => at += 1,
            b'}' => break,
            _ => return None,
        }
    }
    let value = rest.get(at + 1..)?.strip_prefix(' ')?;
    Some((name, rest.get(..at)?, value.parse().ok()?))
}

/// Where a value behind its first quote ends: `\\`, `\"` and `\n` are all escapes that there are.
fn quoted(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => matches!(bytes.next()?.1, b'\\' | b'"' | b'n').then_some(())?,
            _ => {}
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

fn is_well_named(name: &str) -> bool {
    let typed = TYPED.iter().any(|suffix| name.ends_with(suffix));
    let unit = name.split('_').any(|word| UNITS.contains(&word));
    is_name(name) && !typed && !unit
}

#[test]
fn what_promtool_refuses_is_refused() {
    let good = "# HELP z3_x What it is.\n# TYPE z3_x gauge\nz3_x{a=\"o\\\"d,d}\\\\\",b=\"\"} 1\n";
    assert_eq!(read(good).len(), 1);
    let wrong = [
        ("} 1\n", "} 1 1700000000\n"),
        ("} 1\n", "} one\n"),
        ("} 1\n", "} 1"),
        ("# HELP z3_x What it is.\n", ""),
        ("gauge", "counter"),
        ("b=", "a="),
        ("\\\\", "\\x"),
        ("z3_x", "z3_x_total"),
        ("z3_x", "z3_x_ms"),
        ("z3_x{", "z3_y{"),
    ];
    for (from, to) in wrong {
        let text = good.replace(from, to);
        assert!(std::panic::catch_unwind(|| read(&text)).is_err(), "{text}");
    }
}
