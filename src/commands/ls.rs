//! `z3 ls`: the names in a snapshot.

use super::damaged;
use super::files::{self, FileLine};
use super::report::Report;
use crate::args::{LsArgs, Z3};
use crate::chain::Depth;
use crate::error::{Error, Result};
use crate::files::{FileKind, Node, Tree};

/// Runs the command.
pub fn run(args: &Z3, options: &LsArgs, report: &Report) -> Result<()> {
    let depth = match (options.below, options.long || args.json || options.salvage) {
        (true, _) => Depth::All,
        (_, true) => Depth::Attributes,
        (false, false) => Depth::Names,
    };
    let place = files::FilesRequest {
        command: "ls",
        streams: &options.stream,
        names: &options.names,
        at: options.at,
        salvage: options.salvage,
        depth,
    };
    files::with(args, &place, report, &mut |chain, tree, paths| {
        let path = match paths {
            [] => "/",
            [path] => path,
            _ => return Err(Error::Usage("ls takes one PATH".to_owned())),
        };
        let listed = list(tree, path, depth, options, report);
        if !options.salvage {
            return listed;
        }
        let told = damaged::tell_listed(chain, tree, path, options.below, report);
        listed.and(told)
    })
}

fn list(tree: &Tree, path: &str, depth: Depth, options: &LsArgs, report: &Report) -> Result<()> {
    let from = tree.find(path.as_bytes())?;
    if options.below {
        return tell(tree.walk(from), true, options, report);
    }
    match from.attributes.kind() {
        FileKind::Directory if depth == Depth::Names => {
            let names = tree.names(&from)?.map(|path| path.map(FileLine::of_name));
            all(names, report)
        }
        FileKind::Directory => tell(tree.list(&from)?, false, options, report),
        _ => tell([Ok(from)], true, options, report),
    }
}

fn tell(
    nodes: impl IntoIterator<Item = Result<Node>>,
    whole: bool,
    options: &LsArgs,
    report: &Report,
) -> Result<()> {
    let line = |node| FileLine {
        node,
        long: options.long,
        whole,
    };
    all(nodes.into_iter().map(|node| node.map(line)), report)
}

/// What cannot be read does not keep the rest back.
fn all(lines: impl Iterator<Item = Result<FileLine>>, report: &Report) -> Result<()> {
    let mut unread = 0;
    for line in lines {
        match line {
            Ok(line) => report.tell(&line)?,
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
