//! A SeaweedFS of one test's own, which may be killed.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::support::process::kill;

/// It listens at so many ports in a row.
const PORTS: u16 = 8;

/// A running server; its files, and it, are gone when it is dropped.
pub struct OwnServer {
    port: u16,
    files: tempfile::TempDir,
}

impl OwnServer {
    pub fn start() -> Self {
        let free = |first: &u16| {
            (*first..first + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        };
        let server = Self {
            // Below the ports that the kernel gives to anybody (32768), above those of tests/env/with.
            port: (32200..32700).step_by(PORTS.into()).find(free).unwrap(),
            files: tempfile::tempdir().unwrap(),
        };
        server.restart();
        server
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGKILL.
    pub fn kill(&self) {
        let noted = fs::read_to_string(self.files.path().join("weed.pid")).unwrap();
        kill("KILL", noted.split(' ').next().unwrap());
    }

    /// Starts it with the files that are there.
    pub fn restart(&self) {
        self.script("start", &[&self.port.to_string()]);
    }

    fn script(&self, act: &str, more: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/env/seaweedfs");
        let mut command = Command::new(script);
        command.arg(act).arg(self.files.path()).args(more);
        let said = command.output().unwrap();
        let text = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{act}: {text}");
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.script("stop", &[]);
        }
    }
}
