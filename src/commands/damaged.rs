//! The files that damage has hit, for `z3 ls`, `z3 cat` and `z3 extract`.

use serde_json::{Value, json};

use super::files::shown_exactly;
use super::report::{Item, Report};
use crate::chain::StreamChain;
use crate::error::{Error, Result};
use crate::files::{Node, Tree};
use crate::terminal::plain;

/// One of them.
pub struct Damaged {
    node: Node,
    lost: String,
}

impl Item for Damaged {
    const TYPE: &'static str = "damaged";

    fn fields(&self) -> Value {
        let path = &self.node.path;
        json!({
            "path": shown_exactly(path),
            "object": self.node.object,
            "lost": self.lost,
        })
    }
}

/// Tells which of these files are hit, as a table, or where standard output is for something else as messages.
pub fn tell(
    (chain, tree): (&StreamChain<'_>, &Tree),
    nodes: impl Iterator<Item = Node>,
    report: &Report,
    aside: bool,
) -> Result<()> {
    let hit = nodes.filter_map(|node| {
        let lost = chain.hit(tree, node.object, &node.attributes)?;
        Some(Damaged { node, lost })
    });
    let rows: Vec<Damaged> = hit.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let cells = |row: &Damaged| [row.node.shown(), row.lost.clone()];
    match aside {
        true => {
            for row in &rows {
                log::error!("{}: damaged: {}", row.node.shown(), row.lost);
                report.line(row)?;
            }
        }
        false => report.table("", ["DAMAGED", "WHAT IS LOST"], &rows, cells)?,
    }
    let (count, are) = (rows.len(), if rows.len() == 1 { " is" } else { "s are" });
    Err(Error::Partly(format!("{count} file{are} damaged")))
}

/// The same of what is listed: a file, or a directory and what is in it.
pub fn tell_listed(
    chain: &StreamChain<'_>,
    tree: &Tree,
    path: &str,
    below: bool,
    report: &Report,
) -> Result<()> {
    let from = tree.find(path.as_bytes())?;
    if below {
        return tell((chain, tree), tree.walk(from).flatten(), report, true);
    }
    let children = tree.list(&from).into_iter().flatten().flatten();
    tell((chain, tree), children.chain([from.clone()]), report, true)
}

/// Says what was found in each stream.
pub fn say(chain: &StreamChain<'_>) {
    let Some(damage) = &chain.damage else { return };
    for (place, link) in chain.links.iter().enumerate() {
        let (name, (words, gaps)) = (plain(&link.name), damage.of_stream(place));
        if words > 0 {
            log::warn!("{name}: wrong words that were found and put right: {words}");
        }
        if gaps > 0 {
            log::warn!("{name}: damaged places whose data is lost: {gaps}");
        }
        if damage.is_followed(place) {
            log::warn!("{name}: left out: what follows its END record, which is none of it");
        }
    }
}

/// What a stream that is not right needs to be read all the same.
pub fn advised(error: Error) -> Error {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    let is_damage = match error.innermost() {
        // What does not even begin as a stream is none, most of the time.
        Error::Stream(error) => error.offset > 0,
        Error::Io { source, .. } => matches!(source.kind(), InvalidData | UnexpectedEof),
        _ => false,
    };
    match is_damage {
        true => error.hint("--salvage gives what is left, and names what is lost"),
        false => error,
    }
}
