//! A user's shell, and the user's own tools.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::run::{Run, programs};
use super::z3::Z3;
use super::zfs::zfs;

impl Z3 {
    /// Root's bash in this corner, with the five programs in its PATH.
    pub fn shell(&self, script: &str) -> Run {
        let path = format!(
            "{}:/usr/sbin:/usr/bin:/sbin:/bin:{}",
            self.dir().join("bin").display(),
            programs().display()
        );
        self.program("/bin/bash", ["-o", "pipefail", "-c", script])
            .env("PATH", path)
    }

    /// What a program of the system, `gzip -d`, makes of these bytes.
    pub fn piped(&self, command: &str, bytes: Vec<u8>) -> Vec<u8> {
        self.shell(command).stdin(bytes).run().expect_ok().stdout
    }

    /// A script of the test's own, which stands in PATH under the name of a program, before the real one, which it finds.
    pub fn replace(&self, program: &str, script: &str) {
        let path = self.dir().join("bin").join(program);
        let text = format!("#!/bin/sh\nPATH=${{PATH#*/bin:}}\n{script}\n");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The real one stands there again.
    pub fn restore_program(&self, program: &str) {
        fs::remove_file(self.dir().join("bin").join(program)).unwrap();
    }

    /// `z3` with these arguments, which has to succeed; what it printed.
    pub fn says<S: Into<OsString>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        self.z3(arguments).run().expect_ok().text().to_owned()
    }

    /// `z3` with these arguments, which has to fail with status 1 and print nothing; its words.
    pub fn refuses<S: Into<OsString>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let ended = self.z3(arguments).run().expect_status(1);
        assert_eq!(ended.text(), "");
        ended.stderr
    }

    /// The snapshots that are held, by how many tags.
    pub fn held(&self) -> String {
        let held = |row: &String| {
            let (name, count) = row.split_once('\t')?;
            (count != "0").then(|| format!("{name}:{count}"))
        };
        let rows = self.dataset.listed("name,userrefs").unwrap_or_default();
        rows.iter().filter_map(held).collect::<Vec<_>>().join(" ")
    }
}
