//! The spellings of argparse, in front of argh.
//!
//! Responsible for `--opt=value`, `-s10M`, `-vv`, unique prefixes of long flags, the last of a repeated flag,
//! flags that exclude each other, and for finding `--help` and `--version`. What argh gets is canonical: whole long
//! flags, each value an argument of its own, then `--` and the positionals. It knows each program's flags from argh's own
//! description of the struct, so nothing has to be kept in step by hand.

use std::ffi::OsString;

use argh::{CommandInfoWithArgs, Optionality};

use super::known::{self, Flag};

/// Flags of which a command line may have one.
const EXCLUSIVE: [(&str, &str); 20] = [
    ("--full", "--incremental"),
    ("--chunk-size", "--estimated"),
    ("--progress", "--quiet"),
    ("--parseable", "--json"),
    ("--stream", "--at"),
    ("--stream", "--level"),
    ("--stream", "--scratch"),
    ("--stream", "--subset"),
    ("--stream", "--all"),
    ("--stream", "--recursive"),
    ("--stream", "--exclude"),
    ("--thaw", "--dry-run"),
    ("--list", "--dry-run"),
    ("--list", "--thaw"),
    ("--recursive", "--thaw"),
    ("--range", "--decode"),
    ("--range", "--token"),
    ("--range", "--repair"),
    ("--init", "--iam-policy"),
    ("--verbose", "--quiet"),
];

/// Why reading ended early.
#[derive(Debug)]
pub enum Stop {
    /// `-h` or `--help`, of the command that has been named so far.
    Help,
    /// `--version`.
    Version,
    /// A usage error.
    Usage(String),
}

/// A flag as it was given.
struct Given {
    known: Flag,
    value: Option<String>,
}

/// A command line, read so far.
pub struct CommandLine<'a> {
    top: &'a CommandInfoWithArgs,
    command: Option<&'a CommandInfoWithArgs>,
    given: Vec<Given>,
    positionals: Vec<String>,
}

impl<'a> CommandLine<'a> {
    /// An empty line of the program that `top` describes.
    pub fn new(top: &'a CommandInfoWithArgs) -> Self {
        Self {
            top,
            command: None,
            given: Vec::new(),
            positionals: Vec::new(),
        }
    }

    /// The name of the command, once it has been read.
    pub fn command(&self) -> Option<&'static str> {
        self.command.map(|command| command.name)
    }

    /// Reads all arguments behind the program's name.
    pub fn read(&mut self, argv: impl Iterator<Item = OsString>) -> Result<(), Stop> {
        let mut rest = texts(argv)?.into_iter();
        while let Some(arg) = rest.next() {
            if arg == "--" {
                rest.by_ref().try_for_each(|word| self.word(word))?;
            } else if arg.starts_with("--") {
                self.long(&arg, &mut rest)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                self.shorts(&arg, &mut rest)?;
            } else {
                self.word(arg)?;
            }
        }
        if self.command.is_none() && !self.top.commands.is_empty() {
            return usage(format!("no command, expected {}", self.commands()));
        }
        self.exclusive()?;
        self.one_snapshot()
    }

    /// The line as argh understands it.
    pub fn canonical(&self) -> Vec<String> {
        let flags = |of_command| {
            let wanted = move |given: &&Given| given.known.of_command == of_command;
            self.given
                .iter()
                .filter(wanted)
                .flat_map(|given| [Some(given.known.flag.long.to_owned()), given.value.clone()])
                .flatten()
        };
        flags(false)
            .chain(self.command().map(str::to_owned))
            .chain(flags(true))
            .chain(["--".to_owned()])
            .chain(self.positionals.iter().cloned())
            .collect()
    }

    /// A word that is no flag: the command, else a positional. An empty one is a shell's unset variable: as a key, S3 would
    /// take it for the bucket itself and answer well.
    fn word(&mut self, word: String) -> Result<(), Stop> {
        if self.command.is_some() || self.top.commands.is_empty() {
            if word.is_empty() {
                return usage(format!("expected {}, got an empty word", self.positional()));
            }
            self.positionals.push(word);
            return Ok(());
        }
        let mut commands = self.top.commands.iter();
        let Some(found) = commands.find(|command| command.name == word) else {
            let expected = self.commands();
            return usage(format!("'{word}' is no command, expected {expected}"));
        };
        self.command = Some(&found.command);
        Ok(())
    }

    /// `--flag`, `--flag value`, `--flag=value`, or a prefix of these.
    fn long(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), Stop> {
        let (typed, value) = match arg.split_once('=') {
            Some((typed, value)) => (typed, Some(value.to_owned())),
            None => (arg, None),
        };
        let known = known::find(self.known(), typed).map_err(Stop::Usage)?;
        let flag = known.flag.long;
        let value = match (known::takes_value(known.flag), value) {
            (false, Some(value)) => {
                return usage(format!("{flag} takes no value, got '{value}'"));
            }
            (true, None) => match known::value_of_none(flag) {
                Some(value) => Some(value.to_owned()),
                None => Some(next_value(flag, rest)?),
            },
            (_, value) => value,
        };
        self.push(known, value)
    }

    /// `-v`, `-vv`, `-s 10M`, `-s10M`, `-s=10M`.
    fn shorts(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), Stop> {
        let mut letters = arg.chars();
        letters.next();
        while let Some(letter) = letters.next() {
            let mut known = self.known();
            let Some(known) = known.find(|known| known::short(known.flag) == Some(letter)) else {
                return usage(format!("there is no flag -{letter} (in '{arg}')"));
            };
            if known::takes_value(known.flag) {
                let attached = letters.as_str();
                let value = match attached.strip_prefix('=').unwrap_or(attached) {
                    "" => next_value(&format!("-{letter}"), rest)?,
                    value => value.to_owned(),
                };
                return self.push(known, Some(value));
            }
            self.push(known, None)?;
        }
        Ok(())
    }

    /// Takes a flag, or stops for one that asks for a text.
    fn push(&mut self, known: Flag, value: Option<String>) -> Result<(), Stop> {
        let flag = known.flag;
        match flag.long {
            "--help" => return Err(Stop::Help),
            "--version" => return Err(Stop::Version),
            _ => {}
        }
        if known::takes_value(flag) && flag.optionality != Optionality::Repeating {
            self.given
                .retain(|given| given.known.flag.long != flag.long);
        }
        self.given.push(Given { known, value });
        Ok(())
    }

    /// What the positionals are called.
    fn positional(&self) -> &'static str {
        let named = self.command.unwrap_or(self.top).positionals.first();
        named.map_or("nothing more", |named| named.name)
    }

    fn known(&self) -> impl Iterator<Item = Flag> + use<> {
        known::all(self.top, self.command)
    }

    fn has(&self, long: &str) -> bool {
        self.given.iter().any(|given| given.known.flag.long == long)
    }

    /// What is brought back has a name, or a time.
    fn one_snapshot(&self) -> Result<(), Stop> {
        let brings_back = matches!(self.command(), Some("restore" | "thaw"));
        match (self.has("--at"), self.positionals.len()) {
            (false, 0) if brings_back => usage("expected SNAPSHOT or --at".to_owned()),
            (true, 1..) if brings_back => usage("--at and SNAPSHOT exclude each other".to_owned()),
            _ => Ok(()),
        }
    }

    fn exclusive(&self) -> Result<(), Stop> {
        match EXCLUSIVE.iter().find(|(a, b)| self.has(a) && self.has(b)) {
            Some((a, b)) => usage(format!("{a} and {b} exclude each other")),
            None => Ok(()),
        }
    }

    fn commands(&self) -> String {
        let names: Vec<&str> = self.top.commands.iter().map(|known| known.name).collect();
        names.join(" or ")
    }
}

fn usage<T>(text: String) -> Result<T, Stop> {
    Err(Stop::Usage(text))
}

fn texts(argv: impl Iterator<Item = OsString>) -> Result<Vec<String>, Stop> {
    argv.map(|arg| match arg.into_string() {
        Ok(text) => Ok(text),
        Err(arg) => usage(format!(
            "'{}' is not UTF-8, expected arguments in UTF-8",
            arg.to_string_lossy()
        )),
    })
    .collect()
}

/// `-1`, `-1.5` and `-.5`, which argparse takes for values; `-1.` it does not.
fn is_negative_number(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or_default();
    let (whole, rest) = number.split_once('.').unwrap_or(("", number));
    !rest.is_empty()
        && [whole, rest]
            .concat()
            .bytes()
            .all(|byte| byte.is_ascii_digit())
}

/// The argument behind a flag. One that looks like a flag is refused, as argparse does: `--snapshot --dry-run` must not
/// become a real run.
fn next_value(flag: &str, rest: &mut impl Iterator<Item = String>) -> Result<String, Stop> {
    match rest.next() {
        Some(value) if !value.starts_with('-') || value.len() == 1 => Ok(value),
        Some(value) if is_negative_number(&value) => Ok(value),
        Some(value) => usage(format!(
            "{flag} needs a value, got the flag '{value}' (write {flag}={value} if it is meant)"
        )),
        None => usage(format!("{flag} needs a value")),
    }
}
