//! What tests and `make fuzz` prove about files out of streams that nobody has checked; not compiled otherwise.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use super::{StreamChain, StreamLink, contents};
use crate::error::Result;
use crate::files::Tree;
#[cfg(fuzzing)]
use crate::{
    salvage::{Damage, Onward, Salvaged},
    stream::{Accept, Check, Expect},
};

/// How much may be kept.
const MOST_BYTES: u64 = 8 << 20;

type Opened = Result<Box<dyn Read>>;

/// Reads these bytes as a chain, and every name and every content in it. They passed no check, so anything may be in them.
///
/// # Panics
/// If a name leads out of its directory.
pub fn everything(streams: &[&[u8]]) {
    let as_it_is = |stream: &&[u8]| {
        let stream = stream.to_vec();
        link(move || Ok(Box::new(Cursor::new(stream.clone()))))
    };
    let links = streams.iter().map(as_it_is).collect();
    let damage = None;
    read_all(&StreamChain { links, damage });
}

/// The same of a damaged stream, as `--salvage` reads it: behind what cannot be proved it goes on so many bytes later.
///
/// # Panics
/// If a name leads out of its directory.
#[cfg(fuzzing)]
pub fn salvaged(stream: &[u8], gaps: &[u8]) {
    let (damage, stream, gaps) = (Damage::default(), stream.to_vec(), gaps.to_vec());
    let noted = damage.clone();
    let open = move || {
        let check = Check::new(Accept::OnePlain, Expect::default());
        let whole = Box::new(Cursor::new(stream.clone()));
        let onward = onward(stream.clone(), gaps.clone());
        let salvaged = Salvaged::whole(whole, check, onward, (noted.clone(), 0))?;
        Ok(Box::new(salvaged) as Box<dyn Read>)
    };
    let (links, damage) = (vec![link(open)], Some(damage));
    read_all(&StreamChain { links, damage });
}

#[cfg(fuzzing)]
fn onward(stream: Vec<u8>, gaps: Vec<u8>) -> Onward<'static> {
    let (mut gaps, mut at) = (gaps.into_iter(), 0);
    Box::new(move |read_bytes| {
        let Some(gap) = gaps.next() else {
            return Ok(None);
        };
        at += read_bytes as usize + 1 + 8 * usize::from(gap);
        let rest = stream.get(at..).unwrap_or_default().to_vec();
        Ok(Some(Box::new(Cursor::new(rest))))
    })
}

fn link(open: impl Fn() -> Opened + 'static) -> StreamLink<'static> {
    StreamLink {
        name: String::new(),
        stored_bytes: None,
        parts: None,
        open: Box::new(open),
    }
}

fn read_all(chain: &StreamChain<'_>) {
    let Ok(tree) = Tree::read(chain, MOST_BYTES) else {
        return;
    };
    let _ = tree.volume_bytes();
    let Ok(root) = tree.root() else { return };
    let mut files = BTreeSet::new();
    for node in tree.walk(root).flatten() {
        let mut names = node.path.split(|&byte| byte == b'/').skip(1);
        assert!(node.path == b"/" || names.all(|name| ![&b""[..], b".", b".."].contains(&name)));
        assert!(tree.find(&node.path).is_ok());
        files.insert(node.object);
    }
    let _ = contents::give(chain, &tree, &files, &mut |_| Ok(()));
}
