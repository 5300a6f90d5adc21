//! What goes to stdout, and tables.

use std::io::{self, Write};

use crate::error::{Error, Result};

/// Prints a result. A reader that has seen enough (`z3 status | head`) is no error.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::io("write to standard output", error))
        }
        _ => Ok(()),
    }
}

/// Rows with columns as wide as their widest cell, joined by ` | `; the last column is padded, too, as the original does.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    // Whoever may write to the bucket may not steer the terminal of whoever looks at it.
    let rows = rows
        .iter()
        .map(|row| {
            row.each_ref()
                .map(|cell| cell.replace(char::is_control, "?"))
        })
        .collect::<Vec<_>>();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join(" | ") + "\n"
    };
    rows.iter().map(line).collect()
}
