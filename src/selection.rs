//! Which snapshots of a dataset are meant.
//!
//! Responsible for SNAPSHOT_PREFIX and SNAPSHOT_GLOB: several of them with commas, which no name has. Not responsible for
//! where they are said ([`crate::config`]).

use crate::glob::Glob;
use crate::name::SnapName;

/// What the names of the snapshots have to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `SNAPSHOT_PREFIX`: they begin with one of these.
    Prefixes(Vec<String>),
    /// `SNAPSHOT_GLOB`: they match one of these.
    Globs(Vec<Glob>),
}

impl Selection {
    /// Reads prefixes; an empty text is the one that every name begins with.
    pub fn prefixes(text: &str) -> Result<Self, String> {
        let expected = "the beginning of the part behind the @";
        if text.contains(['@', '/']) {
            return Err(format!("expected {expected}, got '{text}'"));
        }
        let prefixes: Vec<String> = words(text).map(str::to_owned).collect();
        // By a slip, "daily," would be all snapshots.
        match prefixes.len() > 1 && prefixes.iter().any(String::is_empty) {
            true => Err(format!("expected {expected} at each comma, got '{text}'")),
            false => Ok(Self::Prefixes(prefixes)),
        }
    }

    /// Reads patterns.
    pub fn globs(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            return Err(format!(
                "expected a pattern for the part behind the @, got '{text}'"
            ));
        }
        let globs = words(text).map(Glob::parse);
        globs.collect::<Result<_, _>>().map(Self::Globs)
    }

    /// Whether a snapshot of this name is meant.
    pub fn matches(&self, name: &SnapName) -> bool {
        let name = name.as_str();
        match self {
            Self::Prefixes(prefixes) => prefixes.iter().any(|prefix| name.starts_with(prefix)),
            Self::Globs(globs) => globs.iter().any(|glob| glob.matches(name)),
        }
    }

    /// The key that says it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Prefixes(_) => "SNAPSHOT_PREFIX",
            Self::Globs(_) => "SNAPSHOT_GLOB",
        }
    }

    /// The flag that says it.
    pub fn flag(&self) -> &'static str {
        match self {
            Self::Prefixes(_) => "--snapshot-prefix",
            Self::Globs(_) => "--snapshot-glob",
        }
    }

    /// The name of the value where programs read it.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Prefixes(_) => "snapshot_prefix",
            Self::Globs(_) => "snapshot_glob",
        }
    }

    /// The value of the key.
    pub fn text(&self) -> String {
        match self {
            Self::Prefixes(prefixes) => prefixes.join(","),
            Self::Globs(globs) => joined(globs.iter().map(|glob| glob.as_str().to_owned())),
        }
    }

    /// The same as patterns: `daily*`.
    pub fn patterns(&self) -> String {
        match self {
            Self::Prefixes(prefixes) => joined(prefixes.iter().map(|prefix| format!("{prefix}*"))),
            Self::Globs(_) => self.text(),
        }
    }

    /// What is said of a snapshot that is meant: `begins with SNAPSHOT_PREFIX "daily"`.
    pub fn verb(&self) -> String {
        let verb = match self {
            Self::Prefixes(_) => "begins with",
            Self::Globs(_) => "matches",
        };
        format!("{verb} {} \"{}\"", self.key(), self.text())
    }
}

/// What stands between the commas; blanks behind a comma are no part of a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(',').enumerate();
    words.map(|(number, word)| match number {
        0 => word,
        _ => word.trim_start(),
    })
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SANOID: [&str; 4] = [
        "autosnap_2026-11-27_00:00:01_daily",
        "autosnap_2026-11-28_00:00:01_daily",
        "autosnap_2026-11-28_00:00:01_hourly",
        "syncoid_host_2026-11-28:00:00:01",
    ];

    fn hits(selection: &Result<Selection, String>) -> usize {
        let selection = selection.as_ref().unwrap();
        let names = SANOID.map(SnapName::from);
        names.iter().filter(|name| selection.matches(name)).count()
    }

    #[test]
    fn prefixes_are_literal_and_one_is_enough() {
        for (text, count) in [
            ("autosnap", 3),
            ("", 4),
            ("autosnap_2026-11-27,sync", 2),
            ("autosnap_2026-11-27, sync", 2),
            ("auto*", 0),
            ("x,y", 0),
        ] {
            let selection = Selection::prefixes(text);
            assert_eq!(hits(&selection), count, "{text}");
        }
        for text in ["daily,", ",daily", "a,,b", "tank@a", "a/b"] {
            assert!(Selection::prefixes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_glob_selects_by_what_names_end_with() {
        for (text, count) in [
            ("autosnap_*_daily", 2),
            ("*_daily,syncoid_*", 3),
            ("autosnap", 0),
            ("*", 4),
        ] {
            assert_eq!(hits(&Selection::globs(text)), count, "{text}");
        }
        for text in ["", "a,", "tank/*", "*@*"] {
            assert!(Selection::globs(text).is_err(), "{text}");
        }
    }

    #[test]
    fn it_is_told_as_it_was_said() {
        let prefixes = Selection::prefixes("a, b").unwrap();
        assert_eq!(
            (prefixes.text(), prefixes.patterns()),
            ("a,b".to_owned(), "a*,b*".to_owned())
        );
        assert_eq!(prefixes.verb(), "begins with SNAPSHOT_PREFIX \"a,b\"");
        let globs = Selection::globs("a*c,b").unwrap();
        assert_eq!(
            (globs.text(), globs.patterns()),
            ("a*c,b".to_owned(), "a*c,b".to_owned())
        );
        assert_eq!(globs.verb(), "matches SNAPSHOT_GLOB \"a*c,b\"");
        assert_eq!(
            (globs.key(), globs.flag()),
            ("SNAPSHOT_GLOB", "--snapshot-glob")
        );
    }
}
