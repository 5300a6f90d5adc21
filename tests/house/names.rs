//! One word per thing: a name of a type that is seen beyond its module means one type.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::source::{place, rust_files, shipped, word};

/// What takes a full name apart, or puts one together: `tank/spam@daily-1`.
const FULL_NAMES: [&str; 6] = [
    "split('@'",
    "split_once('@'",
    "_prefix('@'",
    "find('@'",
    "}@{",
    "}@\"",
];

#[test]
fn types_have_names_of_their_own() {
    let mut homes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in rust_files("src") {
        for name in seen_types(&shipped(&file)) {
            homes.entry(name).or_default().push(file.clone());
        }
    }
    assert!(homes.len() > 200);
    homes.retain(|_, files| files.len() > 1);
    assert!(homes.is_empty(), "several types of one name: {homes:#?}");
}

/// A name behind the `@`, a full name and a key are of one kind of text, and easily mixed up.
#[test]
fn full_names_are_made_and_taken_apart_in_one_place() {
    let mut wrong = Vec::new();
    for file in rust_files("src") {
        if place(&file).is_none_or(|(room, _)| room == "name") {
            continue;
        }
        let lines = shipped(&file);
        let found = lines
            .iter()
            .filter(|line| FULL_NAMES.iter().any(|form| line.contains(form)));
        wrong.extend(found.map(|line| format!("{}: {}", file.display(), line.trim())));
    }
    assert!(
        wrong.is_empty(),
        "only src/name does that:\n{}",
        wrong.join("\n")
    );
}

/// The types that a file shows to others, by the layout that rustfmt gives their declarations.
fn seen_types(lines: &[String]) -> Vec<String> {
    let name = |line: &String| {
        let rest = line.trim_start().strip_prefix("pub")?;
        let rest = match rest.strip_prefix('(') {
            Some(limited) => limited.split_once(')')?.1,
            None => rest,
        };
        let (kind, rest) = rest.trim_start().split_once(' ')?;
        let declares = ["struct", "enum", "trait", "type"].contains(&kind);
        declares.then(|| word(rest).to_owned())
    };
    lines.iter().filter_map(name).collect()
}

#[test]
fn every_way_to_show_a_type_is_found() {
    let lines = [
        "pub struct Dataset(String);",
        "    pub(crate) enum Health {",
        "pub(in crate::s3) type Answer<'a> = &'a str;",
        "pub trait Item {",
        "struct Own;",
        "pub fn enumerate() {",
        "pub use crate::stream::Check;",
    ]
    .map(str::to_owned);
    assert_eq!(seen_types(&lines), ["Dataset", "Health", "Answer", "Item"]);
}
