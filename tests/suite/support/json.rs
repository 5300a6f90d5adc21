//! The lines for programs: read by a JSON parser, and held to what `doc/json.md` says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::Ended;

impl Ended {
    /// The lines of one type.
    pub fn told(&self, kind: &str) -> Vec<Value> {
        let mut lines = lines(self.text(), self.status.code());
        lines.retain(|line| line["type"] == kind);
        lines
    }

    /// The only line of a type.
    pub fn one(&self, kind: &str) -> Value {
        let mut lines = self.told(kind);
        assert_eq!(lines.len(), 1, "{}", self.text());
        lines.remove(0)
    }

    /// The last line.
    pub fn end(&self) -> Value {
        serde_json::from_str(self.text().lines().last().unwrap()).unwrap()
    }
}

/// Every line of a whole text, the last of which is the end and tells the exit status.
pub fn lines(text: &str, status: Option<i32>) -> Vec<Value> {
    assert!(text.ends_with('\n'), "{text}");
    let read = |line: &str| {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let first = format!("{{\"type\":{}", value["type"]);
        assert!(line.starts_with(&first), "its type is not first: {line}");
        value
    };
    let lines: Vec<Value> = text.lines().map(read).collect();
    let (end, others) = lines.split_last().unwrap();
    assert!(end["type"] == "end" && end["version"] == 1, "{text}");
    assert_eq!(end["exit_status"].as_i64(), status.map(i64::from), "{text}");
    assert_eq!(end["error"].is_null(), status == Some(0), "{text}");
    assert!(others.iter().all(|line| line["type"] != "end"), "{text}");
    lines
}

/// What the page says: of each type, its fields and what they hold.
pub struct Page {
    text: String,
    types: BTreeMap<String, BTreeMap<String, String>>,
    /// The types that occurred, and their fields that were not null.
    seen: BTreeMap<String, BTreeSet<String>>,
}

impl Page {
    pub fn read() -> Self {
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/json.md")).unwrap();
        let mut types: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut kind = None;
        for line in text.lines() {
            if line.starts_with('#') {
                let title = line
                    .strip_prefix("### `")
                    .and_then(|rest| rest.strip_suffix('`'));
                kind = title.map(|title| free(&types, title));
                types.extend(kind.clone().map(|kind| (kind, BTreeMap::new())));
            }
            let cells: Vec<&str> = line.split(" | ").collect();
            let field = cells[0]
                .strip_prefix("| `")
                .and_then(|cell| cell.strip_suffix('`'));
            if let (Some(kind), Some(field)) = (&kind, field) {
                let fields = types.get_mut(kind).unwrap();
                fields.insert(field.to_owned(), cells[1].trim().to_owned());
            }
        }
        Self {
            text,
            types,
            seen: BTreeMap::new(),
        }
    }

    /// Each line has exactly the fields of its type, and each field what the page says.
    pub fn hold(&mut self, line: &Value) {
        let kind = line["type"].as_str().unwrap();
        let there = line
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "type");
        let names: BTreeSet<&String> = there.clone().map(|(name, _)| name).collect();
        let same = |(known, fields): &(&String, &BTreeMap<String, String>)| {
            known.trim_end_matches('\'') == kind && fields.keys().collect::<BTreeSet<_>>() == names
        };
        let (kind, fields) = (self.types.iter().find(same))
            .unwrap_or_else(|| panic!("no type {kind} with these fields: {line}"));
        if let Some(error) = line.get("error").and_then(Value::as_object) {
            let names: Vec<&String> = error.keys().collect();
            assert_eq!(names, ["hint", "kind", "text"], "{line}");
            let row = format!("\n| `{}` |", error["kind"].as_str().unwrap());
            assert!(self.text.contains(&row), "{line}");
        }
        let seen = self.seen.entry(kind.clone()).or_default();
        for (name, value) in there {
            assert!(holds(&fields[name], value), "{kind} {name}: {line}");
            if !value.is_null() {
                seen.insert(name.clone());
            }
        }
    }

    /// Everything that the page names has occurred.
    pub fn expect_all(&self) {
        for (kind, fields) in &self.types {
            let seen = self
                .seen
                .get(kind)
                .unwrap_or_else(|| panic!("no line of {kind}"));
            assert_eq!(seen, &fields.keys().cloned().collect(), "{kind}");
        }
    }
}

/// Two programs may have a type of one name: the later one has a mark behind it here.
fn free(types: &BTreeMap<String, BTreeMap<String, String>>, title: &str) -> String {
    let mut kind = title.to_owned();
    while types.contains_key(&kind) {
        kind.push('\'');
    }
    kind
}

/// Whether a value is what the page says of it: `text`, `text or null`.
fn holds(what: &str, value: &Value) -> bool {
    match what.strip_suffix(" or null") {
        Some(what) => value.is_null() || holds(what, value),
        None => match what {
            "text" => value.is_string(),
            "guid" => value
                .as_str()
                .is_some_and(|text| text.parse::<u64>().is_ok()),
            "number" | "bytes" | "time" => value.is_u64(),
            "money" => value.is_f64(),
            "yes or no" => value.is_boolean(),
            "list of texts" => value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
            "object" => value.is_object(),
            other => panic!("the page says '{other}'"),
        },
    }
}
