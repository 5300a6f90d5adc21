//! Telling: each thing once, as text for people or, with `--json`, as a line for programs, as soon as it is known.
//!
//! Responsible for the end of the lines: the last one tells how it ended, so that lines without it were cut off.
//! `doc/json.md` has every type and field, and a test holds that page to what is printed. Not responsible for messages,
//! progress and logs, which are people's and go to stderr.

use std::fmt::Display;
use std::process::ExitCode;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::output::{print, table};
use crate::error::{Error, Result};
use crate::sync::lock;
use crate::terminal::{self, MESSAGE_LETTERS, escaped};

/// The version of the page.
const VERSION: u32 = 1;

/// Whether the last line has been told. A signal ends the program on another thread, and nothing follows the end.
static ENDED: Mutex<bool> = Mutex::new(false);

/// A thing that is told.
pub trait Item {
    /// What its line has as `type`.
    const TYPE: &'static str;

    /// What its line has beside that; `null` for what is not known.
    fn fields(&self) -> Value;

    /// What people read of it, whole lines; nothing, if it is for programs only.
    fn text(&self) -> String {
        String::new()
    }
}

/// A command that `--dry-run` shows instead of running it, as it can be pasted into a shell.
pub struct Command<T: Display>(pub T);

impl<T: Display> Item for Command<T> {
    const TYPE: &'static str = "command";

    fn fields(&self) -> Value {
        json!({ "command": self.0.to_string() })
    }

    fn text(&self) -> String {
        format!("{}\n", self.0)
    }
}

/// How it ended: the exit status, and what failed.
struct End(u8, Option<Value>);

impl Item for End {
    const TYPE: &'static str = "end";

    fn fields(&self) -> Value {
        json!({ "version": VERSION, "exit_status": self.0, "error": self.1 })
    }
}

/// Tells what a command has to tell.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    program: &'static str,
    json: bool,
    /// Standard output is an object: the lines go to stderr.
    aside: bool,
}

impl Report {
    /// A program's, with `--json` or without.
    pub fn new(program: &'static str, json: bool) -> Self {
        Self {
            program,
            json,
            aside: program == "z3_get",
        }
    }

    /// Tells one thing.
    pub fn tell<T: Item>(&self, item: &T) -> Result<()> {
        match self.json {
            true => self.line(item),
            false => self.say(&item.text()),
        }
    }

    /// Tells a thing that is no result for people: they get it as a notice.
    pub fn note<T: Item>(&self, item: &T) -> Result<()> {
        log::info!("{}", item.text());
        self.line(item)
    }

    /// Tells programs alone.
    pub fn line<T: Item>(&self, item: &T) -> Result<()> {
        match self.json {
            true => self.write(T::TYPE, &item.fields(), false),
            false => Ok(()),
        }
    }

    /// Tells people something that programs know from the lines that there are.
    pub fn say(&self, text: &str) -> Result<()> {
        match self.json || text.is_empty() {
            true => Ok(()),
            false => print(text),
        }
    }

    /// Tells rows: to people as a table, below what `title` says.
    pub fn table<T: Item, const N: usize>(
        &self,
        title: &str,
        header: [&str; N],
        rows: &[T],
        cells: fn(&T) -> [String; N],
    ) -> Result<()> {
        if self.json {
            return rows.iter().try_for_each(|row| self.line(row));
        }
        let cells = rows.iter().map(|row| Vec::from(cells(row)));
        print(&format!("{title}{}", table(&header, cells.collect())))
    }

    /// Tells how it ended: a failure as `z3: what went wrong` with the advice on a line of its own, and the last line. Its
    /// exit status.
    pub fn end(&self, outcome: Result<()>) -> ExitCode {
        let Err(error) = outcome else {
            return match self.ended(0, None) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => self.failed(&error),
            };
        };
        let status = self.failed(&error);
        let text: String = error.to_string().chars().take(MESSAGE_LETTERS).collect();
        let failure = json!({ "kind": error.kind(), "text": text, "hint": error.advice() });
        // That it failed is more than that this cannot be told.
        let _ = self.ended(error.exit_status(), Some(failure));
        status
    }

    /// Tells of a command line that cannot be understood: what is wrong with it, and below that the usage.
    pub fn misused(&self, text: &str) -> ExitCode {
        terminal::say(text.trim_end());
        let problem = text.split("\nUsage: ").next().unwrap_or_default();
        let problem = problem.split_once(": ").map_or(problem, |(_, rest)| rest);
        self.cut(2, "usage", problem)
    }

    /// The last line of a program that has told people of its ending already.
    pub fn cut(&self, exit_status: u8, kind: &str, text: &str) -> ExitCode {
        let failure = json!({ "kind": kind, "text": text, "hint": null });
        let _ = self.ended(exit_status, Some(failure));
        ExitCode::from(exit_status)
    }

    fn failed(&self, error: &Error) -> ExitCode {
        if let Error::Checked { exit_status, .. } = error {
            // People have it on standard output.
            return ExitCode::from(*exit_status);
        }
        let say = |text: &str| terminal::say(&terminal::message(self.program, text));
        say(&error.to_string());
        error.advice().into_iter().for_each(say);
        ExitCode::from(error.exit_status())
    }

    fn ended(&self, exit_status: u8, error: Option<Value>) -> Result<()> {
        match self.json {
            true => self.write(End::TYPE, &End(exit_status, error).fields(), true),
            false => Ok(()),
        }
    }

    /// Writes one line, under the lock, so that no other one interrupts it; none behind the last.
    fn write(&self, kind: &str, fields: &Value, last: bool) -> Result<()> {
        let mut over = lock(&ENDED);
        if *over {
            return Ok(());
        }
        *over = last;
        let text = escaped(&line(kind, fields));
        match self.aside {
            true => terminal::say(&text),
            false => print(&format!("{text}\n"))?,
        }
        Ok(())
    }
}

/// The type is first, so that a reader need not look for it.
fn line(kind: &str, fields: &Value) -> String {
    let fields = fields.to_string();
    let fields = fields.strip_prefix('{').unwrap_or(&fields);
    format!("{{\"type\":\"{kind}\",{fields}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_comes_first() {
        let error = json!({ "kind": "stream", "text": "a\nb" });
        let told = line(End::TYPE, &End(3, Some(error)).fields());
        let wanted =
            r#"{"type":"end","error":{"kind":"stream","text":"a\nb"},"exit_status":3,"version":1}"#;
        assert_eq!(told, wanted);
    }
}
