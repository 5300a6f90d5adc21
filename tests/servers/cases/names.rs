//! Keys, metadata and lists of them.

use crate::place::{Place, many};
use crate::support::{Z3, noise};
use crate::verdict::Seen;

/// Two more than a page holds.
const CROWD: usize = 1002;

/// Those of these names under which something else than what was stored there, or nothing, is found, by z3 or by the observer.
fn lost<'a>(z3: &Z3, names: &[&'a str]) -> Vec<&'a str> {
    let bodies = || names.iter().zip(1..);
    let refused = bodies().filter(|(name, seed)| {
        let put = z3.program("pput", ["--quiet", &z3.key(name)]);
        let ended = put.stdin(noise(1000, *seed)).run();
        !ended.status.success()
    });
    let mut wrong: Vec<&str> = refused.map(|(name, _)| *name).collect();
    let listed = z3.keys();
    for (name, seed) in bodies() {
        let got = z3.program("z3_get", [z3.key(name)]).run();
        let same = got.status.success() && got.stdout == noise(1000, seed);
        let whole = same && listed.iter().any(|key| key == name);
        if !whole && !wrong.contains(name) {
            wrong.push(name);
        }
    }
    wrong
}

pub fn keys(place: &Place, _: &mut Seen) {
    let z3 = place.corner("keys");
    let names = [
        "a b",
        "a  b",
        "a+b",
        "a%20b",
        "100%",
        "a~b",
        "a&b=c",
        "a?b#c",
        "it's \"quoted\"",
        "<a>;$(b)`c`",
        "Ünï/日本",
        "tank/fs@daily-1:a_b.c",
    ];
    let lost = lost(&z3, &names);
    assert!(lost.is_empty(), "lost: {lost:?}");
}

pub fn slashes(place: &Place, seen: &mut Seen) {
    let z3 = place.corner("slashes");
    let mut names = vec!["a//b", "/c", "d/", "h\\i", "dir", "dir/x"];
    // Not every curl can delete these again.
    if !place.is_own() {
        names.extend(["e/../f", "./g"]);
    }
    let lost = lost(&z3, &names);
    if !lost.is_empty() {
        let lost: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
        seen.odd(format!(
            "These keys are refused, or taken for others: {}. No name of a dataset or a snapshot makes such a key; an S3_PREFIX must not hold them.",
            lost.join(", ")
        ));
    }
}

pub fn metadata(place: &Place, _: &mut Seen) {
    let z3 = place.corner("metadata");
    let values = [
        ("blanks", "two  blanks ", "two %20blanks%20"),
        ("percent", "100% %41", "100%25 %2541"),
        ("letters", "Ünï 日本", "%C3%9Cn%C3%AF %E6%97%A5%E6%9C%AC"),
        ("equals", "a=b=c", "a=b=c"),
    ];
    let mut arguments = vec!["--quiet".to_owned(), z3.key("a")];
    for (name, value, _) in values {
        arguments.extend(["--meta".to_owned(), format!("{name}={value}")]);
    }
    z3.program("pput", arguments).stdin("x").run().expect_ok();
    let stored = z3.bucket.head(&z3.key("a")).expect("no object").metadata;
    for (name, _, sent) in values {
        assert_eq!(stored.get(name).map(String::as_str), Some(sent));
    }
}

/// Each a full of its own, as far as its metadata tell.
pub fn pages(place: &Place, _: &mut Seen) {
    let z3 = place.corner("pages");
    let keys: Vec<String> = (0..CROWD)
        .map(|number| z3.snapshot_key(&format!("daily-{number:04}")))
        .collect();
    let headers = [("isfull", "true"), ("guid", "1")]
        .map(|(name, value)| (format!("x-amz-meta-{name}"), value.to_owned()));
    many(&z3.bucket, "PUT", &keys, &headers);
    let listed = z3.z3(["verify", "--level", "list", "--json"]).run();
    let seen = listed.told("verdict").len();
    assert_eq!(seen, CROWD, "{}", listed.stderr);
    many(&z3.bucket, "DELETE", &keys, &[]);
}
