//! Programs that fail by script: `shim.sh` under their names. They stand first in the PATH of those runs alone that are told a
//! script by `SHIM_zfs` and its like, as each of them costs a shell.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// The programs that a test may want to fail.
const SHIMS: [&str; 6] = ["zfs", "pigz", "gpg", "ssh", "mbuffer", "sudo"];

/// The folder of the shims. It is not taken away, but lies in the scratch directory of the whole run.
pub fn shims() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("shims").tempdir().unwrap();
        for name in SHIMS {
            let shim = folder.path().join(name);
            fs::write(&shim, include_str!("shim.sh")).unwrap();
            fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    });
    made.path()
}

/// Puts them first in the command's PATH, if it is told a script or a log.
pub fn set_up(command: &mut Command) {
    let value = |wanted: &str| {
        let mut all = command.get_envs();
        all.find_map(|(name, value)| (name == wanted).then_some(value?))
    };
    let told = command
        .get_envs()
        .any(|(name, value)| value.is_some() && name.to_string_lossy().starts_with("SHIM_"));
    if !told {
        return;
    }
    let mut path = OsString::from(shims());
    if let Some(rest) = value("PATH") {
        path.push(":");
        path.push(rest);
    }
    command.env("PATH", path);
}
