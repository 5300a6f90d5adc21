//! Single objects out of streams, in both orders in which zfs has sent them.

use std::cell::RefCell;
use std::sync::Arc;

use super::*;
use crate::enter::{Bounds, Excerpts, ObjectFacts};
use crate::files::build::{FILE, Pool, ROOT, ZNODE, znode};
use crate::stream::build::noise;

/// So little that a small stream is searched like a large one.
const TINY: Bounds = Bounds {
    head_bytes: 4096,
    window_bytes: 2048,
    most_bytes: 64 << 20,
};

fn parts_of(stream: &[u8]) -> Parts<'static> {
    let facts = ObjectFacts {
        size_bytes: stream.len() as u64,
        compressor: None,
        stream_bytes: None,
        looked_at: true,
    };
    let (ranges, whole) = (stream.to_vec(), stream.to_vec());
    let ranges = move |at: u64, into: &mut [u8]| {
        into.copy_from_slice(&ranges[at as usize..][..into.len()]);
        Ok(())
    };
    let excerpts = Excerpts::open_within(TINY, &facts, Box::new(ranges)).unwrap();
    let fetched_bytes = Arc::default();
    Parts {
        excerpts: RefCell::new(excerpts.unwrap_or_else(|why| panic!("{why}"))),
        enter: Box::new(move |entry| {
            let check = Check::new(Default::default(), Default::default()).with_lost_spills();
            let rest = Cursor::new(whole[entry.at() as usize..].to_vec());
            let rest = crate::codec::decompress(entry.compressor, Box::new(rest))?;
            Ok(Box::new(entry.stream(rest, check)?.0) as Box<dyn Read>)
        }),
        fetched_bytes,
    }
}

/// The same chain, to be read in parts.
fn in_parts(streams: &[Vec<u8>]) -> StreamChain<'static> {
    let mut chain = chain_of(streams.to_vec());
    for (link, stream) in chain.links.iter_mut().zip(streams) {
        link.parts = Some(parts_of(stream));
        link.stored_bytes = Some(u64::MAX / 4);
    }
    chain
}

fn content_of(chain: &StreamChain<'_>, tree: &Tree, node: &Node) -> Vec<u8> {
    let mut content = vec![0; node.attributes.size as usize];
    let end_of = |offset: u64, bytes: u64| {
        let end = offset.saturating_add(bytes).min(node.attributes.size);
        offset.min(end) as usize..end as usize
    };
    contents::give(chain, tree, &BTreeSet::from([node.object]), &mut |piece| {
        match piece.what {
            What::Data(bytes) => {
                let place = end_of(piece.offset, bytes.len() as u64);
                let count = place.len();
                content[place].copy_from_slice(&bytes[..count]);
            }
            What::Hole(bytes) => content[end_of(piece.offset, bytes)].fill(0),
        }
        Ok(())
    })
    .unwrap();
    content
}

/// Every file is found and has the same content, each in a tree of its own, and every directory has the same names.
fn is_the_same_in_parts(streams: &[Vec<u8>]) {
    let whole = chain_of(streams.to_vec());
    let all = read(&whole);
    for node in nodes(&all) {
        let parts = in_parts(streams);
        let paths = [String::from_utf8(node.path.clone()).unwrap()];
        let depth = Depth::Attributes;
        let paths = &paths[..];
        let tree = Tree::partly(&parts, &TreeRequest { paths, depth }, MOST_BYTES);
        let tree = tree.unwrap().unwrap();
        let found = tree.find(&node.path).unwrap();
        assert_eq!(line(&found), line(&node));
        assert_eq!(found.attributes, node.attributes);
        match node.attributes.kind() {
            FileKind::Directory => {
                let names = |tree: &Tree| -> Vec<String> {
                    let list = tree.list(&node).unwrap();
                    list.map(|node| line(&node.unwrap())).collect()
                };
                assert_eq!(names(&tree), names(&all));
            }
            FileKind::File => {
                let content = content_of(&parts, &tree, &node);
                assert!(content == content_of(&whole, &all, &node), "{paths:?}");
                let streams = |tree: &Tree| tree.streams_of(node.object).unwrap();
                let (parts, all) = (streams(&tree), streams(&all));
                assert!(parts.0 == all.0 && parts.1 >= all.1);
            }
            _ => {}
        }
    }
}

#[test]
fn each_file_of_a_real_chain_is_the_same_in_parts() {
    let names = [
        "plain-full-s1",
        "plain-incr-s1-s2",
        "plain-incr-empty-s2-s3",
    ];
    for count in 1..=names.len() {
        is_the_same_in_parts(
            &names[..count]
                .iter()
                .map(|name| sample(name))
                .collect::<Vec<_>>(),
        );
    }
    for name in ["lz4-full-ce-s1", "spill-lost-2.3.9"] {
        is_the_same_in_parts(&[sample(name)]);
    }
}

/// As OpenZFS sends before 2.0: what is told of all objects of a block of dnodes, then their data.
fn by_block(files: u64, blocks: u64, block_bytes: u64) -> Vec<u8> {
    let mut pool = Pool::new();
    let names: Vec<Vec<u8>> = (0..files).map(|it| format!("f{it}").into_bytes()).collect();
    let entries: Vec<(&[u8], u64)> = names.iter().map(|it| &it[..]).zip(5..).collect();
    pool.directory(ROOT, &entries);
    let numbers: Vec<u64> = (5..5 + files).collect();
    for block in numbers.chunk_by(|one, other| one / 32 == other / 32) {
        for &number in block {
            pool.object(number, FILE, ZNODE, &znode(0o100_644, blocks * block_bytes));
            pool.free(number, blocks * block_bytes, u64::MAX);
        }
        for &number in block {
            for at in 0..blocks {
                let mut bytes = noise(block_bytes as usize);
                bytes[..8].copy_from_slice(&(number << 32 | at).to_le_bytes());
                pool.write(number, at * block_bytes, &bytes);
            }
        }
    }
    pool.end()
}

/// As it sends since.
fn by_object(files: u64, blocks: u64, block_bytes: u64) -> Vec<u8> {
    let mut pool = Pool::new();
    let names: Vec<Vec<u8>> = (0..files).map(|it| format!("f{it}").into_bytes()).collect();
    let entries: Vec<(&[u8], u64)> = names.iter().map(|it| &it[..]).zip(5..).collect();
    pool.directory(ROOT, &entries);
    for number in 5..5 + files {
        let blocks = if number == 17 { 40 * blocks } else { blocks };
        pool.object(number, FILE, ZNODE, &znode(0o100_644, blocks * block_bytes));
        pool.free(number, blocks * block_bytes, u64::MAX);
        for at in 0..blocks {
            let mut bytes = noise(block_bytes as usize);
            bytes[..8].copy_from_slice(&(number << 32 | at).to_le_bytes());
            pool.write(number, at * block_bytes, &bytes);
        }
    }
    pool.end()
}

#[test]
fn both_orders_are_read_in_parts() {
    for (files, blocks, block_bytes) in [(60, 3, 512), (20, 4, 128 << 10)] {
        is_the_same_in_parts(&[by_block(files, blocks, block_bytes)]);
        is_the_same_in_parts(&[by_object(files, blocks, block_bytes)]);
    }
}

/// Records in an order that no zfs has, and about anything, all of whose checksums are right.
#[test]
fn records_in_any_order_neither_panic_nor_go_on_for_ever() {
    let mut random = noise(64 << 10).into_iter();
    let mut next = |below: u64| {
        let bytes: Vec<u8> = random.by_ref().take(2).collect();
        bytes
            .iter()
            .fold(0, |all, &byte| all << 8 | u64::from(byte))
            % below
    };
    for _ in 0..60 {
        let mut pool = Pool::new();
        let names: Vec<Vec<u8>> = (0..40).map(|it| format!("f{it}").into_bytes()).collect();
        let entries: Vec<(&[u8], u64)> = names.iter().map(|it| &it[..]).zip(3..).collect();
        pool.directory(ROOT, &entries);
        for _ in 0..100 {
            let number = next(45);
            match next(4) {
                0 => pool.object(number, FILE, ZNODE, &znode(0o100_644, next(9000))),
                1 => pool.free(
                    number,
                    next(9000),
                    if next(2) == 0 { 512 } else { u64::MAX },
                ),
                2 => pool.directory(number, &entries[..next(9) as usize]),
                _ => pool.write(number, next(20) * 512, &noise(512 * next(8) as usize)),
            }
        }
        let parts = in_parts(&[pool.end()]);
        for path in ["/f1", "/f20", "/f39", "/f3/f2"] {
            let paths = &[path.to_owned()][..];
            let depth = Depth::All;
            let tree = Tree::partly(&parts, &TreeRequest { paths, depth }, MOST_BYTES);
            let Ok(Ok(tree)) = tree else { continue };
            let Ok(node) = tree.find(path.as_bytes()) else {
                continue;
            };
            let wanted = BTreeSet::from([node.object, 7, 40]);
            let _ = contents::give(&parts, &tree, &wanted, &mut |_| Ok(()));
        }
    }
}

#[test]
fn an_old_end_counts_though_it_is_told_far_before_the_data() {
    for truncated in [true, false] {
        let mut later = Pool::bare(crate::stream::build::TOGUID);
        for number in 5..20 {
            let size = if number == 9 { 900 * 512 } else { 90 * 512 };
            later.object(number, FILE, ZNODE, &znode(0o100_644, size));
            let end = if number == 9 && truncated {
                512
            } else {
                90 * 512
            };
            later.free(number, end, u64::MAX);
        }
        for number in 5..20 {
            if number != 9 {
                later.write(number, 512, &noise(512));
            }
        }
        is_the_same_in_parts(&[by_block(15, 90, 512), later.end()]);
    }
}

#[test]
fn data_that_comes_behind_what_is_told_of_later_objects_is_given() {
    let chain = chain_of(vec![by_block(3, 1, 512)]);
    let tree = read(&chain);
    for (path, number) in [("/f0", 5_u64), ("/f1", 6), ("/f2", 7)] {
        let node = tree.find(path.as_bytes()).unwrap();
        assert_eq!(node.object, number);
        assert_eq!(
            content_of(&chain, &tree, &node)[..8],
            (number << 32).to_le_bytes()
        );
    }
}
