//! `z3 cat`: a file of a snapshot goes to standard output, and nothing else does.

use super::files;
use super::output::stdout;
use super::report::Report;
use super::start;
use crate::args::{CatArgs, Z3};
use crate::browse::{self, CatRequest};
use crate::error::{Error, Result};
use crate::files::{Depth, FileKind, Tree, VOLUME};

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
    let names = (&options.stream[..], &options.names[..]);
    let how = ("cat", Depth::Names);
    files::with(args, names, how, report, &mut |chain, tree, paths| {
        let (object, bytes) = wanted(tree, paths)?;
        let request = CatRequest {
            chain,
            tree,
            object,
            bytes,
        };
        browse::cat(&request, &mut stdout()?)
    })
}

/// The object and its length.
fn wanted(tree: &Tree, paths: &[String]) -> Result<(u64, u64)> {
    match (tree.volume_bytes()?, paths) {
        (Some(bytes), []) => Ok((VOLUME, bytes)),
        (_, [path]) => {
            let node = tree.find(path.as_bytes())?;
            match node.attributes.kind() {
                FileKind::File => Ok((node.object, node.attributes.size)),
                kind => {
                    let (path, kind) = (node.shown(), kind.word());
                    Err(Error::refused(format!("{path} is no file: it is a {kind}")))
                }
            }
        }
        _ => Err(Error::Usage("cat takes one path".to_owned())),
    }
}
