//! Objects that z3 has not put into the bucket as they are: what holds no stream, what has lost its metadata, what a server
//! has made of it. Every command has to say the same of them.

mod kept;
mod no_metadata;
mod no_stream;
mod not_described;

use crate::support::{Ended, Z3};

/// The cells of a row of the status table, without the size.
fn row(z3: &Z3, name: &str) -> String {
    let status = z3.says(["status"]);
    let cells = |line: &str| {
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        cells.get(..5).unwrap_or_default().join(",")
    };
    let begin = format!("{name},");
    let found = status
        .lines()
        .map(cells)
        .find(|row| row.starts_with(&begin));
    found.unwrap_or_else(|| panic!("no {name} in\n{status}"))
}

fn expect_said(ended: &Ended, words: &[&str]) {
    let all = format!("{}{}", ended.text(), ended.stderr);
    for word in words {
        assert!(all.contains(word), "no '{word}' in\n{all}");
    }
}
