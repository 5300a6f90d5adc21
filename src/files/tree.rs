//! The names in a snapshot, and what they lead to.
//!
//! Responsible for paths, from the top directory down. What is there is a stranger's: a name with a slash is none. Not responsible
//! for what a reader of paths makes of them.

use super::attributes::Attributes;
use super::kind::FileKind;
use super::objects::Objects;
use crate::error::{Error, Result};
use crate::terminal::plain;

/// What of an entry is the number of its object (`ZFS_DIRENT_OBJ`).
pub const OBJECT_BITS: u64 = (1 << 48) - 1;
/// Longer paths are not followed: no program could open them by their names.
const PATH_BYTES: usize = 64 << 10;
/// The objects of a volume: its data, and what is noted of it.
pub const VOLUME: u64 = 1;
pub const VOLUME_PROPERTIES: u64 = 2;

/// The files of a snapshot.
#[derive(Debug)]
pub struct Tree {
    objects: Objects,
}

/// A file, and one of its names.
#[derive(Debug, Clone)]
pub struct Node {
    /// From the top directory on, which is `/`.
    pub path: Vec<u8>,
    /// The number of its object, its inode number.
    pub object: u64,
    /// What is known of it.
    pub attributes: Attributes,
}

impl Node {
    /// One of which nothing but the path is known.
    pub fn named(path: Vec<u8>) -> Self {
        Self {
            path,
            object: 0,
            attributes: Attributes::default(),
        }
    }

    /// The path as it may be shown.
    pub fn shown(&self) -> String {
        shown(&self.path)
    }

    /// The last name in the path.
    pub fn name(&self) -> &[u8] {
        self.path
            .rsplit(|&byte| byte == b'/')
            .next()
            .unwrap_or_default()
    }
}

/// A path as it may be shown.
pub fn shown(path: &[u8]) -> String {
    plain(&String::from_utf8_lossy(path))
}

impl Tree {
    /// A tree of these objects, which may not be all.
    pub fn of(objects: Objects) -> Self {
        Self { objects }
    }

    /// The snapshot, as its sender named it.
    pub fn snapshot(&self) -> String {
        plain(&self.objects.begin.toname)
    }

    /// The length of a volume; nothing of a file system.
    pub fn volume_bytes(&self) -> Result<Option<u64>> {
        if !self.objects.begin.volume {
            return Ok(None);
        }
        let bytes = self.objects.entry(VOLUME_PROPERTIES, b"size");
        let bytes = bytes.map_err(|problem| self.damaged(b"", &problem))?;
        let unknown = || self.damaged(b"", "the length of the volume is missing");
        bytes.ok_or_else(unknown).map(Some)
    }

    /// The streams in which the content of an object stands, the first and the last.
    pub fn streams_of(&self, object: u64) -> Option<(u32, u32)> {
        let object = self.objects.get(object)?;
        Some((object.born, object.last))
    }

    /// The top directory.
    pub fn root(&self) -> Result<Node> {
        if self.objects.begin.volume {
            return Err(Error::refused(format!(
                "{} is of a volume: it has no files",
                self.snapshot()
            ))
            .hint("'z3 cat' without a path gives the volume"));
        }
        let root = self.objects.root();
        let root = root.map_err(|problem| self.damaged(b"/", &problem))?;
        self.node(b"/".to_vec(), root)
    }

    /// The file of this path. Links are not followed.
    pub fn find(&self, path: &[u8]) -> Result<Node> {
        let mut node = self.root()?;
        let names = path.split(|&byte| byte == b'/');
        for name in names.filter(|name| !name.is_empty() && *name != b".") {
            node = self.below(&node, name)?;
        }
        Ok(node)
    }

    fn below(&self, node: &Node, name: &[u8]) -> Result<Node> {
        let path = joined(&node.path, name);
        match node.attributes.kind() {
            FileKind::Directory => {}
            FileKind::Link => return Err(self.none(&path, &format!("{} is a link", node.shown()))),
            _ => return Err(self.none(&path, &format!("{} is no directory", node.shown()))),
        }
        // A stream may have a file of this name, and whoever goes down a path of it would go up.
        if name == b".." {
            return Err(self.none(
                &path,
                "a path leads from the top directory down, without ..",
            ));
        }
        let number = self.objects.entry(node.object, name);
        let number = number.map_err(|problem| self.damaged(&node.path, &problem))?;
        match number {
            Some(number) => self.node(path, number & OBJECT_BITS),
            None => Err(self.none(&path, "there is no such file")),
        }
    }

    fn none(&self, path: &[u8], why: &str) -> Error {
        Error::refused(format!(
            "find {} in {}: {why}",
            shown(path),
            self.snapshot()
        ))
    }

    pub(super) fn damaged(&self, path: &[u8], problem: &str) -> Error {
        Error::refused(format!(
            "read {}{}: {problem}",
            self.snapshot(),
            shown(path)
        ))
    }

    fn node(&self, path: Vec<u8>, object: u64) -> Result<Node> {
        match self.attributes(object) {
            Ok(attributes) => Ok(Node {
                path,
                object,
                attributes,
            }),
            Err(problem) => Err(self.damaged(&path, &problem)),
        }
    }

    fn attributes(&self, number: u64) -> std::result::Result<Attributes, String> {
        let object = self.objects.get(number);
        let object = object.ok_or_else(|| format!("object {number} is missing"))?;
        let attributes = self.objects.schema.attributes(object);
        let mut attributes =
            attributes.ok_or_else(|| format!("the attributes of object {number} are damaged"))?;
        if attributes.kind() == FileKind::Link && attributes.target.is_none() {
            let block = object.content().ok().and_then(|content| content.block(0));
            let target = block.and_then(|block| block.get(..attributes.size as usize));
            attributes.target = target.map(<[u8]>::to_vec);
        }
        Ok(attributes)
    }

    /// The names in a directory with the numbers of their objects, in the order of their bytes.
    pub fn entries(&self, directory: &Node) -> Result<Vec<(Vec<u8>, u64)>> {
        self.entries_of(directory.object)
            .map_err(|problem| self.damaged(&directory.path, &problem))
    }

    /// The same of a directory of extended attributes, which has no name.
    pub fn entries_of(&self, directory: u64) -> std::result::Result<Vec<(Vec<u8>, u64)>, String> {
        let mut entries = Vec::new();
        self.objects.each(directory, &mut |name, numbers| {
            let number = numbers.first().copied().unwrap_or_default();
            entries.push((name.to_vec(), number & OBJECT_BITS));
        })?;
        entries.sort_unstable();
        Ok(entries)
    }

    /// How long the content of an object is that has no name.
    pub fn length_of(&self, object: u64) -> Option<u64> {
        self.attributes(object).ok().map(|it| it.size)
    }

    /// What is in a directory, and nothing below that.
    pub fn list(&self, directory: &Node) -> Result<impl Iterator<Item = Result<Node>>> {
        let entries = self.entries(directory)?;
        Ok(entries
            .into_iter()
            .map(|(name, object)| self.child(&directory.path, &name, object)))
    }

    pub(super) fn child(&self, above: &[u8], name: &[u8], object: u64) -> Result<Node> {
        let path = self.child_path(above, name)?;
        self.node(path, object)
    }

    fn child_path(&self, above: &[u8], name: &[u8]) -> Result<Vec<u8>> {
        let path = joined(above, name);
        if name.contains(&b'/') || [&b""[..], b".", b".."].contains(&name) {
            return Err(self.damaged(&path, "no file can have this name"));
        }
        if path.len() > PATH_BYTES {
            return Err(self.damaged(above, "the paths below it are too long"));
        }
        Ok(path)
    }

    /// The paths of what is in a directory, of which nothing else has to be known.
    pub fn names(&self, directory: &Node) -> Result<impl Iterator<Item = Result<Vec<u8>>>> {
        let entries = self.entries(directory)?;
        Ok(entries
            .into_iter()
            .map(|(name, _)| self.child_path(&directory.path, &name)))
    }
}

fn joined(above: &[u8], name: &[u8]) -> Vec<u8> {
    match above.strip_suffix(b"/") {
        Some(top) => [top, b"/", name].concat(),
        None => [above, b"/", name].concat(),
    }
}
