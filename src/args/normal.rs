//! The spellings of argparse, in front of argh.
//!
//! Responsible for `--opt=value`, `-s10M`, `-vv`, unique prefixes of long flags, old names of flags, the last of a repeated
//! flag, flags that exclude each other, and for finding `--help` and `--version`. What argh gets is canonical: whole long
//! flags, each value an argument of its own, then `--` and the positionals. It knows each program's flags from argh's own
//! description of the struct, so nothing has to be kept in step by hand.

use std::ffi::OsString;

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality};

/// Flags that the Python original lacks. A prefix means one of its flags first, so that `pput --co 4` stays
/// `--concurrency` although there is a `--config` now.
const OURS: [&str; 5] = ["--config", "--verbose", "--version", "--json", "--no-check"];

/// Second names of flags, as the original has them.
const OTHER_NAMES: [(&str, &str); 2] = [
    ("--filesystem", "--dataset"),
    ("--remote-filesystem", "--remote-dataset"),
];

/// Flags of which a command line may have one.
const EXCLUSIVE: [(&str, &str); 4] = [
    ("--full", "--incremental"),
    ("--chunk-size", "--estimated"),
    ("--progress", "--quiet"),
    ("--verbose", "--quiet"),
];

/// `--version`, which argh does not know.
const VERSION: &FlagInfo<'static> = &FlagInfo {
    kind: FlagInfoKind::Switch,
    optionality: Optionality::Optional,
    long: "--version",
    short: None,
    description: "",
    hidden: true,
};

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

/// A flag as it was given, and whether it is the command's or the program's own.
struct Given {
    flag: &'static FlagInfo<'static>,
    value: Option<String>,
    of_command: bool,
}

/// A command line, read so far.
pub struct Line<'a> {
    top: &'a CommandInfoWithArgs,
    command: Option<&'a CommandInfoWithArgs>,
    given: Vec<Given>,
    positionals: Vec<String>,
}

impl<'a> Line<'a> {
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
        self.exclusive()
    }

    /// The line as argh understands it.
    pub fn canonical(&self) -> Vec<String> {
        let flags = |of_command| {
            let wanted = move |given: &&Given| given.of_command == of_command;
            self.given
                .iter()
                .filter(wanted)
                .flat_map(|given| [Some(given.flag.long.to_owned()), given.value.clone()])
                .flatten()
        };
        flags(false)
            .chain(self.command().map(str::to_owned))
            .chain(flags(true))
            .chain(["--".to_owned()])
            .chain(self.positionals.iter().cloned())
            .collect()
    }

    /// A word that is no flag: the command, else a positional.
    fn word(&mut self, word: String) -> Result<(), Stop> {
        if self.command.is_some() || self.top.commands.is_empty() {
            self.positionals.push(word);
            return Ok(());
        }
        let mut commands = self.top.commands.iter();
        match commands.find(|command| command.name == word) {
            Some(found) => self.command = Some(&found.command),
            None => {
                return usage(format!(
                    "'{word}' is no command, expected {}",
                    self.commands()
                ));
            }
        }
        Ok(())
    }

    /// `--flag`, `--flag value`, `--flag=value`, or a prefix of these.
    fn long(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), Stop> {
        let (typed, value) = match arg.split_once('=') {
            Some((typed, value)) => (typed, Some(value.to_owned())),
            None => (arg, None),
        };
        let (flag, of_command) = self.find(typed)?;
        if takes_value(flag) {
            let value = match value {
                Some(value) => value,
                None => next_value(flag.long, rest)?,
            };
            return self.push(flag, of_command, Some(value));
        }
        match value {
            Some(value) => usage(format!("{} takes no value, got '{value}'", flag.long)),
            None => self.push(flag, of_command, None),
        }
    }

    /// `-v`, `-vv`, `-s 10M`, `-s10M`, `-s=10M`.
    fn shorts(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), Stop> {
        let mut letters = arg.chars();
        letters.next();
        while let Some(letter) = letters.next() {
            let known = self.known().find(|(flag, _)| short(flag) == Some(letter));
            let Some((flag, of_command)) = known else {
                return usage(format!("there is no flag -{letter} (in '{arg}')"));
            };
            if takes_value(flag) {
                let attached = letters.as_str();
                let value = match attached.strip_prefix('=').unwrap_or(attached) {
                    "" => next_value(&format!("-{letter}"), rest)?,
                    value => value.to_owned(),
                };
                return self.push(flag, of_command, Some(value));
            }
            self.push(flag, of_command, None)?;
        }
        Ok(())
    }

    /// Every flag that may stand here, the command's before the program's own.
    fn known(&self) -> impl Iterator<Item = (&'static FlagInfo<'static>, bool)> + use<'a> {
        let of = |info: Option<&'a CommandInfoWithArgs>, of_command| {
            info.into_iter()
                .flat_map(|info| info.flags)
                .map(move |flag| (flag, of_command))
        };
        of(self.command, true)
            .chain(of(Some(self.top), false))
            .chain([(VERSION, false)])
    }

    /// The flag that was meant: an exact name, else the only one that it is a prefix of, looked up among the command's
    /// own flags before the program's and among the original's flags before ours.
    fn find(&self, typed: &str) -> Result<(&'static FlagInfo<'static>, bool), Stop> {
        let mut best = usize::MAX;
        let mut found: Vec<(&'static FlagInfo<'static>, bool)> = Vec::new();
        for (flag, of_command) in self.known() {
            if names(flag).any(|name| name == typed) {
                return Ok((flag, of_command));
            }
            let rank = 2 * usize::from(!of_command) + usize::from(OURS.contains(&flag.long));
            if rank <= best && names(flag).any(|name| name.starts_with(typed)) {
                if rank < best {
                    found.clear();
                }
                best = rank;
                if found.iter().all(|(other, _)| other.long != flag.long) {
                    found.push((flag, of_command));
                }
            }
        }
        match found.as_slice() {
            [one] => Ok(*one),
            [] => usage(format!("there is no flag {typed}")),
            several => {
                let could: Vec<&str> = several.iter().map(|(flag, _)| flag.long).collect();
                usage(format!("{typed} could mean {}", could.join(" or ")))
            }
        }
    }

    /// Takes a flag, or stops for one that asks for a text.
    fn push(
        &mut self,
        flag: &'static FlagInfo<'static>,
        of_command: bool,
        value: Option<String>,
    ) -> Result<(), Stop> {
        match flag.long {
            "--help" => return Err(Stop::Help),
            "--version" => return Err(Stop::Version),
            _ => {}
        }
        if takes_value(flag) && flag.optionality != Optionality::Repeating {
            self.given.retain(|given| given.flag.long != flag.long);
        }
        self.given.push(Given {
            flag,
            value,
            of_command,
        });
        Ok(())
    }

    fn exclusive(&self) -> Result<(), Stop> {
        let has = |long: &str| self.given.iter().any(|given| given.flag.long == long);
        match EXCLUSIVE.iter().find(|(a, b)| has(a) && has(b)) {
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

fn takes_value(flag: &FlagInfo) -> bool {
    flag.kind != FlagInfoKind::Switch
}

fn short(flag: &FlagInfo) -> Option<char> {
    match flag.long {
        "--help" => Some('h'),
        _ => flag.short,
    }
}

/// All long names of a flag.
fn names(flag: &FlagInfo<'static>) -> impl Iterator<Item = &'static str> {
    let long = flag.long;
    let others = OTHER_NAMES.iter().filter(move |(_, name)| *name == long);
    others.map(|(other, _)| *other).chain([long])
}

/// The argument behind a flag. One that looks like a flag is refused, as argparse does: `--snapshot --dry-run` must not
/// become a real run.
fn next_value(flag: &str, rest: &mut impl Iterator<Item = String>) -> Result<String, Stop> {
    match rest.next() {
        Some(value) if !value.starts_with('-') || value.len() == 1 => Ok(value),
        Some(value) if value.parse::<f64>().is_ok() => Ok(value),
        Some(value) => usage(format!(
            "{flag} needs a value, got the flag '{value}' (write {flag}={value} if it is meant)"
        )),
        None => usage(format!("{flag} needs a value")),
    }
}
