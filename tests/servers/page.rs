//! doc/endpoints.md: what was seen stands between marks, the rest is written by hand.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::CASES;
use crate::place::{SERVERS, name};
use crate::verdict::Verdict;

const BEGIN: &str = ": written by make test-servers -->\n";
const END: &str = "<!-- end -->";

pub struct Page(String);

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/endpoints.md")
}

impl Page {
    pub fn read() -> Self {
        Self(fs::read_to_string(path()).unwrap())
    }

    /// Writes what was seen, and says if that changes the page. What is worse than it was, or fails, is a failure.
    pub fn finish(mut self, seen: &[Vec<Verdict>]) {
        let was = self.0.clone();
        self.put("table", &table(seen));
        for (server, verdicts) in SERVERS.iter().zip(seen) {
            self.put(name(*server), &oddities(verdicts));
        }
        if self.0 == was {
            return println!("doc/endpoints.md says what was seen");
        }
        fs::write(path(), &self.0).unwrap();
        let worse = worse(&was, &self.0);
        println!("doc/endpoints.md was written anew, look at 'git diff'");
        assert!(worse.is_empty(), "worse than before:\n{}", worse.join("\n"));
    }

    fn put(&mut self, mark: &str, text: &str) {
        let begin = format!("<!-- {mark}{BEGIN}");
        let (before, rest) = self.0.split_once(&begin).expect(mark);
        let (_, after) = rest.split_once(END).expect(mark);
        self.0 = format!("{before}{begin}\n{text}\n{END}{after}");
    }
}

fn table(seen: &[Vec<Verdict>]) -> String {
    let names: Vec<&str> = SERVERS.iter().map(|server| name(*server)).collect();
    let mut text = format!(
        "| | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for (at, case) in CASES.iter().enumerate() {
        let words: Vec<&str> = seen.iter().map(|verdicts| verdicts[at].word()).collect();
        writeln!(text, "| {} | {} |", case.name, words.join(" | ")).unwrap();
    }
    text
}

fn oddities(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    for (case, verdict) in CASES.iter().zip(verdicts) {
        match verdict {
            Verdict::Works => continue,
            Verdict::Odd(sentences) => writeln!(text, "* *{}*: {}", case.name, sentences.join(" ")),
            Verdict::Fails(said) => writeln!(text, "* **{} fails**: `{said}`", case.name),
        }
        .unwrap();
    }
    if text.is_empty() {
        text.push_str("Nothing is odd.\n");
    }
    text
}

/// The rows of the table of which a cell has got worse.
fn worse(was: &str, is: &str) -> Vec<String> {
    let rank = |cell: &str| {
        ["works", "odd"]
            .iter()
            .position(|word| *word == cell)
            .unwrap_or(2)
    };
    let rows = |text: &str| -> Vec<Vec<String>> {
        let rows = text.lines().filter(|line| line.starts_with("| "));
        let cells = |row: &str| {
            row.split(" | ")
                .map(|cell| cell.trim_matches(['|', ' ']).to_owned())
                .collect()
        };
        rows.map(cells).collect()
    };
    let old = rows(was);
    let is_worse = |row: &&Vec<String>| {
        let before = old
            .iter()
            .find(|before| before[0] == row[0] && before.len() == row.len());
        before.is_some_and(|before| {
            row.iter()
                .zip(before)
                .skip(1)
                .any(|(now, then)| rank(now) > rank(then))
        })
    };
    let now = rows(is);
    now.iter()
        .filter(is_worse)
        .map(|row| row.join(" | "))
        .collect()
}
