//! A gpg key of a test's own, in a home of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::z3::Z3;

/// A home with one secret key without a passphrase; `~/.gnupg` of the test.
pub struct Gpg {
    /// `GNUPGHOME`.
    pub home: PathBuf,
}

impl Gpg {
    /// Makes the key, which has this name.
    pub fn new(z3: &Z3, name: &str) -> Self {
        let home = z3.dir().join("home/.gnupg");
        fs::create_dir(&home).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        let gpg = Self { home };
        let key = [
            "--quick-generate-key",
            name,
            "future-default",
            "default",
            "never",
        ];
        let arguments = ["--batch", "--quiet", "--passphrase", ""];
        let made = gpg
            .command("gpg")
            .args(arguments)
            .args(key)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        gpg
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("GNUPGHOME", &self.home).stdin(Stdio::null());
        command
    }
}

/// Its agent would stay.
impl Drop for Gpg {
    fn drop(&mut self) {
        drop(self.command("gpgconf").args(["--kill", "all"]).status());
    }
}
