//! `z3 cat`: a file of a snapshot goes to standard output, and nothing else does.

use super::damaged;
use super::files;
use super::output::stdout;
use super::report::Report;
use super::start;
use crate::args::{CatArgs, Z3};
use crate::browse::{self, CatRequest};
use crate::chain::Depth;
use crate::error::{Error, Result};
use crate::files::{FileKind, Node, Tree, VOLUME};

/// Runs the command.
pub fn run(args: &Z3, options: &CatArgs, report: &Report) -> Result<()> {
    if args.json {
        return Err(Error::Usage(
            "cat writes a file to standard output, and no lines (--json)".to_owned(),
        ));
    }
    if start::stdout_was_closed() {
        return Err(Error::refused("write to standard output: it is closed"));
    }
    let place = files::FilesRequest {
        command: "cat",
        streams: &options.stream,
        names: &options.names,
        at: options.at,
        salvage: options.salvage,
        depth: Depth::Names,
    };
    files::with(args, &place, report, &mut |chain, tree, paths| {
        let node = wanted(tree, paths)?;
        let request = CatRequest {
            chain,
            tree,
            object: node.object,
            bytes: node.attributes.size,
        };
        browse::cat(&request, &mut stdout()?)?;
        damaged::tell((chain, tree), [node].into_iter(), report, true)
    })
}

/// The file, or the volume.
fn wanted(tree: &Tree, paths: &[String]) -> Result<Node> {
    match (tree.volume_bytes()?, paths) {
        (Some(bytes), []) => {
            let mut volume = Node::named(b"the volume".to_vec());
            (volume.object, volume.attributes.size) = (VOLUME, bytes);
            Ok(volume)
        }
        (_, [path]) => {
            let node = tree.find(path.as_bytes())?;
            match node.attributes.kind() {
                FileKind::File => Ok(node),
                kind => {
                    let (path, kind) = (node.shown(), kind.word());
                    Err(Error::refused(format!("{path} is no file: it is a {kind}")))
                }
            }
        }
        _ => Err(Error::Usage(
            "cat needs the PATH of a file, and only one".to_owned(),
        )),
    }
}
