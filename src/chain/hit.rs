//! What damage in the streams means for a file.
//!
//! Responsible for no file that may have lost something being taken for whole: also not where a lost record would only have
//! changed it. Not responsible for what is damaged ([`crate::salvage`]).

use std::ops::Range;

use super::StreamChain;
use crate::files::{Attributes, FileKind, Tree, Xattrs};
use crate::salvage::Lost;

/// How many places of lost data are named.
const NAMED: usize = 4;

impl StreamChain<'_> {
    /// What a file may have lost, in words; nothing if it is whole, or if nobody has looked for damage.
    pub fn hit(&self, tree: &Tree, object: u64, attributes: &Attributes) -> Option<String> {
        let lost = self.lost(tree, object)?;
        let mut words = Vec::new();
        words.extend(lost.told.then(|| "attributes".to_owned()));
        match attributes.kind() {
            FileKind::Directory => {
                let is_hit = !lost.data.is_empty() || self.has_lost_names(object);
                words.extend(is_hit.then(|| "names in it".to_owned()));
            }
            _ => words.extend(places(&lost.data, attributes.size)),
        }
        let hit = self.xattrs_are_hit(tree, attributes);
        words.extend(hit.then(|| "extended attributes".to_owned()));
        (!words.is_empty()).then(|| words.join(", "))
    }

    fn lost(&self, tree: &Tree, object: u64) -> Option<Lost> {
        let (born, _) = tree.streams_of(object)?;
        Some(self.damage.as_ref()?.of(object, born as usize))
    }

    fn has_lost_names(&self, object: u64) -> bool {
        let damage = self.damage.as_ref();
        damage.is_some_and(|damage| damage.has_lost_names(object))
    }

    fn xattrs_are_hit(&self, tree: &Tree, attributes: &Attributes) -> bool {
        let directory = attributes.xattr_directory;
        let values = match Xattrs::of(tree, attributes) {
            Ok(xattrs) => xattrs.elsewhere,
            Err(_) => return true,
        };
        let is_hit = |object: u64| {
            self.lost(tree, object)
                .is_none_or(|lost| lost != Lost::default())
        };
        directory != 0
            && (is_hit(directory)
                || self.has_lost_names(directory)
                || values.iter().any(|(_, object)| is_hit(*object)))
    }
}

/// Where data of a file is lost that is so long.
fn places(data: &[Range<u64>], size: u64) -> Option<String> {
    let within = data.iter().filter(|lost| lost.start < size);
    let place = |lost: &Range<u64>| format!("{} to {}", lost.start, lost.end.min(size) - 1);
    let mut named: Vec<String> = within.clone().take(NAMED).map(place).collect();
    if within.count() > NAMED {
        named.push("...".to_owned());
    }
    (!named.is_empty()).then(|| format!("bytes {}", named.join(" and ")))
}
