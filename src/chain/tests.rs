//! Real chains of OpenZFS, compared with what was in the mounted snapshots.

mod hostile;
mod huge;
mod ranged;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use sha2::{Digest, Sha256};

use super::*;
use crate::files::{FileKind, Node, shown};
use crate::stream::{Check, Checked};

const MOST_BYTES: u64 = 64 << 20;

fn sample(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    std::fs::read(format!("{dir}{name}.zfs")).unwrap()
}

fn chain_of(streams: Vec<Vec<u8>>) -> StreamChain<'static> {
    let link = |(number, stream): (usize, Vec<u8>)| StreamLink {
        name: format!("stream {number}"),
        stored_bytes: None,
        parts: None,
        open: Box::new(move || {
            let check = Check::new(Default::default(), Default::default()).with_lost_spills();
            Ok(Box::new(Checked::new(Cursor::new(stream.clone()), check)))
        }),
    };
    let links = streams.into_iter().enumerate().map(link).collect();
    StreamChain {
        links,
        damage: None,
    }
}

fn chain(names: &[&str]) -> StreamChain<'static> {
    chain_of(names.iter().map(|name| sample(name)).collect())
}

fn read(chain: &StreamChain<'_>) -> Tree {
    Tree::read(chain, MOST_BYTES).unwrap()
}

fn refused(chain: &StreamChain<'_>) -> String {
    Tree::read(chain, MOST_BYTES).unwrap_err().to_string()
}

fn nodes(tree: &Tree) -> Vec<Node> {
    let walk = tree.walk(tree.root().unwrap());
    walk.collect::<Result<_>>().unwrap()
}

/// `-644 2 150000 /hard`
fn line(node: &Node) -> String {
    let it = &node.attributes;
    let (letter, mode) = (it.kind().letter(), it.mode & 0o7777);
    let target = it
        .target
        .as_deref()
        .map(|target| format!(" -> {}", shown(target)));
    let (size, links, path) = (it.size, it.links, node.shown());
    format!(
        "{letter}{mode:o} {links} {size} {path}{}",
        target.unwrap_or_default()
    )
}

/// The contents of all files.
fn contents_of(chain: &StreamChain<'_>, tree: &Tree) -> BTreeMap<String, Vec<u8>> {
    let files = nodes(tree).into_iter();
    let files = files.filter(|node| node.attributes.kind() == FileKind::File);
    let files: Vec<Node> = files.collect();
    let wanted: BTreeSet<u64> = files.iter().map(|node| node.object).collect();
    let mut contents: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    contents::give(chain, tree, &wanted, &mut |piece| {
        let content = contents.entry(piece.object).or_default();
        let (from, end) = match piece.what {
            What::Data(bytes) => (piece.offset, piece.offset + bytes.len() as u64),
            What::Hole(bytes) => (piece.offset, piece.offset.saturating_add(bytes)),
        };
        // A hole may reach beyond the file, and is nothing there.
        let end = (end as usize).min(1 << 24);
        let from = (from as usize).min(end);
        content.resize(content.len().max(end), 0);
        match piece.what {
            What::Data(bytes) => content[from..end].copy_from_slice(bytes),
            What::Hole(_) => content[from..end].fill(0),
        }
        Ok(())
    })
    .unwrap();
    let content = |node: Node| {
        let mut content = contents.get(&node.object).cloned().unwrap_or_default();
        content.resize(node.attributes.size as usize, 0);
        (node.shown(), content)
    };
    files.into_iter().map(content).collect()
}

/// The first digits of the SHA-256 of each.
fn sums(chain: &StreamChain<'_>) -> Vec<String> {
    let contents = contents_of(chain, &read(chain));
    let sum = |(path, bytes): (String, Vec<u8>)| {
        format!("{} {path}", &hex::encode(Sha256::digest(bytes))[..8])
    };
    contents.into_iter().map(sum).collect()
}

#[test]
fn a_chain_has_the_names_and_the_contents_of_the_mounted_snapshot() {
    let names = [
        "plain-full-s1",
        "plain-incr-s1-s2",
        "plain-incr-empty-s2-s3",
    ];
    let chain = chain(&names);
    let tree = read(&chain);
    assert_eq!(tree.snapshot(), "src/plain@s3");
    let lines: Vec<String> = nodes(&tree).iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "d755 3 9 /",
            "d755 2 6 /dir2",
            "-644 1 57 /dir2/tiny1",
            "-644 1 57 /dir2/tiny2",
            "-644 1 57 /dir2/tiny4",
            "-644 1 57 /dir2/tiny5",
            "-644 2 150000 /hard",
            "l777 1 4 /link -> rand",
            "-644 1 40000 /new2",
            "-644 1 60000 /rand",
            "-644 1 300000 /sparse",
            "-644 2 150000 /text",
        ]
    );
    assert_eq!(
        sums(&chain),
        [
            "bd852a5e /dir2/tiny1",
            "9400c89f /dir2/tiny2",
            "826d0c1e /dir2/tiny4",
            "b67c37d4 /dir2/tiny5",
            "8dcd7fe8 /hard",
            "5f511288 /new2",
            "0139f600 /rand",
            "886715e4 /sparse",
            "8dcd7fe8 /text",
        ]
    );
}

#[test]
fn packed_and_embedded_blocks_are_unpacked() {
    assert_eq!(
        sums(&chain(&["lz4-full-ce-s1"])),
        [
            "bd852a5e /dir/tiny1",
            "9400c89f /dir/tiny2",
            "0a8d9793 /dir/tiny3",
            "826d0c1e /dir/tiny4",
            "b67c37d4 /dir/tiny5",
            "b4267b88 /hard",
            "e59b6605 /rand",
            "886715e4 /sparse",
            "b4267b88 /text",
        ]
    );
}

#[test]
fn what_zfs_receive_would_drop_is_there() {
    let tree = read(&chain(&["spill-lost-2.3.9"]));
    let link = tree.find(b"/longlink").unwrap();
    assert_eq!(link.attributes.target, Some(vec![b'x'; 1000]));
}

#[test]
fn contents_are_read_from_the_streams_that_have_some() {
    let tree = read(&chain(&["plain-full-s1", "plain-incr-s1-s2"]));
    let streams = |path: &[u8]| {
        let object = tree.find(path).unwrap().object;
        Vec::from_iter(contents::streams(&tree, &BTreeSet::from([object])))
    };
    assert_eq!(streams(b"/sparse"), [0], "only the full has some of it");
    assert_eq!(streams(b"/new2"), [1]);
    assert_eq!(streams(b"/text"), [0, 1], "changed in parts");
}
