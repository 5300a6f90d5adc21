//! The one error type of the crate and the exit status that each kind has.
//!
//! Responsible for what the user reads when something fails: program, act, object and cause, in lower case, without a
//! full stop, never `Debug` output. Each layer adds only what it alone knows. Not responsible for printing: that is
//! [`crate::commands`]'s.

use std::{fmt, io};

use crate::store::StoreError;

/// What every fallible function of the crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line cannot be understood; exit status 2, as argparse has it.
    #[error("{0}")]
    Usage(String),

    /// A configured value is missing or malformed. `origin` tells where it stands: the flag, "the environment", or the
    /// section and path of the file.
    #[error("{key} in {origin}: {problem}")]
    Config {
        /// The key as documented, for example `CHUNK_SIZE`.
        key: String,
        /// Where the value was read.
        origin: String,
        /// What was found and what was expected.
        problem: String,
    },

    /// A refusal in our own words: a broken chain, nothing to back up, a snapshot that is not there.
    #[error("{0}")]
    Refused(String),

    /// Another process works on the same dataset and bucket; exit status 4.
    #[error("{dataset} is being worked on by another z3: {holder}")]
    Locked {
        /// The dataset.
        dataset: String,
        /// `process 1234`.
        holder: String,
    },
    /// Nothing is known to be wrong, but not everything could be looked at; exit status 3.
    #[error("{0}")]
    Unread(String),

    /// Some of what was asked for is done, some is not; exit status 3.
    #[error("{0}")]
    Partly(String),

    /// What `z3 check` has found and told; exit status 1 to 3.
    #[error("{text}")]
    Checked {
        /// Its word for programs.
        kind: &'static str,
        /// As monitoring has it.
        exit_status: u8,
        /// The worst of it.
        text: String,
    },

    /// A child process failed. `status` is `exit 1` or `killed by signal 9`; `stderr` is the tail of what it said.
    #[error("{command}: {status}{}", said(stderr))]
    Child {
        /// The command as a person would type it.
        command: String,
        /// How it ended.
        status: String,
        /// The last lines of its standard error, trimmed; may be empty.
        stderr: String,
    },

    /// A program that we need is not installed, or not where we look for it.
    #[error("run {program}: {place}")]
    Missing {
        /// The program's name.
        program: String,
        /// Where it was looked for: `not found in PATH (...)`.
        place: String,
    },

    /// The object store refused, or could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The bytes are no whole ZFS send stream.
    #[error("send stream: {0}")]
    Stream(#[from] crate::stream::StreamError),

    /// An operation of the operating system failed.
    #[error("{what}: {}", os_text(source))]
    Io {
        /// The act and its object: `read standard input`.
        what: String,
        /// The cause.
        source: io::Error,
    },

    /// Any other error, with the object that it is about.
    #[error("{object}: {error}")]
    About {
        /// A key, a snapshot, or the command that reads it.
        object: String,
        /// What went wrong.
        error: Box<Error>,
    },

    /// Any other error, with advice on a line of its own.
    #[error("{error}")]
    Hinted {
        /// What went wrong.
        error: Box<Error>,
        /// What the user can do about it.
        hint: String,
    },
}

impl Error {
    /// The exit status of what failed.
    pub const FAILED: u8 = 1;
    /// The exit status of a run that has done part of it.
    pub const PARTLY: u8 = 3;
    /// The exit status of a run that found another one at work.
    pub const BUSY: u8 = 4;

    /// A refusal in our own words.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    /// A key that is missing or malformed; see [`Error::Config`].
    pub fn config(
        key: impl Into<String>,
        origin: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        Self::Config {
            key: key.into(),
            origin: origin.into(),
            problem: problem.into(),
        }
    }

    /// An operating-system error, or the crate's own error that travelled through [`io::Error`] (see `From<Error>`).
    pub fn io(what: impl Into<String>, source: io::Error) -> Self {
        match source.downcast::<Error>() {
            Ok(ours) => ours,
            Err(source) => Self::Io {
                what: what.into(),
                source,
            },
        }
    }

    /// The same error, with the object that it is about. Those of the store name theirs.
    pub fn about(self, object: impl fmt::Display) -> Self {
        match self {
            Self::Store(_) => self,
            error => Self::About {
                object: object.to_string(),
                error: Box::new(error),
            },
        }
    }

    /// The same error with advice on a line of its own.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self::Hinted {
            error: Box::new(self),
            hint: hint.into(),
        }
    }

    /// The same error, without advice that is meant for the user of another command.
    pub fn without_hint(self) -> Self {
        match self {
            Self::Hinted { error, .. } => error.without_hint(),
            error => error,
        }
    }

    /// What failed, without what others have said about it.
    pub fn innermost(&self) -> &Self {
        match self {
            Self::About { error, .. } | Self::Hinted { error, .. } => error.innermost(),
            error => error,
        }
    }

    /// The advice, if there is any.
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Hinted { hint, .. } => Some(hint),
            Self::About { error, .. } => error.advice(),
            Self::Store(error) => error.hint.as_deref(),
            _ => None,
        }
    }

    /// What kind of failure it is, for programs: one word of `doc/json.md`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Config { .. } => "config",
            Self::Refused(_) => "refused",
            Self::Locked { .. } => "locked",
            Self::Unread(_) => "unread",
            Self::Partly(_) => "partly",
            Self::Checked { kind, .. } => kind,
            Self::Child { .. } => "program",
            Self::Missing { .. } => "program_missing",
            Self::Store(error) => error.kind.word(),
            Self::Stream(_) => "stream",
            Self::Io { .. } => "system",
            Self::About { error, .. } | Self::Hinted { error, .. } => error.kind(),
        }
    }

    /// The exit status of a command that ends with this error: 2 for usage, 3 for what could not be read, 4 if another run
    /// holds the lock, else 1.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unread(_) | Self::Partly(_) => Self::PARTLY,
            Self::Checked { exit_status, .. } => *exit_status,
            Self::Locked { .. } => Self::BUSY,
            Self::Hinted { error, .. } | Self::About { error, .. } => error.exit_status(),
            _ => Self::FAILED,
        }
    }
}

/// Lets our errors travel through `Read` and `Write`; [`Error::io`] takes them out again unharmed.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io { source, .. } if source.kind() == io::ErrorKind::Interrupted => source,
            other => io::Error::other(other),
        }
    }
}

/// The cause without Rust's ` (os error 2)`, in lower case like everything else that we print.
pub fn os_text(source: &io::Error) -> String {
    let text = source.to_string();
    uncapitalised(text.split(" (os error").next().unwrap_or(&text))
}

/// The text with a small first letter.
pub fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

fn said(stderr: &str) -> String {
    match stderr.trim() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}

#[cfg(test)]
mod tests;
