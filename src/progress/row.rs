//! One row of a terminal: what of a label and of numbers fits into it.

/// The label's share of a line.
pub const LABEL_COLUMNS: usize = 34;

/// Less than this of a label tells nobody anything.
const LEAST_LABEL_COLUMNS: usize = 8;

/// What fits into one row of a terminal: the numbers, and as much of the label as they leave. What runs over the edge of a
/// terminal goes on in the next row, which nothing erases, four times a second. The last column stays free, as some
/// terminals begin a new row when it is written.
pub fn row(label: &str, line: &str, columns: usize) -> String {
    let columns = columns.saturating_sub(1);
    let left = columns.saturating_sub(line.len() + 2).min(LABEL_COLUMNS);
    match left < LEAST_LABEL_COLUMNS {
        true => whole_numbers(line, columns).to_owned(),
        false => format!("{}: {line}", shortened(label, left)),
    }
}

/// As many of the numbers as fit: half of one would be another.
fn whole_numbers(line: &str, columns: usize) -> &str {
    let mut line = line;
    for before in [", ", " (", " of "] {
        while line.len() > columns
            && let Some((rest, _)) = line.rsplit_once(before)
        {
            line = rest;
        }
    }
    if line.len() > columns { "" } else { line }
}

/// The end of a label that is too long: snapshots differ at their ends.
pub fn shortened(label: &str, columns: usize) -> String {
    // Some letters are two columns wide; which ones is a table that changes every year.
    let width = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    if label.chars().map(width).sum::<usize>() <= columns {
        return label.to_owned();
    }
    let mut left = columns.saturating_sub(3);
    let fits = |letter: &char| {
        let rest = left.checked_sub(width(*letter));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let end: Vec<char> = label.chars().rev().take_while(fits).collect();
    format!("...{}", end.iter().rev().collect::<String>())
}
