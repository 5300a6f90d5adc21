//! doc/schedules.md: the set-ups stand in it as configuration files, and below each what was seen of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const END: &str = "<!-- end -->";
/// Letters of the longest bar.
const BAR: usize = 40;

/// One way to keep backups.
pub struct Setup {
    pub name: &'static str,
    /// As the page has it.
    pub config: String,
    /// Length of a full and of a night's increment. On the page 1 KiB is 1 GiB.
    pub full_kib: usize,
    pub night_kib: usize,
    /// So many days an object is paid for at least.
    pub paid_days: i64,
    /// Nothing can be read before it was thawed.
    pub frozen: bool,
}

/// Name, length of a full and of an increment, days that are paid for, frozen.
const SETUPS: [(&str, usize, usize, i64, bool); 3] = [
    ("nas", 500, 2, 0, false),
    ("company", 200, 4, 30, false),
    ("archive", 2000, 1, 180, true),
];

/// The page, and the numbers behind it.
pub struct Page {
    text: String,
    results: Value,
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

impl Page {
    pub fn read() -> Self {
        let results =
            fs::read_to_string(path("tests/data/schedules.json")).unwrap_or("{}".to_owned());
        Self {
            text: fs::read_to_string(path("doc/schedules.md")).unwrap(),
            results: serde_json::from_str(&results).unwrap(),
        }
    }

    pub fn setups(&self) -> Vec<Setup> {
        let setup = |(name, full_kib, night_kib, paid_days, frozen)| Setup {
            name,
            config: self.config(name),
            full_kib,
            night_kib,
            paid_days,
            frozen,
        };
        SETUPS.into_iter().map(setup).collect()
    }

    /// The indented lines below the mark of a set-up.
    fn config(&self, name: &str) -> String {
        let mark = format!("<!-- {name}: its z3.conf -->\n");
        let (_, rest) = self.text.split_once(&mark).unwrap();
        let lines = rest.lines().skip_while(|line| line.is_empty());
        let lines = lines.map_while(|line| line.strip_prefix("    "));
        lines.map(|line| format!("{line}\n")).collect()
    }

    pub fn result(&self, name: &str) -> &Value {
        &self.results[name]
    }

    pub fn set(&mut self, name: &str, lived: Value) {
        self.results[name] = lived;
    }

    /// The page with the tables that the numbers make.
    fn made(&self) -> String {
        let mut text = self.text.clone();
        for (name, ..) in SETUPS {
            let mark = format!("<!-- {name}: written by make schedules -->\n");
            let (before, rest) = text.split_once(&mark).unwrap();
            let (_, after) = rest.split_once(END).unwrap();
            text = format!("{before}{mark}{}{END}{after}", tables(self.result(name)));
        }
        text
    }

    pub fn expect_tables(&self) {
        assert!(
            self.made() == self.text,
            "doc/schedules.md is not what tests/data/schedules.json makes: make schedules"
        );
    }

    pub fn write(&self) {
        let results = serde_json::to_string_pretty(&self.results).unwrap();
        fs::write(path("tests/data/schedules.json"), results + "\n").unwrap();
        fs::write(path("doc/schedules.md"), self.made()).unwrap();
    }
}

fn number(row: &Value, field: &str) -> usize {
    row[field].as_u64().unwrap() as usize
}

/// `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A row and a bar for each month, and what the second year was.
fn tables(lived: &Value) -> String {
    let months = lived["months"].as_array().unwrap();
    let most = months
        .iter()
        .map(|month| number(month, "kib"))
        .max()
        .unwrap()
        .max(1);
    let mut text = "\n```\nmonth    objects fulls deepest deleted       GiB\n".to_owned();
    for month in months {
        let kib = number(month, "kib");
        let bar = "#".repeat((kib * BAR).div_ceil(most));
        text += &format!(
            "{} {:>8} {:>5} {:>7} {:>7} {:>9} {bar}\n",
            month["month"].as_str().unwrap(),
            number(month, "objects"),
            number(month, "fulls"),
            number(month, "deepest"),
            number(month, "deleted"),
            grouped(kib),
        );
    }
    text + "```\n\n" + &year(&lived["year"])
}

fn year(year: &Value) -> String {
    let of = |field| grouped(number(year, field));
    let mean = grouped(number(year, "kib_nights") / 365);
    format!(
        "The second year: {} GiB uploaded, {} of the backups were fulls; {mean} GiB stored on average; {} requests that write or list, {} that read \
(GET, HEAD), {} DELETE, beside one for each part of an upload.\n\n",
        of("stored_kib"),
        of("fulls"),
        of("writes"),
        of("reads"),
        of("deletes"),
    )
}
