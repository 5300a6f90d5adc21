//! Files of settings as Python's configparser has them: our own, and those that AWS' tools share.
//!
//! Responsible for their text and for what a line is. Not responsible for what sections and keys mean.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// More than any of these files has.
const FILE_BYTES: u64 = 1 << 20;

/// The text of a file of settings: bytes that are no UTF-8, which a comment may have, become replacement characters.
pub fn read_text(path: &Path) -> io::Result<(String, fs::Metadata)> {
    let file = fs::File::open(path)?;
    let meta = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > FILE_BYTES {
        true => Err(io::Error::other("it has more than 1 MiB")),
        false => Ok((String::from_utf8_lossy(&bytes).into_owned(), meta)),
    }
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Blank, or a comment.
    Nothing,
    /// `[NAME]`, with a comment behind it or without.
    Section(&'a str),
    /// `KEY=VALUE` or `KEY: VALUE`; the value is all that stands behind the first sign, without the blanks around it.
    Pair(&'a str, &'a str),
    /// Neither; what was expected. It never repeats the line, which may hold a secret.
    Wrong(&'static str),
}

impl<'a> Line<'a> {
    /// Reads a line.
    pub fn read(line: &'a str) -> Self {
        let line = line.trim();
        if line.is_empty() || is_comment(line) {
            return Self::Nothing;
        }
        if line.contains(char::REPLACEMENT_CHARACTER) {
            return Self::Wrong("expected UTF-8");
        }
        if let Some(header) = line.strip_prefix('[') {
            return match header.split_once(']') {
                Some((name, rest)) if rest.is_empty() || is_comment(rest) => Self::Section(name),
                _ => Self::Wrong("expected ']' at the end of a section's name"),
            };
        }
        match line.split_once(['=', ':']) {
            None | Some(("", _)) => Self::Wrong("expected KEY=VALUE"),
            Some((key, value)) => Self::Pair(key.trim_end(), value.trim_start()),
        }
    }
}

/// The lines of a text that is UTF-8 or was made so by replacement characters, which a comment may have; each with its
/// number. A byte order mark is none of them, and a lone CR ends a line, as it does for Python.
pub fn numbered(text: &str) -> Vec<(usize, String)> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = text.trim_start_matches('\u{feff}').lines();
    (1..).zip(lines.map(str::to_owned)).collect()
}

fn is_comment(text: &str) -> bool {
    text.trim_start().starts_with(['#', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line() {
        for (line, read) in [
            ("", Line::Nothing),
            ("  ; caf\u{fffd} ", Line::Nothing),
            ("[a b] # c", Line::Section("a b")),
            (" [fs:tank/a]", Line::Section("fs:tank/a")),
            ("a = b=c # d ", Line::Pair("a", "b=c # d")),
            ("a:", Line::Pair("a", "")),
            (
                "[a",
                Line::Wrong("expected ']' at the end of a section's name"),
            ),
            (
                "[a] b",
                Line::Wrong("expected ']' at the end of a section's name"),
            ),
            ("= a", Line::Wrong("expected KEY=VALUE")),
            ("a", Line::Wrong("expected KEY=VALUE")),
            ("a = caf\u{fffd}", Line::Wrong("expected UTF-8")),
        ] {
            assert_eq!(Line::read(line), read, "{line}");
        }
    }

    #[test]
    fn lines_end_as_they_do_for_python() {
        let lines = numbered("\u{feff}a\r\nb\rc\n\nd");
        let texts: Vec<_> = lines.iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(texts, ["a", "b", "c", "", "d"]);
        assert_eq!(lines.last().map(|(number, _)| *number), Some(5));
    }
}
