//! Compatibility with the Python z3, from what it really stored and printed.

mod objects;
mod transcripts;

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::support::{Dataset, ENV, Run, Z3};

/// All that was recorded is about one dataset.
static PEER: Mutex<()> = Mutex::new(());

/// The corner of `zpeer/fs`, with the Python's defaults; one at a time.
pub struct Peer {
    // Fields are dropped in this order: the dataset goes while it is still ours alone.
    z3: Z3,
    _alone: MutexGuard<'static, ()>,
}

impl Peer {
    /// Neither the dataset nor its objects are there.
    pub fn new(test: &str) -> Self {
        let alone = PEER.lock().unwrap_or_else(PoisonError::into_inner);
        let mut z3 = Z3::new(test);
        z3.dataset = Dataset::named(format!("{}/fs", ENV.peer));
        z3.dataset.destroy();
        let peer = Self { z3, _alone: alone };
        peer.clear();
        peer
    }

    /// Deletes every object of the dataset.
    fn clear(&self) {
        let keys = self.z3.bucket.keys("");
        let ours = format!("/{}@", self.z3.dataset.name);
        for key in keys.iter().filter(|key| key.contains(&ours)) {
            self.z3.bucket.delete(key);
        }
    }

    /// A shell command with the Python's defaults.
    fn shell(&self, command: &str) -> Run {
        let run = self.z3.shell(command);
        run.env_remove("S3_PREFIX").env_remove("SNAPSHOT_PREFIX")
    }
}

/// A file that was recorded.
fn recorded(name: &str) -> Vec<u8> {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/python-z3");
    fs::read(top.join(name)).unwrap()
}
