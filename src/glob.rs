//! Patterns for names: `*` stands for any letters of one component, `**` for any letters at all.
//!
//! Responsible for what a pattern is and what it matches. Not responsible for which names there are.

use std::collections::BTreeSet;

use crate::name;
use crate::order::gathered;

/// A pattern: `autosnap_*_daily`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<Token>,
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter(char),
    /// `*`: any letters but `/`.
    Within,
    /// `**`: any letters.
    Across,
}

impl Glob {
    /// Reads a pattern; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = |letter: char| name::allowed(letter) || letter == '*' || letter == '/';
        if text.is_empty() || !text.chars().all(known) {
            return Err(format!(
                "expected a pattern of the letters of names and *, got '{text}'"
            ));
        }
        let mut parts: Vec<Token> = Vec::new();
        for letter in text.chars() {
            match (letter, parts.last_mut()) {
                ('*', Some(last @ (Token::Within | Token::Across))) => *last = Token::Across,
                ('*', _) => parts.push(Token::Within),
                _ => parts.push(Token::Letter(letter)),
            }
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is the pattern of all of this name. All ways are gone at once, so that no pattern takes long.
    pub fn matches(&self, name: &str) -> bool {
        let mut reached = self.and_behind(gathered([0]));
        for letter in name.chars() {
            let next = |&at: &usize| match self.parts.get(at)? {
                Token::Letter(own) => (*own == letter).then_some(at + 1),
                Token::Within => (letter != '/').then_some(at),
                Token::Across => Some(at),
            };
            reached = self.and_behind(gathered(reached.iter().filter_map(next)));
        }
        reached.contains(&self.parts.len())
    }

    /// A star may stand for nothing: what is behind it is reached with it.
    fn and_behind(&self, mut reached: BTreeSet<usize>) -> BTreeSet<usize> {
        for (at, part) in self.parts.iter().enumerate() {
            if *part == Token::Within || *part == Token::Across {
                let behind = reached.contains(&at).then_some(at + 1);
                reached.extend(behind);
            }
        }
        reached
    }
}

/// Patterns of datasets that are left out, and of those that are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclude {
    out: Vec<Glob>,
    again: Vec<Glob>,
}

impl Exclude {
    /// Reads patterns with commas between them; one behind a `!` takes back what others exclude.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut exclude = Self::default();
        if text.is_empty() {
            return Ok(exclude);
        }
        for word in text.split(',').map(str::trim) {
            match word.strip_prefix('!') {
                Some(word) => exclude.again.push(Glob::parse(word)?),
                None => exclude.out.push(Glob::parse(word)?),
            }
        }
        Ok(exclude)
    }

    /// Whether a dataset is left out.
    pub fn leaves_out(&self, dataset: &str) -> bool {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(dataset));
        any(&self.out) && !any(&self.again)
    }

    /// Every pattern, without its `!`.
    pub fn globs(&self) -> impl Iterator<Item = &Glob> {
        self.out.iter().chain(&self.again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters_within_or_across_components() {
        for (pattern, yes, no) in [
            (
                "autosnap_*_daily",
                &["autosnap_2026-11-28_00:00:01_daily", "autosnap__daily"][..],
                &["autosnap_x_hourly", "autosnap_daily", "xautosnap_1_daily"][..],
            ),
            ("*", &["", "a"], &["a/b"]),
            ("tank/*", &["tank/a", "tank/"], &["tank", "tank/a/b"]),
            ("tank/**", &["tank/a", "tank/a/b"], &["tank", "tankx/a"]),
            ("**/tmp", &["tank/tmp", "tank/a/tmp"], &["tmp", "tank/tmpx"]),
            ("tank", &["tank"], &["tank/a", "tan", "tanks"]),
            ("a*b*a", &["aba", "a1b2a", "abbaaba"], &["ab", "aab"]),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            let (hits, misses) = (yes.iter(), no.iter());
            assert!(hits.clone().all(|name| glob.matches(name)), "{pattern}");
            assert!(!misses.clone().any(|name| glob.matches(name)), "{pattern}");
            assert_eq!(glob.as_str(), pattern);
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let glob = Glob::parse(&format!("{}b", "*a".repeat(120))).unwrap();
        assert!(!glob.matches(&"a".repeat(255)));
    }

    #[test]
    fn what_no_name_has_is_refused() {
        for text in ["", "a@b", "a?", "[ab]*", "a,b", "\u{e4}*", "a\n"] {
            assert!(Glob::parse(text).is_err(), "{text:?}");
        }
    }
}
