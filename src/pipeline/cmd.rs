//! One command: its program and arguments, how it prints as shell text, and how it is looked up and started.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::terminal::steers;

/// Where zfs lives; cron's PATH has none of them.
const SYSTEM_DIRS: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// What nobody but us needs: all secrets that z3 or its library takes from the environment. A gpg starts an agent, which
/// stays, and a process's environment can be read as long as it lives.
const SECRETS: [&str; 9] = [
    "PING_URL",
    "S3_HEADERS",
    "S3_KEY_ID",
    "S3_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/// A program with its arguments. `Display` prints it as POSIX shell text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cmd {
    program: String,
    args: Vec<Arg>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Arg {
    text: String,
    /// Shown in single quotes even where the shell would not need them.
    quoted: bool,
}

impl Cmd {
    /// A command without arguments; a program without a slash is looked up in PATH and the system directories.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
        }
    }

    /// Adds an argument, shown in quotes where the shell needs them.
    pub fn arg(self, text: impl Into<String>) -> Self {
        self.with(text.into(), false)
    }

    /// Adds several arguments.
    pub fn args<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        texts.into_iter().fold(self, Self::arg)
    }

    /// Adds an argument that is always shown in single quotes, as the original showed zfs send's snapshots.
    pub fn quoted(self, text: impl Into<String>) -> Self {
        self.with(text.into(), true)
    }

    fn with(mut self, text: String, quoted: bool) -> Self {
        self.args.push(Arg { text, quoted });
        self
    }

    /// Ready to be started but for its three streams. The absolute path spares std the slower fork that its own
    /// lookup in a changed PATH would need.
    pub(super) fn command(&self) -> Result<Command> {
        let path = search_path(env::var_os("PATH"));
        let file = find(&self.program, &path).ok_or_else(|| self.missing(&path))?;
        let mut command = Command::new(file);
        command
            .arg0(&self.program)
            .args(self.args.iter().map(|arg| &arg.text))
            .env("PATH", path)
            .env("LC_ALL", "C");
        for name in SECRETS {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// Runs it in the undo of a signal, where the children of a pipeline would be killed as they start; nobody hears what
    /// it says. In a group of its own: `timeout` sends each signal to our group as well.
    /// Tells whether it ended well.
    pub fn run_in_undo(&self) -> bool {
        let Ok(mut command) = self.command() else {
            return false;
        };
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
        let ended = quiet.stderr(Stdio::null()).process_group(0).status();
        ended.is_ok_and(|status| status.success())
    }

    fn missing(&self, path: &OsStr) -> Error {
        let place = if self.program.contains('/') {
            "no such program".to_owned()
        } else {
            format!("not found in PATH ({})", path.to_string_lossy())
        };
        Error::Missing {
            program: self.program.clone(),
            place,
        }
    }

    /// Whether the program can be found.
    pub fn is_installed(&self) -> bool {
        find(&self.program, &search_path(env::var_os("PATH"))).is_some()
    }
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(f, &self.program, false)?;
        for arg in &self.args {
            f.write_str(" ")?;
            write_word(f, &arg.text, arg.quoted)?;
        }
        Ok(())
    }
}

/// Single quotes keep every character but the single quote itself (POSIX shell, 2.2.2). What would steer the terminal that
/// shows it stands there in octal digits, of which printf makes it again when it is run: `'a'"$(printf '\033')"'b'`.
fn write_word(f: &mut fmt::Formatter<'_>, text: &str, quoted: bool) -> fmt::Result {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !quoted && !text.is_empty() && text.chars().all(plain) {
        return f.write_str(text);
    }
    f.write_str("'")?;
    for letter in text.chars() {
        match letter {
            '\'' => f.write_str(r"'\''")?,
            // Command substitution would drop it. The line that it begins cannot be taken for one of ours.
            '\n' => f.write_str("\n''")?,
            letter if steers(letter) => write_octal(f, letter)?,
            letter => f.write_char(letter)?,
        }
    }
    f.write_str("'")
}

/// Leaves the single quotes, and enters them again.
fn write_octal(f: &mut fmt::Formatter<'_>, letter: char) -> fmt::Result {
    f.write_str(r#"'"$(printf '"#)?;
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        write!(f, "\\{byte:03o}")?;
    }
    f.write_str(r#"')"'"#)
}

/// The caller's PATH, then the system directories. An empty PATH would put the current directory before them.
fn search_path(path: Option<OsString>) -> OsString {
    let path = path.filter(|path| !path.is_empty());
    let mut path = path.unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    path.push(":");
    path.push(SYSTEM_DIRS);
    path
}

fn find(program: &str, path: &OsStr) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|file| executable(file));
    }
    env::split_paths(path)
        .map(|dir| dir.join(program))
        .find(|file| executable(file))
}

fn executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_the_shell_needs_it() {
        for (text, shown) in [
            ("tank/a@b", "tank/a@b"),
            (
                "zfs-auto-snap:daily-2015-03-01",
                "zfs-auto-snap:daily-2015-03-01",
            ),
            ("isfull=true", "isfull=true"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("#b1", "'#b1'"),
            ("a\nb", "'a\n''b'"),
            ("a\u{1b}c", r#"'a'"$(printf '\033')"'c'"#),
            ("\u{202e}", r#"''"$(printf '\342\200\256')"''"#),
            ("*?[;&|<>()`\"\\!{}", "'*?[;&|<>()`\"\\!{}'"),
            ("t\u{e4}nk", "'t\u{e4}nk'"),
        ] {
            assert_eq!(Cmd::new("x").arg(text).to_string(), format!("x {shown}"));
        }
        assert_eq!(Cmd::new("x").quoted("a@b").to_string(), "x 'a@b'");
    }

    #[test]
    fn the_shell_reads_back_what_is_shown() {
        let odd = "\u{1b}]0;t\u{7}\r\u{9b}2J\u{202e}'\u{1b}'\n\n";
        let words = [
            "it's",
            "",
            "a  b",
            "$x `y` \"z\" \\",
            "#!~*",
            "-n",
            "a\nb",
            odd,
        ];
        let shown = Cmd::new("printf").arg("%s|").args(words).to_string();
        let output = Command::new("sh").args(["-c", &shown]).output().unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            words.map(|word| format!("{word}|")).concat()
        );
    }

    #[test]
    fn programs_are_found_in_the_system_directories_too() {
        let path = search_path(Some("/nosuch".into()));
        assert_eq!(path, "/nosuch:/usr/local/sbin:/usr/sbin:/sbin");
        assert_eq!(search_path(Some("".into())), search_path(None));
        let dir = tempfile::tempdir().unwrap();
        let path = search_path(Some(dir.path().into()));
        let tool = dir.path().join("z3-tool");
        std::fs::write(&tool, "#!/bin/sh\n").unwrap();
        assert_eq!(find("z3-tool", &path), None, "not executable yet");
        std::fs::set_permissions(&tool, PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(find("z3-tool", &path), Some(tool));
        assert_eq!(find("/nosuch/tool", &path), None);
    }
}
