//! A file with a first configuration, where there is none.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::first;
use crate::error::{Error, Result};

const ELSEWHERE: &str = "that is for root, as a rule; --config FILE names a place of your own";

/// Writes it where there is nothing; what is there is never touched.
pub fn init(path: &Path) -> Result<()> {
    let shown = path.display();
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| {
            Error::io(format!("make {}", folder.display()), error).hint(ELSEWHERE)
        })?;
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = file.map_err(|error| {
        let there = error.kind() == ErrorKind::AlreadyExists;
        let error = Error::io(format!("make {shown}"), error);
        match there {
            true => error.hint("it is left as it is; 'z3 doctor' looks at it"),
            false => error.hint(ELSEWHERE),
        }
    })?;
    let written = file
        .write_all(first::configuration().as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a file would be in the way of the next try.
        let _ = std::fs::remove_file(path);
        Error::io(format!("write {shown}"), error).hint(ELSEWHERE)
    })
}
