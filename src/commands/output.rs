//! What goes to stdout, and tables.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use crate::buffer::Pipe;
use crate::error::{Error, Result};
use crate::terminal::{make_room, plain, steers};

/// Prints a result. A reader that has seen enough (`z3 status | head`) is no error.
pub fn print(text: &str) -> Result<()> {
    make_room();
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(error)),
        _ => Ok(()),
    }
}

/// Why standard output did not take it.
pub fn unwritten(error: io::Error) -> Error {
    Error::io("write to standard output", error)
}

/// Unlike a listing, an object whose reader goes away has not been delivered: a broken pipe is an error here. What is
/// written is not looked at, as [`io::stdout`] would do, which is made for lines.
pub fn stdout() -> Result<Pipe<File>> {
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    Ok(Pipe::new(File::from(stdout.map_err(unwritten)?)))
}

/// Rows with columns as wide as their widest cell, joined by ` | `; the last column is padded, too, as the original does.
pub fn table(header: &[&str], mut rows: Vec<Vec<String>>) -> String {
    rows.insert(0, header.iter().map(|name| (*name).to_owned()).collect());
    let mut widths = vec![0; header.len()];
    for row in &mut rows {
        for (cell, width) in row.iter_mut().zip(&mut widths) {
            // Whoever may write to the bucket may not steer the terminal of whoever looks at it.
            if cell.contains(steers) {
                *cell = plain(cell);
            }
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        padded.join(" | ") + "\n"
    };
    rows.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_as_wide_as_their_cells() {
        let row = ["b\u{1b}", "c"].map(str::to_owned).to_vec();
        let told = table(&["A", "LONG"], vec![row]);
        assert_eq!(told, "A  | LONG\nb? | c   \n");
    }
}
