//! `z3 extract`: files of a snapshot, written below a directory.

use std::path::Path;

use serde_json::Value;

use super::damaged;
use super::files;
use super::report::{Item, Report};
use crate::args::{ExtractArgs, Z3};
use crate::chain::Depth;
use crate::error::{Error, Result};
use crate::extract::{self, Request};
use crate::files::Node;

/// Runs the command.
pub fn run(args: &Z3, options: &ExtractArgs, report: &Report) -> Result<()> {
    let request = Request {
        to: Path::new(&options.to),
        force: options.force,
        setuid: options.setuid,
    };
    let place = files::FilesRequest {
        command: "extract",
        streams: &options.stream,
        names: &options.names,
        at: options.at,
        salvage: options.salvage,
        depth: Depth::All,
    };
    files::with(args, &place, report, &mut |chain, tree, paths| {
        if paths.is_empty() {
            let text = "extract needs a PATH; / is all of the snapshot";
            return Err(Error::Usage(text.to_owned()));
        }
        let tell = &mut |node: &Node| report.tell(&Written(node));
        let written = extract::run(chain, tree, paths, request, tell);
        if !matches!(written, Ok(()) | Err(Error::Partly(_))) {
            return written;
        }
        let from = paths.iter().flat_map(|path| tree.find(path.as_bytes()));
        let below = from.flat_map(|node| tree.walk(node)).flatten();
        let told = damaged::tell((chain, tree), below, report, false);
        written.and(told)
    })
}

/// A file that has its name now. People see it there.
struct Written<'a>(&'a Node);

impl Item for Written<'_> {
    const TYPE: &'static str = "extracted";

    fn fields(&self) -> Value {
        files::fields(self.0)
    }
}
