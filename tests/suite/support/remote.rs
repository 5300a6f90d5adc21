//! Another machine for `z3_ssh_sync`: a real ssh talks to a real sshd, which it starts for each connection (`sshd -i`), so that
//! there is no port to find and nothing to stop. Its zfs is ours, behind the real sudo.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use super::run::Run;
use super::z3::Z3;

/// What ssh calls the machine.
pub const NAME: &str = "backup.example";

/// The other machine, in the directory of a test.
pub struct Remote {
    dir: PathBuf,
}

impl Remote {
    /// With the programs of a Debian.
    pub fn of(z3: &Z3) -> Self {
        let dir = z3.dir().join("remote");
        for folder in ["", "bin", "near"] {
            fs::create_dir(dir.join(folder)).unwrap();
        }
        let remote = Self { dir };
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(remote.dir.join("key"))
            .status();
        assert!(made.unwrap().success());
        // Debian's service makes it, and here nobody has started that.
        fs::create_dir_all("/run/sshd").unwrap();
        let dir = remote.dir.display();
        // The default key exchange, which is safe from quantum computers, would take two thirds of a connection's CPU time.
        let ssh = format!(
            "Host *\nUser root\nBatchMode yes\nLogLevel ERROR\nIdentitiesOnly yes\nIdentityFile {dir}/key\n\
             KexAlgorithms curve25519-sha256\nCiphers aes128-gcm@openssh.com\nPreferredAuthentications publickey\n\
             StrictHostKeyChecking no\nUserKnownHostsFile {dir}/known\n\
             Host {NAME}\nProxyCommand /usr/sbin/sshd -i -f {dir}/sshd.conf\n"
        );
        fs::write(remote.dir.join("ssh.conf"), ssh).unwrap();
        let near = format!("exec /usr/bin/ssh -F {dir}/ssh.conf \"$@\"");
        remote.script("near/ssh", &near);
        remote.path(&format!("{dir}/bin:/usr/bin:/bin"));
        remote
    }

    /// `PATH` of who logs in there. With a level of its own the shell believes that it is not the first one, and leaves the
    /// start-up files of this machine's root alone.
    fn path(&self, path: &str) {
        // sshd lets nobody in whose password is locked, unless PAM decides.
        let shadow = fs::read_to_string("/etc/shadow").unwrap_or_default();
        let locked = shadow.lines().any(|line| line.starts_with("root:!"));
        let pam = if locked { "yes" } else { "no" };
        let dir = self.dir.display();
        let sshd = format!(
            "HostKey {dir}/key\nAuthorizedKeysFile {dir}/key.pub\nStrictModes no\nPermitRootLogin yes\nUsePAM {pam}\n\
             LogLevel ERROR\nSetEnv PATH={path} SHLVL=1\n"
        );
        fs::write(self.dir.join("sshd.conf"), sshd).unwrap();
    }

    /// There is nothing but sudo there.
    pub fn bare(self) -> Self {
        symlink("/usr/bin/sudo", self.dir.join("bin/sudo")).unwrap();
        self.path(&self.dir.join("bin").display().to_string());
        self
    }

    /// Its sudo is this shell script, which gets `-n zfs ...`.
    pub fn sudo(self, script: &str) -> Self {
        self.script("bin/sudo", script);
        self
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A program on this side to which `ssh` reaches the other one. There is no bucket and nothing that tells of one.
    pub fn program<S: Into<OsString>>(
        &self,
        z3: &Z3,
        name: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run {
        let path =
            [&z3.dir().join("bin"), &self.dir.join("near")].map(|dir| dir.display().to_string());
        let s3 = [
            "BUCKET",
            "S3_KEY_ID",
            "S3_SECRET",
            "S3_ENDPOINT",
            "S3_REGION",
            "S3_PREFIX",
        ];
        let run = z3.program(name, arguments);
        s3.iter()
            .fold(run, |run, name| run.env_remove(name))
            .env("PATH", format!("{}:/usr/bin:/bin", path.join(":")))
    }

    /// `z3_ssh_sync ARGUMENTS backup.example`.
    pub fn sync<const N: usize>(&self, z3: &Z3, arguments: [&str; N]) -> Run {
        self.program(z3, "z3_ssh_sync", arguments).args([NAME])
    }
}
