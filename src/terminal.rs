//! What a program of ours says to people: one line at a time on stderr, and foreign text made harmless.
//!
//! Keys, metadata, names and the words of servers and other programs are a stranger's. Responsible for what such text may
//! look like once it reaches a terminal, a log or a mail: no control character, no line of its own, nothing that turns the
//! direction of reading around or cannot be seen. Not responsible for what is said.

use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::termios::tcgetwinsize;

/// Goes to the first column and erases the line (ECMA-48 `EL`).
pub const ERASE: &str = "\r\x1b[K";

/// The most of one message: a stranger's words shall not fill a log.
pub const MESSAGE_LETTERS: usize = 16 * 1024;

/// Whether a progress line stands on the terminal now.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Tells that a progress line stands on the terminal from now on, or no longer.
pub fn progress_line(shown: bool) {
    SHOWN.store(shown, Relaxed);
}

/// How many columns the terminal on stderr has now, if it is one that can erase a line: the shell of an editor, which sets
/// `TERM=dumb`, cannot. One that does not tell, as a serial line, has 80.
pub fn columns() -> Option<usize> {
    let stderr = io::stderr();
    if !stderr.is_terminal() || env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return None;
    }
    match tcgetwinsize(stderr) {
        Ok(size) if size.ws_col > 0 => Some(size.ws_col.into()),
        _ => Some(80),
    }
}

/// What every message on stderr has to begin with, so that it does not stand behind a progress line.
pub fn line_start() -> &'static str {
    match SHOWN.load(Relaxed) {
        true => ERASE,
        false => "",
    }
}

/// Takes the progress line away before a result goes to the same terminal by way of stdout.
pub fn make_room() {
    if SHOWN.load(Relaxed) && io::stdout().is_terminal() {
        let _ = io::stderr().write_all(ERASE.as_bytes());
    }
}

/// Writes a line to stderr. `eprintln!` would panic when nobody reads stderr any more, and in a panic's own message abort.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}{}", line_start(), harmless(text));
}

/// A message of a program, `z3: what happened`. It may have several lines, as the words of zfs have; those below the first
/// are indented, so that whatever foreign text is in it, no line of it can be taken for another message of ours.
pub fn message(program: &str, text: &str) -> String {
    let text: String = text.chars().take(MESSAGE_LETTERS).collect();
    harmless(&format!(
        "{program}: {}",
        text.trim_end().replace('\n', "\n  ")
    ))
}

/// Text of several lines. The last guard before a terminal or a log; where a stranger's text enters it, [`plain`] has made one
/// line of that.
pub fn harmless(text: &str) -> String {
    text.replace(|c: char| c != '\n' && c != '\t' && steers(c), "?")
}

/// A stranger's text as it may stand within a line: a key, a name, a header, a piece of metadata.
pub fn plain(text: &str) -> String {
    text.replace(steers, "?")
}

/// JSON text as it may stand on a terminal: what its own rules leave as it is (RFC 8259 escapes only the first 32) becomes
/// `\uXXXX`, which every reader takes back. Outside of its strings there is nothing but line feeds.
pub fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter == '\n' || !steers(letter) {
            safe.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

/// Characters that do something instead of showing something: controls of both sets (ECMA-48 C0 and C1), line and
/// paragraph separators, those that set the direction of writing (Unicode UAX 9), and those that cannot be seen.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_something_stays() {
        for text in ["tank/a b@c%41+é", "日本語", "naïve — “x”", "👍", ""] {
            assert_eq!(plain(text), text);
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn what_does_something_goes() {
        for (text, shown) in [
            ("\x1b]0;title\x07a", "?]0;title?a"),
            ("a\u{9b}2Jb", "a?2Jb"),
            ("\u{202e}txt.exe", "?txt.exe"),
            ("a\u{200b}b\u{feff}c\u{e0041}d", "a?b?c?d"),
            ("a\u{2028}b\r\u{7f}", "a?b??"),
        ] {
            assert_eq!(plain(text), shown);
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn only_a_whole_message_has_lines() {
        assert_eq!(harmless("a\n\tb"), "a\n\tb");
        assert_eq!(plain("a\nz3: all is well\tb"), "a?z3: all is well?b");
    }

    #[test]
    fn no_line_of_a_message_is_another_message() {
        let said = message("z3", "zfs recv: exit 1: no\nz3: all is well\r\n");
        assert_eq!(said, "z3: zfs recv: exit 1: no\n  z3: all is well");
        let long = message("z3", &"x".repeat(1 << 20));
        assert_eq!(long.len(), "z3: ".len() + MESSAGE_LETTERS);
    }

    #[test]
    fn json_says_the_same_and_steers_nothing() {
        let text = "a\u{1b}\u{9b}2J\n\u{202e}\u{7f}\u{e0041}é";
        let json = escaped(&format!("{:#}\n", serde_json::json!({ "name": text })));
        assert!(!json.contains(|c| c != '\n' && steers(c)), "{json:?}");
        let back: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back["name"], text);
    }

    #[test]
    fn a_message_stands_behind_no_progress_line() {
        assert_eq!(line_start(), "");
    }
}
