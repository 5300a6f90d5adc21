//! A place where a run stands still until it is let go: before, in or after a program, or on a request's way through the proxy.
//! So the moment at which something breaks is exact, whatever the machine is busy with.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::run::Run;
use super::z3::Z3;

/// Stands first in PATH under the name of a program.
const SHIM: &str = include_str!("halt.sh");

/// One place; for one run after the other.
#[derive(Debug, Clone)]
pub struct Halt(PathBuf);

impl Halt {
    /// Of this corner, closed; `name` is its own.
    pub fn new(z3: &Z3, name: &str) -> Self {
        let halt = Self(z3.dir().join(name));
        for end in ["reached", "open"] {
            drop(fs::remove_file(halt.0.with_extension(end)));
        }
        halt
    }

    /// The run stands still where its call of `program` with arguments like `pattern` (a shell's) is `at`: `before` it, at a
    /// number of bytes of its output, or `after` its output and before its exit.
    pub fn in_program(&self, run: Run, program: &str, at: &str, pattern: &str) -> Run {
        run.env("HALT", &self.0)
            .env(&format!("HALT_{program}"), format!("{at} {pattern}"))
    }

    /// Something stands there.
    pub fn reached(&self) -> bool {
        self.0.with_extension("reached").exists()
    }

    /// Lets it go, and all that come later.
    pub fn open(&self) {
        fs::write(self.0.with_extension("open"), "").unwrap();
    }

    /// Stands there, until it is open or `over`.
    pub fn stand(&self, over: impl Fn() -> bool) {
        drop(fs::write(self.0.with_extension("reached"), ""));
        let open = self.0.with_extension("open");
        while !open.exists() && !over() {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Z3 {
    /// Makes a [`Halt`] possible in a program.
    pub fn can_halt(&self, program: &str) {
        self.replace(program, SHIM);
    }
}
