//! `z3 verify`: tells what is good, what is damaged and what could not be looked at.

mod stream;

use super::session::Session;
use crate::args;
use crate::error::{Error, Result};
use crate::progress;

/// `z3 verify --stream FILE`.
pub fn stream(file: &str, snapshots: &[String], json: bool) -> Result<()> {
    if !snapshots.is_empty() {
        return Err(Error::Usage(
            "--stream checks one file and takes no snapshots".to_owned(),
        ));
    }
    stream::run(file, json)
}

/// Runs the command.
pub fn run(session: &Session, options: &args::Verify, progress: progress::Mode) -> Result<()> {
    let _ = (session, options, progress);
    Ok(())
}
