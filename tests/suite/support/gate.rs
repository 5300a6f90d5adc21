//! A gate in front of zfs: a run stands still before one of its commands until it is opened.

use std::fs;
use std::path::PathBuf;

use super::run::{Run, Running};
use super::z3::Z3;

/// Stands first in PATH as `zfs`; estimates pass.
const SHIM: &str = r#"case "$* " in
"send -n"*) ;;
"$GATED "*) : >"$GATE.reached"; while [ -d "${GATE%/*}" ] && [ ! -e "$GATE" ]; do sleep 0.02; done ;;
esac
exec zfs "$@""#;

/// One gate of a corner.
pub struct Gate(PathBuf);

impl Gate {
    /// Closed. It is for the runs that go [`Gate::through`] it, and no others.
    pub fn new(z3: &Z3) -> Self {
        z3.replace("zfs", SHIM);
        Self(z3.dir().join("gate"))
    }

    /// Starts the run and waits until it stands before the `zfs` command that begins with these words.
    pub fn through(&self, run: Run, words: &str) -> Running {
        let reached = self.0.with_extension("reached");
        drop(fs::remove_file(&reached));
        drop(fs::remove_file(&self.0));
        let mut running = run.env("GATE", &self.0).env("GATED", words).start();
        running.until("the gate", || reached.exists());
        running
    }

    pub fn open(&self) {
        fs::write(&self.0, "").unwrap();
    }
}
