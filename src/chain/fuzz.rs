//! What tests and `make fuzz` prove about files out of streams that nobody has checked; not compiled otherwise.

use std::collections::BTreeSet;

use super::{StreamChain, StreamLink, contents};
use crate::files::Tree;

/// How much may be kept.
const MOST_BYTES: u64 = 8 << 20;

/// Reads these bytes as a chain, and every name and every content in it. They passed no check, so anything may be in them.
///
/// # Panics
/// If a name leads out of its directory.
pub fn everything(streams: &[&[u8]]) {
    let link = |stream: &&[u8]| {
        let stream = stream.to_vec();
        StreamLink {
            name: String::new(),
            stored_bytes: None,
            parts: None,
            open: Box::new(move || Ok(Box::new(std::io::Cursor::new(stream.clone())))),
        }
    };
    let links = streams.iter().map(link).collect();
    let chain = StreamChain {
        links,
        damage: None,
    };
    let Ok(tree) = Tree::read(&chain, MOST_BYTES) else {
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
    let _ = contents::give(&chain, &tree, &files, &mut |_| Ok(()));
}
