//! `z3 ls`: the names in a snapshot.

use super::files::{self, FileLine};
use super::report::Report;
use crate::args::{LsArgs, Z3};
use crate::error::{Error, Result};
use crate::files::{FileKind, Node, Tree};

/// Runs the command.
pub fn run(args: &Z3, options: &LsArgs, report: &Report) -> Result<()> {
    let names = (&options.stream[..], &options.names[..]);
    files::with(
        args,
        names,
        "ls",
        report,
        &mut |_, tree, paths| match paths {
            [] => list(tree, "/", options, report),
            [path] => list(tree, path, options, report),
            _ => Err(Error::Usage("ls takes one path".to_owned())),
        },
    )
}

fn list(tree: &Tree, path: &str, options: &LsArgs, report: &Report) -> Result<()> {
    let from = tree.find(path.as_bytes())?;
    if options.below {
        return tell(tree.walk(from), true, options, report);
    }
    match from.attributes.kind() {
        FileKind::Directory => tell(tree.list(&from)?, false, options, report),
        _ => tell([Ok(from)], true, options, report),
    }
}

/// What cannot be read does not keep the rest back.
fn tell(
    nodes: impl IntoIterator<Item = Result<Node>>,
    whole: bool,
    options: &LsArgs,
    report: &Report,
) -> Result<()> {
    let mut unread = 0;
    for node in nodes {
        match &node {
            Ok(node) => report.tell(&FileLine {
                node,
                long: options.long,
                whole,
            })?,
            Err(error) => {
                log::error!("{error}");
                unread += 1;
            }
        }
    }
    match unread {
        0 => Ok(()),
        _ => Err(Error::Partly(format!("{unread} files could not be read"))),
    }
}
