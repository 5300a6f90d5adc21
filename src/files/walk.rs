//! A walk through a directory and all that is below it.
//!
//! A directory is entered once, however many names it has: what is there is a stranger's, and every walk has to end.

use std::collections::BTreeSet;

use super::kind::FileKind;
use super::tree::{Node, Tree};
use crate::error::Result;

impl Tree {
    /// A file and, of a directory, all that is below it, each directory before what is in it.
    pub fn walk(&self, from: Node) -> Walk<'_> {
        Walk {
            tree: self,
            entered: BTreeSet::new(),
            next: Some(Ok(from)),
            open: Vec::new(),
        }
    }
}

/// A directory that is being walked through: its path, and what is left in it.
type Open = (Vec<u8>, std::vec::IntoIter<(Vec<u8>, u64)>);

/// Goes through files, a directory before what is in it. What cannot be read is an error in its place, and the walk goes on.
pub struct Walk<'t> {
    tree: &'t Tree,
    entered: BTreeSet<u64>,
    next: Option<Result<Node>>,
    open: Vec<Open>,
}

impl Iterator for Walk<'_> {
    type Item = Result<Node>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.next.take() {
            Some(next) => next,
            None => self.step()?,
        };
        if let Ok(node) = &next
            && node.attributes.kind() == FileKind::Directory
            && let Err(error) = self.enter(node)
        {
            self.next = Some(Err(error));
        }
        Some(next)
    }
}

impl Walk<'_> {
    fn step(&mut self) -> Option<Result<Node>> {
        loop {
            let (path, entries) = self.open.last_mut()?;
            if let Some((name, object)) = entries.next() {
                return Some(self.tree.child(path, &name, object));
            }
            self.open.pop();
        }
    }

    fn enter(&mut self, node: &Node) -> Result<()> {
        if !self.entered.insert(node.object) {
            let problem = "this directory has another name, which was walked through before";
            return Err(self.tree.damaged(&node.path, problem));
        }
        let entries = self.tree.entries(node)?;
        self.open.push((node.path.clone(), entries.into_iter()));
        Ok(())
    }
}
