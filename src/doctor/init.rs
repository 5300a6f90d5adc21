//! A configuration to be filled in.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::error::{Error, Result};

const SAMPLE: &str = include_str!("../../z3.conf.sample");

/// Writes the sample where there is nothing; what is there is never touched.
pub fn init(path: &Path) -> Result<()> {
    let shown = path.display();
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| Error::io(format!("make {}", folder.display()), error))?;
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = file.map_err(|error| Error::io(format!("make {shown}"), error))?;
    let written = file
        .write_all(SAMPLE.as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a sample would be in the way of the next try.
        let _ = std::fs::remove_file(path);
        Error::io(format!("write {shown}"), error)
    })
}
