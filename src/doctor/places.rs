//! Whether the files can be written by which others are told of runs: a run that cannot only warns, and nobody may read that.
//!
//! Asks the system about permissions, so that nothing is made or left behind.

use std::io;
use std::path::Path;

use rustix::fs::{Access, access};

use super::Chart;
use crate::config::MonitorSettings;
use crate::error::{Result, os_text};

pub fn examine(monitor: &MonitorSettings, chart: &mut Chart<'_>) -> Result<()> {
    // The one is written beside itself and renamed, to the other is appended.
    let files = [
        ("PROMETHEUS", &monitor.prometheus, true),
        ("Z3_LOG", &monitor.log, false),
    ];
    for (key, path, replaced) in files {
        let Some(path) = path else {
            continue;
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let place = match replaced || !path.exists() {
            true => folder,
            false => path,
        };
        let shown = path.display();
        let Err(error) = may_write(path, place) else {
            chart.ok(key, format!("{shown} can be written"))?;
            continue;
        };
        let (place, folder) = (place.display(), folder.display());
        let hint = match error.kind() {
            io::ErrorKind::NotFound => format!("make {place} for whoever runs z3"),
            io::ErrorKind::IsADirectory => format!("{key} is the path of a file"),
            io::ErrorKind::ReadOnlyFilesystem => {
                format!("a service that is kept from writing needs ReadWritePaths={folder}")
            }
            _ => format!("whoever runs z3 has to be allowed to write to {place}"),
        };
        chart.warn(
            key,
            format!("{shown} cannot be written: {}", os_text(&error)),
            &hint,
        )?;
    }
    Ok(())
}

fn may_write(path: &Path, place: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let needed = match place.is_dir() {
        true => Access::WRITE_OK | Access::EXEC_OK,
        false => Access::WRITE_OK,
    };
    Ok(access(place, needed)?)
}
