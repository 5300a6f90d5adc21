//! What a program of ours says to people: one line at a time on stderr, and foreign text made harmless.
//!
//! Keys, metadata, names and the words of servers and other programs are a stranger's. Responsible for what such text may
//! look like once it reaches a terminal, a log or a mail: no control character, no line of its own, nothing that turns the
//! direction of reading around or cannot be seen. Not responsible for what is said, nor for JSON, which has its own escapes.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Goes to the first column and erases the line (ECMA-48 `EL`).
pub const ERASE: &str = "\r\x1b[K";

/// Whether a progress line stands on the terminal now.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Tells that a progress line stands on the terminal from now on, or no longer.
pub fn progress_line(shown: bool) {
    SHOWN.store(shown, Relaxed);
}

/// What every message on stderr has to begin with, so that it does not stand behind a progress line.
pub fn line_start() -> &'static str {
    match SHOWN.load(Relaxed) {
        true => ERASE,
        false => "",
    }
}

/// Writes a line to stderr. `eprintln!` would panic when nobody reads stderr any more, and in a panic's own message abort.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}{}", line_start(), harmless(text));
}

/// A whole message of ours, whatever foreign text is in it: it may have several lines, as the words of zfs have. The last
/// guard before a terminal or a log; where a stranger's text enters a message, [`plain`] has made one line of it.
pub fn harmless(text: &str) -> String {
    text.replace(|c: char| c != '\n' && c != '\t' && steers(c), "?")
}

/// A stranger's text as it may stand within a line: a key, a name, a header, a piece of metadata.
pub fn plain(text: &str) -> String {
    text.replace(steers, "?")
}

/// Characters that do something instead of showing something: controls of both sets (ECMA-48 C0 and C1), line and
/// paragraph separators, those that set the direction of writing (Unicode UAX 9), and those that cannot be seen.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
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
    fn a_message_stands_behind_no_progress_line() {
        assert_eq!(line_start(), "");
    }
}
