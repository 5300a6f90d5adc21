//! The tables of doc/guarantees.md: written from what was observed, or compared with it.

use std::fs;
use std::path::{Path, PathBuf};

use super::strike::Victim;

/// What was observed of one case, in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// How z3 ended.
    pub end: String,
    /// What was there then.
    pub after: String,
    /// What the next run did.
    pub next: String,
}

/// One table.
pub struct Table {
    name: &'static str,
    rows: Vec<String>,
    /// Victim, moments and reason of what cannot happen; they come last.
    none: Vec<(&'static str, Vec<&'static str>, &'static str)>,
}

impl Table {
    pub fn of(name: &'static str) -> Self {
        Self {
            name,
            rows: Vec::new(),
            none: Vec::new(),
        }
    }

    /// Whether all of it is to be observed.
    pub fn whole(&self) -> bool {
        std::env::var("Z3T_GUARANTEES").is_ok_and(|value| value == "all")
    }

    pub fn row(&mut self, victim: Victim, moment: &str, seen: &Seen) {
        let (victim, Seen { end, after, next }) = (victim.text(self.name), seen);
        let row = format!("| {victim} | {moment} | {end} | {after} | {next} |");
        println!("{row}");
        self.rows.push(row);
    }

    /// A case that cannot happen.
    pub fn none(&mut self, victim: Victim, moment: &'static str, why: &'static str) {
        let victim = victim.text(self.name);
        match self.none.last_mut() {
            Some((same, moments, reason)) if *same == victim && *reason == why => {
                moments.push(moment);
            }
            _ => self.none.push((victim, vec![moment], why)),
        }
    }

    /// Writes the whole table into the document, and says if that changes it; a part of it has to be there already.
    pub fn finish(self) {
        let text = fs::read_to_string(path()).unwrap();
        if !self.whole() {
            for row in &self.rows {
                assert!(text.contains(row), "not in doc/guarantees.md: {row}");
            }
            return;
        }
        let (begin, end) = (
            format!("<!-- {}: written by make soak -->\n", self.name),
            "<!-- end -->",
        );
        let (before, rest) = text.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(end).unwrap();
        let observed = format!("{before}{begin}{}{end}{after}", self.text());
        if observed == text {
            println!(
                "doc/guarantees.md says of a {} what was observed",
                self.name
            );
        } else {
            fs::write(path(), observed).unwrap();
            println!(
                "doc/guarantees.md SAID SOMETHING ELSE of a {}: it was written anew, look at 'git diff'",
                self.name
            );
        }
    }

    fn text(&self) -> String {
        let place = match self.name {
            "backup" => "In the bucket then",
            _ => "In the pool then",
        };
        let mut text = format!(
            "\n| What breaks | When | z3 ends with | {place} | The next run |\n|---|---|---|---|---|\n"
        );
        for row in &self.rows {
            text += row;
            text += "\n";
        }
        text += "\nWhat cannot happen:\n\n";
        for (victim, moments, why) in &self.none {
            text += &format!("* {victim}, {}: {why}.\n", moments.join("; "));
        }
        text + "\n"
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/guarantees.md")
}
