//! Profiles of the files that AWS' tools share: `~/.aws/credentials` and `~/.aws/config`.
//!
//! Responsible for finding a profile and its [`role`], its keys, or the program that prints them (`credential_process`).
//! What is wrong elsewhere in a file hides nothing; what is wrong in the profile that is asked for is an error, with path and
//! line.

use std::collections::BTreeMap;
use std::io::ErrorKind::{NotADirectory, NotFound};

use super::{Credentials, Environment, Found, helper, role};
use crate::error::os_text;
use crate::inifile::{Line, numbered, read_text};
use crate::terminal::plain;

const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
const TOKENS: [&str; 2] = ["aws_session_token", "aws_security_token"];
const PROCESS: &str = "credential_process";
/// What a profile may say instead of keys that is no way to any, and why.
const UNUSABLE: [(&str, &str); 6] = [
    ("source_profile", "expected role_arn as well"),
    ("credential_source", "expected role_arn as well"),
    ("web_identity_token_file", "expected role_arn as well"),
    ("sso_session", "single sign-on is not supported"),
    ("sso_start_url", "single sign-on is not supported"),
    ("login_session", "logins are not supported"),
];

/// One profile in one file.
#[derive(Debug, Default)]
struct Profile {
    exists: bool,
    /// By names in small letters: line and value.
    values: BTreeMap<String, (usize, String)>,
    /// The first line that is none, and what was expected.
    wrong: Option<(usize, String)>,
    /// The first section of the file whose name has no end: it may be the one.
    unclosed: Option<(usize, String)>,
}

/// A file, and the profile in it.
pub struct ProfileFile {
    path: String,
    section: Profile,
    /// Why there is nothing.
    reason: String,
}

/// The credentials of the profile with this name, else of `default`.
pub fn find(name: Option<&str>, env: Environment<'_>) -> Found {
    find_for(name, env, Some(0))
}

/// The same where `depth` roles have led; none may lead on if there is no depth.
pub fn find_for(name: Option<&str>, env: Environment<'_>, depth: Option<usize>) -> Found {
    let wanted = name.unwrap_or("default");
    let home = env("HOME").or_else(|| Some(std::env::home_dir()?.to_str()?.to_owned()));
    let path = |variable: &str, usual: &str| {
        let path = env(variable).unwrap_or_else(|| usual.to_owned());
        match (path.strip_prefix("~/"), &home) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => path,
        }
    };
    let keys = ProfileFile::read(
        path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        wanted,
        false,
    )?;
    let config = ProfileFile::read(path("AWS_CONFIG_FILE", "~/.aws/config"), wanted, true)?;
    if let Some(depth) = depth
        && let Some(found) = role::of_profile([&keys, &config], wanted, env, depth)?
    {
        return Ok(Ok(found));
    }
    for look in [ProfileFile::keys, ProfileFile::process] {
        for file in [&keys, &config] {
            if let Some(found) = look(file)? {
                return Ok(Ok(found));
            }
        }
    }
    let exists = keys.section.exists || config.section.exists;
    for file in [&keys, &config] {
        file.explain(wanted, exists)?;
    }
    let reasons = format!("{}; {}", keys.reason, config.reason);
    match exists || name.is_none() {
        true => Ok(Err(reasons)),
        false => Err(format!("no S3 credentials: {reasons}")),
    }
}

impl ProfileFile {
    fn read(path: String, wanted: &str, is_config: bool) -> Result<Self, String> {
        let wanted_text = plain(wanted);
        let (section, reason) = match read_text(path.as_ref()) {
            Ok((text, _)) => match Profile::read(&text, wanted, is_config) {
                found if found.exists => (
                    found,
                    format!("the profile {wanted_text} in {path} has no keys"),
                ),
                none => (none, format!("{path} has no profile {wanted_text}")),
            },
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => {
                (Profile::default(), format!("there is no {path}"))
            }
            Err(error) => return Err(format!("read {path}: {}", os_text(&error))),
        };
        Ok(Self {
            path,
            section,
            reason,
        })
    }

    fn place(&self, line: usize, key: &str) -> String {
        format!("{} line {line}: {key}", self.path)
    }

    /// A value that is not empty, with its place.
    pub fn value(&self, key: &str) -> Option<(String, String)> {
        let (line, value) = self.section.values.get(key)?;
        Some((self.place(*line, key), value.clone())).filter(|(_, value)| !value.is_empty())
    }

    fn keys(&self) -> Result<Option<Credentials>, String> {
        let (id, secret) = match (self.value(ID), self.value(SECRET)) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) => return Ok(None),
            (Some((place, _)), None) => return self.half(&place, SECRET),
            (None, Some((place, _))) => return self.half(&place, ID),
        };
        let token = TOKENS.iter().find_map(|name| self.value(name));
        Credentials::checked((&id.0, id.1), (&secret.0, secret.1), token).map(Some)
    }

    fn half(&self, place: &str, other: &str) -> Result<Option<Credentials>, String> {
        self.sound()?;
        Err(format!("{place}: expected {other} as well"))
    }

    /// The keys that a program of the user's prints.
    fn process(&self) -> Result<Option<Credentials>, String> {
        let command = self.value(PROCESS);
        command
            .map(|(place, command)| helper::ask(&place, &command, helper::LIMIT))
            .transpose()
    }

    fn sound(&self) -> Result<(), String> {
        match &self.section.wrong {
            Some((line, problem)) => Err(format!("{} line {line}: {problem}", self.path)),
            None => Ok(()),
        }
    }

    /// An error if the profile is broken, or gets its keys in a way that we do not know.
    fn explain(&self, wanted: &str, exists: bool) -> Result<(), String> {
        self.sound()?;
        if let (Some((line, problem)), false) = (&self.section.unclosed, exists) {
            return Err(format!("{} line {line}: {problem}", self.path));
        }
        let other = UNUSABLE
            .iter()
            .find_map(|(key, problem)| Some((self.value(key)?, problem)));
        match other {
            Some(((place, _), problem)) => {
                let wanted = plain(wanted);
                Err(format!(
                    "{place}: {problem}; the profile {wanted} needs a role, keys or {PROCESS}"
                ))
            }
            None => Ok(()),
        }
    }
}

impl Profile {
    /// Keys are known in any case; those below a key without a value (`s3 =`) are its own.
    fn read(text: &str, wanted: &str, is_config: bool) -> Self {
        let (mut found, mut inside, mut nested) = (Self::default(), false, false);
        for (number, line) in numbered(text) {
            let indented = line.starts_with([' ', '\t']);
            match Line::read(&line) {
                Line::Section(name) => {
                    (inside, nested) = (is_profile(name, wanted, is_config), false);
                    found.exists |= inside;
                }
                Line::Pair(..) if !inside || (nested && indented) => {}
                Line::Pair(key, value) => {
                    nested = value.is_empty();
                    found.take(number, key.to_ascii_lowercase(), unquoted(value));
                }
                // Whatever stands below it belongs to nobody.
                Line::Wrong(problem) if line.trim_start().starts_with('[') => {
                    inside = false;
                    found.unclosed.get_or_insert((number, problem.to_owned()));
                }
                Line::Wrong(problem) if inside => found.complain(number, problem.to_owned()),
                Line::Wrong(_) | Line::Nothing => {}
            }
        }
        found
    }

    fn take(&mut self, line: usize, key: String, value: &str) {
        match self.values.get(&key) {
            Some((_, other)) if other != value => {
                self.complain(line, format!("{key} stands twice in this profile"));
                self.values.remove(&key);
            }
            _ => drop(self.values.insert(key, (line, value.to_owned()))),
        }
    }

    fn complain(&mut self, line: usize, problem: String) {
        self.wrong.get_or_insert((line, problem));
    }
}

/// In the configuration it is called `[profile NAME]`, but for `[default]`.
fn is_profile(section: &str, wanted: &str, is_config: bool) -> bool {
    let section = section.trim();
    let named = match section.strip_prefix("profile") {
        Some(rest) if is_config && rest.starts_with([' ', '\t']) => rest.trim(),
        _ if is_config && section != "default" => return false,
        _ => section,
    };
    unquoted(named) == wanted
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}
