//! A tree of which only some is read: what paths lead to, out of streams that can be entered.
//!
//! Responsible for which objects are needed: those that tell how attributes lie, the directories on the way, and of what is found
//! there as much as is asked for. Once that has taken half of what all would take, all is read instead. Not responsible for how
//! one object is read ([`super::parts`]).

use std::collections::BTreeSet;

use super::StreamChain;
use super::parts::Parts;
use crate::enter::Found;
use crate::error::{Error, Result};
use crate::files::{FileKind, MASTER_NODE, OBJECT_BITS, Objects, Tree, VOLUME, VOLUME_PROPERTIES};
use crate::size;
use crate::stream::Header;
use crate::terminal::plain;

/// The share of all that may be fetched.
const SHARE: u64 = 2;

/// What it costs at least to look for an object, as if so much were fetched: also where all of that was read before.
const OBJECT_BYTES: u64 = 128 << 10;

/// How much of a tree is wanted.
#[derive(Debug, Clone, Copy)]
pub struct TreeRequest<'a> {
    /// The paths; none is the top directory.
    pub paths: &'a [String],
    /// What of them.
    pub depth: Depth,
}

/// What is wanted of what a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What is known of it; of a directory, the names in it.
    Names,
    /// What is known of all that is in it, too.
    Attributes,
    /// All that is below it, with extended attributes.
    All,
}

/// Why it has stopped: it failed, or all has to be read.
enum Halt {
    Failed(Error),
    Whole(&'static str),
}

type Step<T> = std::result::Result<T, Halt>;

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

struct Partly<'c, 'a> {
    links: Vec<(&'c str, &'c Parts<'a>)>,
    begins: Vec<Header>,
    most_bytes: u64,
    objects: Objects,
    read: BTreeSet<u64>,
}

impl Tree {
    /// Reads what is wanted out of all streams of the chain, and keeps at most so much of them; or says why all has to be read.
    pub fn partly(
        chain: &StreamChain<'_>,
        wanted: &TreeRequest<'_>,
        most_bytes: u64,
    ) -> Result<Found<Self>> {
        let parts = chain.links.iter();
        let parts = parts.map(|link| Some((&*link.name, link.parts.as_ref()?)));
        let Some(links) = parts.collect::<Option<Vec<_>>>() else {
            return Ok(Err("not all of its streams can be entered"));
        };
        let stored = size::total(chain.links.iter().filter_map(|link| link.stored_bytes));
        let mut partly = Partly {
            begins: links.iter().map(|(_, parts)| parts.begin()).collect(),
            links,
            most_bytes: stored / SHARE,
            objects: Objects::new(most_bytes),
            read: BTreeSet::new(),
        };
        partly.objects.damage = chain.damage.clone();
        match partly.all(wanted) {
            Ok(()) => Ok(Ok(Self::of(partly.objects))),
            Err(Halt::Whole(why)) => Ok(Err(why)),
            Err(Halt::Failed(error)) => Err(error),
        }
    }
}

impl Partly<'_, '_> {
    fn all(&mut self, wanted: &TreeRequest<'_>) -> Step<()> {
        for ((name, _), begin) in self.links.iter().zip(&self.begins) {
            let begun = self.objects.begin(begin);
            begun.map_err(|error| error.about(plain(name)))?;
            self.objects.streams += 1;
        }
        if self.objects.begin.volume {
            self.need(VOLUME_PROPERTIES)?;
            return self.need(VOLUME);
        }
        self.schema()?;
        let Ok(root) = self.objects.root() else {
            return Ok(());
        };
        self.need(root)?;
        if wanted.paths.is_empty() {
            return self.below(root, wanted.depth);
        }
        for path in wanted.paths {
            if let Some(number) = self.along(root, path.as_bytes())? {
                self.below(number, wanted.depth)?;
            }
        }
        Ok(())
    }

    /// An old file system has none.
    fn schema(&mut self) -> Step<()> {
        self.need(MASTER_NODE)?;
        if let Some(attributes) = self.below_name(MASTER_NODE, b"SA_ATTRS")? {
            self.below_name(attributes, b"REGISTRY")?;
            self.below_name(attributes, b"LAYOUTS")?;
        }
        self.objects.schema = self.objects.schema().map_err(Error::refused)?;
        Ok(())
    }

    /// The object that has this name in another one, read as well. What is wrong is said by who goes the way again.
    fn below_name(&mut self, number: u64, name: &[u8]) -> Step<Option<u64>> {
        let Ok(Some(number)) = self.objects.entry(number, name) else {
            return Ok(None);
        };
        let number = number & OBJECT_BITS;
        self.need(number)?;
        Ok(Some(number))
    }

    fn along(&mut self, root: u64, path: &[u8]) -> Step<Option<u64>> {
        let mut number = root;
        let names = path.split(|&byte| byte == b'/');
        for name in names.filter(|name| !name.is_empty() && *name != b".") {
            match self.below_name(number, name)? {
                Some(below) => number = below,
                None => return Ok(None),
            }
        }
        Ok(Some(number))
    }

    fn below(&mut self, number: u64, depth: Depth) -> Step<()> {
        if depth == Depth::All && self.objects.root() == Ok(number) {
            return Err(Halt::Whole("all of it is wanted"));
        }
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            let (kind, xattrs) = self.facts(number);
            if depth == Depth::All && xattrs != 0 && !self.read.contains(&xattrs) {
                self.need(xattrs)?;
                self.children(xattrs)?;
            }
            if depth != Depth::Names && kind == FileKind::Directory {
                let children = self.children(number)?;
                if depth == Depth::All {
                    open.extend(children);
                }
            }
        }
        Ok(())
    }

    /// What kind of file an object is, and where its extended attributes are.
    fn facts(&self, number: u64) -> (FileKind, u64) {
        let object = self.objects.get(number);
        let attributes = object.and_then(|it| self.objects.schema.attributes(it));
        attributes.map_or((FileKind::Unknown, 0), |it| (it.kind(), it.xattr_directory))
    }

    /// Reads what is in a directory, and tells what of it was not read before.
    fn children(&mut self, directory: u64) -> Step<BTreeSet<u64>> {
        let mut children = BTreeSet::new();
        let _ = self.objects.each(directory, &mut |_, numbers| {
            children.extend(numbers.first().map(|number| number & OBJECT_BITS));
        });
        children.retain(|number| !self.read.contains(number));
        for &number in &children {
            self.need(number)?;
        }
        Ok(children)
    }

    fn need(&mut self, number: u64) -> Step<()> {
        if !self.read.insert(number) {
            return Ok(());
        }
        for (place, ((name, parts), begin)) in self.links.iter().zip(&self.begins).enumerate() {
            self.objects.streams = place as u32;
            self.objects.begin = begin.begin();
            let taken = parts.take(number, &mut self.objects);
            let taken = taken.map_err(|error| error.about(plain(name)))?;
            taken.map_err(Halt::Whole)?;
        }
        self.objects.streams = self.links.len() as u32;
        let fetched = self.links.iter().map(|(_, parts)| parts.fetched_bytes());
        let looked_for = (self.read.len() as u64).saturating_mul(OBJECT_BYTES);
        match size::total(fetched).max(looked_for) > self.most_bytes {
            true => Err(Halt::Whole("what is wanted lies in too many places")),
            false => Ok(()),
        }
    }
}
