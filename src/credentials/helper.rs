//! A program of the user's that prints keys: `credential_process`.
//!
//! Responsible for asking it without a shell, within bounds of time and of bytes. Its arguments may be secret: no message
//! has them.

use std::time::Duration;

use super::Credentials;
use crate::error::Error;
use crate::pipeline::{Cmd, Pipeline};
use crate::terminal::plain;

/// How long it may take; whoever has to confirm something for it has the time.
pub const LIMIT: Duration = Duration::from_secs(60);
/// How long it is waited for without a word.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than credentials are long.
const ANSWER_BYTES: u64 = 64 << 10;

/// The keys that the command prints; `place` says where it stands.
pub fn ask(place: &str, command: &str, limit: Duration) -> Result<Credentials, String> {
    let mut words = words(command).into_iter();
    let Some(program) = words.next() else {
        return Err(format!("{place}: expected a program"));
    };
    let named = plain(&program);
    let tell = || log::info!("{place}: waiting for {named}");
    let asked = Pipeline::from(Cmd::new(program).args(words));
    let printed = asked.capture_within(ANSWER_BYTES, PATIENCE.min(limit), limit, tell);
    let printed = printed.map_err(|error| format!("{place}: {}", cause(error, &named)))?;
    let late = || format!("{place}: no answer within {} s", limit.as_secs());
    Credentials::from_json(printed.ok_or_else(late)?.stdout.as_bytes(), place)
}

/// What went wrong, without the command that other messages show.
fn cause(error: Error, program: &str) -> String {
    match error {
        Error::Child { status, stderr, .. } => format!("{status}: {}", stderr.trim()),
        Error::Io { source, .. } => Error::io(format!("run {program}"), source).to_string(),
        Error::Refused(_) => format!("expected credentials, got more than {ANSWER_BYTES} bytes"),
        other => other.to_string(),
    }
}

/// A command's words: blanks separate, quotes join. No shell sees them.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut open) = (Vec::new(), None::<char>);
    let mut word = None::<String>;
    for letter in command.chars() {
        match (open, letter) {
            (Some(quote), letter) if quote == letter => open = None,
            (None, '"' | '\'') => {
                open = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_has_its_bounds_and_its_arguments_are_not_shown() {
        let (moment, second) = (Duration::from_millis(100), Duration::from_secs(9));
        for (command, limit, words) in [
            // What it has started keeps the pipe.
            (
                "sh -c 'sleep 2 & sleep 2' hidden",
                moment,
                "no answer within 0 s",
            ),
            (
                "sh -c 'exec >&-; sleep 2' hidden",
                moment,
                "no answer within 0 s",
            ),
            ("yes hidden", second, "got more than 65536 bytes"),
            ("sh -c 'echo no >&2; exit 3' hidden", second, "exit 3: no"),
            (
                "/nosuch/helper hidden",
                second,
                "run /nosuch/helper: no such program",
            ),
            (
                "true hidden",
                second,
                "expected credentials in JSON, got something else",
            ),
            ("  ", second, "expected a program"),
        ] {
            let error = ask("f line 1: p", command, limit).unwrap_err();
            assert!(
                error.starts_with("f line 1: p: ") && error.contains(words),
                "{error}"
            );
            assert!(!error.contains("hidden"), "{error}");
        }
    }
}
