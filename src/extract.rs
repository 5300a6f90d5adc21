//! Files of a snapshot, written below a directory.
//!
//! Responsible for writing nowhere else, whatever the names and links in the streams are, and for a file having its name only
//! when it is whole: contents are put together in a directory of their own beside it first. Nothing that is there is replaced
//! unless that was asked for, and no directory ever. Devices are not made, setuid bits only when they are asked for; what is left
//! out is named. Not responsible for what stands in the streams ([`crate::files`]).

mod dress;
mod left_out;
mod place;
mod stage;

use std::collections::BTreeMap;
use std::path::Path;

use dress::{Dress, values_elsewhere};
use left_out::LeftOut;
use place::Places;
use stage::Staging;

use crate::browse::say_contents;
use crate::chain::{StreamChain, contents};
use crate::error::{Error, Result};
use crate::files::{FileKind, Node, Tree};
use crate::size;

/// How files are to be written.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The directory below which each has the path that it has in the snapshot.
    pub to: &'a Path,
    /// What is there may be replaced.
    pub force: bool,
    /// Setuid and setgid bits may be set.
    pub setuid: bool,
}

/// Who is told of each file that has its name now.
pub type Tell<'t> = &'t mut dyn FnMut(&Node) -> Result<()>;

/// Writes the files of these paths, and all that is below them. What fails does not keep the rest back.
pub fn run(
    chain: &StreamChain<'_>,
    tree: &Tree,
    paths: &[String],
    request: Request<'_>,
    tell: Tell<'_>,
) -> Result<()> {
    let from = chosen(tree, paths)?;
    let mut places = Places::new(request)?;
    let wanted = wanted(tree, &from, &mut places)?;
    let mut stage = Staging::new(request.to)?;
    let objects = wanted.keys().copied().collect();
    say_contents(chain, tree, &objects);
    contents::give(chain, tree, &objects, &mut |piece| {
        let bytes = wanted.get(&piece.object).copied().unwrap_or_default();
        stage.take(&piece, bytes)
    })?;
    let mut extract = Extract {
        tree,
        places,
        dress: Dress::new(request.setuid),
        stage,
        failed: 0,
        files: 0,
        bytes: 0,
    };
    extract.all(from, tell)?;
    extract.verdict()
}

/// The files that are named, without those that lie below others.
fn chosen(tree: &Tree, paths: &[String]) -> Result<Vec<Node>> {
    let nodes: Result<Vec<Node>> = paths
        .iter()
        .map(|path| tree.find(path.as_bytes()))
        .collect();
    let mut nodes = nodes?;
    nodes.sort_by(|one, other| one.path.cmp(&other.path));
    let mut kept: Vec<Node> = Vec::new();
    for node in nodes {
        if !kept
            .iter()
            .any(|above| place::is_within(&node.path, &above.path))
        {
            kept.push(node);
        }
    }
    Ok(kept)
}

/// The objects whose contents are needed, with their lengths. What stands in the way is found before anything is written.
fn wanted(tree: &Tree, from: &[Node], places: &mut Places<'_>) -> Result<BTreeMap<u64, u64>> {
    let mut wanted = BTreeMap::new();
    // What cannot be read is told of when its turn comes.
    let all = from.iter().flat_map(|node| tree.walk(node.clone()));
    for node in all.flatten() {
        places.expect_free(&node)?;
        if node.attributes.kind() == FileKind::File {
            wanted.insert(node.object, node.attributes.size);
        }
        wanted.extend(values_elsewhere(tree, &node.attributes));
    }
    Ok(wanted)
}

struct Extract<'a> {
    tree: &'a Tree,
    places: Places<'a>,
    dress: Dress,
    stage: Staging,
    failed: u64,
    files: u64,
    bytes: u64,
}

impl Extract<'_> {
    fn all(&mut self, from: Vec<Node>, tell: Tell<'_>) -> Result<()> {
        for node in from.into_iter().flat_map(|node| self.tree.walk(node)) {
            match node.and_then(|node| self.one(&node).map(|placed| placed.then_some(node))) {
                Ok(Some(node)) => tell(&node)?,
                Ok(None) => {}
                Err(error) => self.fail(&error),
            }
        }
        self.leave(b"");
        Ok(())
    }

    fn fail(&mut self, error: &Error) {
        log::error!("{error}");
        self.failed += 1;
    }

    /// Whether it was of a kind that is written.
    fn one(&mut self, node: &Node) -> Result<bool> {
        self.leave(&node.path);
        if node.path == b"/" {
            return Ok(false);
        }
        for above in self.places.missing_above(&node.path) {
            self.places.enter(self.tree.find(&above)?)?;
        }
        match node.attributes.kind() {
            FileKind::Directory => self.places.enter(node.clone())?,
            FileKind::File => {
                let bytes = node.attributes.size;
                let staged = self.stage.file(node.object, bytes);
                let staged = staged.map_err(|error| error.about(node.shown()))?;
                if self.stage.is_first(node.object) {
                    self.dress.file(self.tree, node, &staged, &self.stage)?;
                }
                self.places.place(node, &self.stage)?;
                self.files += 1;
                self.bytes = self.bytes.saturating_add(bytes);
            }
            FileKind::Link => {
                let place = self.places.link(node)?;
                self.dress.link(node, place)?;
            }
            FileKind::Fifo => {
                let fifo = self.places.fifo(node)?;
                self.dress.file(self.tree, node, &fifo, &self.stage)?;
            }
            kind @ (FileKind::Socket | FileKind::Device(_) | FileKind::Unknown) => {
                self.dress.left_out.note(LeftOut::of_kind(kind), &node.path);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A directory gets its own attributes when all that is in it is there.
    fn leave(&mut self, path: &[u8]) {
        for left in self.places.leave(path) {
            let dressed = self
                .dress
                .file(self.tree, &left.node, &left.directory, &self.stage);
            if let Err(error) = dressed {
                self.fail(&error);
            }
        }
    }

    fn verdict(self) -> Result<()> {
        self.dress.left_out.say();
        let bytes = size::humanize(self.bytes);
        log::info!("{} files, {bytes}", self.files);
        match self.failed {
            0 => Ok(()),
            count => Err(Error::Partly(format!("{count} files could not be written"))),
        }
    }
}

#[cfg(test)]
mod tests;
