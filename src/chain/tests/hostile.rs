//! Streams that somebody has made up, every checksum of which is right.

use super::*;
use crate::chain::fuzz;
use crate::files::build::{DIRECTORY, FILE, Pool, ROOT, ZNODE, small, znode};
use crate::stream::build::TOGUID;

fn tree(pool: Pool) -> Tree {
    read(&chain_of(vec![pool.end()]))
}

/// The paths, and the errors between them.
fn walked(tree: &Tree) -> Vec<String> {
    let shown = |node: Result<Node>| match node {
        Ok(node) => node.shown(),
        Err(error) => error.to_string(),
    };
    tree.walk(tree.root().unwrap()).map(shown).collect()
}

#[test]
fn a_small_file_system_is_read() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"a", 5), (b"l", 6)]);
    pool.file(5, 0o100_600, b"hello");
    pool.link(6, b"a");
    let tree = tree(pool);
    let lines: Vec<String> = nodes(&tree).iter().map(line).collect();
    assert_eq!(lines, ["d755 1 4 /", "-600 1 5 /a", "l777 1 1 /l -> a"]);
}

#[test]
fn a_directory_is_entered_once() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"a", 5), (b"b", 5)]);
    pool.directory(5, &[(b"self", 5), (b"up", ROOT)]);
    let again = "this directory has another name, which was walked through before";
    assert_eq!(
        walked(&tree(pool)),
        [
            "/".to_owned(),
            "/a".to_owned(),
            "/a/self".to_owned(),
            format!("read tank/a@snap/a/self: {again}"),
            "/a/up".to_owned(),
            format!("read tank/a@snap/a/up: {again}"),
            "/b".to_owned(),
            format!("read tank/a@snap/b: {again}"),
        ]
    );
}

#[test]
fn names_lead_nowhere_but_down() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"..", 5), (b".", 5), (b"a/b", 5), (b"ok", 5)]);
    pool.file(5, 0o100_600, b"");
    let walked = walked(&tree(pool));
    assert_eq!(walked.len(), 5);
    assert_eq!([walked[0].as_str(), walked[4].as_str()], ["/", "/ok"]);
    assert!(
        walked[1..4]
            .iter()
            .all(|told| told.ends_with("no file can have this name"))
    );
}

#[test]
fn what_is_missing_is_named_and_the_rest_is_there() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"gone", 9), (b"odd", 6), (b"ok", 5)]);
    pool.file(5, 0o100_600, b"");
    pool.object(6, FILE, 3, &[]);
    assert_eq!(
        walked(&tree(pool)),
        [
            "/",
            "read tank/a@snap/gone: object 9 is missing",
            "read tank/a@snap/odd: the attributes of object 6 are damaged",
            "/ok",
        ]
    );
}

#[test]
fn paths_do_not_grow_without_end() {
    let mut pool = Pool::new();
    let name = [b'n'; 49];
    for number in ROOT..ROOT + 1500 {
        pool.directory(number, &[(&name, number + 1)]);
    }
    let walked = walked(&tree(pool));
    assert_eq!(walked.len(), 65536 / 50 + 2);
    assert!(
        walked
            .last()
            .unwrap()
            .ends_with("the paths below it are too long")
    );
}

#[test]
fn a_number_that_is_given_to_another_file_begins_empty() {
    let mut full = Pool::new();
    full.directory(ROOT, &[(b"a", 5), (b"b", 6), (b"c", 7), (b"d", 8)]);
    for number in 5..9 {
        full.file(number, 0o100_600, &[b'x'; 1024]);
    }
    let mut next = Pool::bare(TOGUID);
    // The same file, with its first block changed and its second one freed.
    next.object(5, FILE, ZNODE, &znode(0o100_600, 1024));
    next.write(5, 0, &[b'y'; 512]);
    next.free(5, 512, u64::MAX);
    // Another one, by its generation.
    let mut other = znode(0o100_600, 1024);
    other[64] += 1;
    next.object(6, FILE, ZNODE, &other);
    next.write(6, 0, &[b'z'; 512]);
    // Of another kind, and gone for a while.
    next.object(7, DIRECTORY, ZNODE, &znode(0o040_755, 2));
    next.write(7, 0, &small(&[]));
    next.stream.record(
        crate::stream::RecordType::FreeObjects,
        &[(8, 8, 8), (16, 8, 1)],
        &[],
    );
    next.file(8, 0o100_600, b"");
    let chain = chain_of(vec![full.end(), next.end()]);
    let contents = contents_of(&chain, &read(&chain));
    let halves = |path: &str| [contents[path][0], contents[path][512]];
    assert_eq!(halves("/a"), [b'y', 0]);
    assert_eq!(halves("/b"), [b'z', 0]);
    assert_eq!(contents["/d"], b"");
    assert!(!contents.contains_key("/c"));
}

#[test]
fn a_later_stream_changes_what_it_names() {
    let mut full = Pool::new();
    full.directory(ROOT, &[(b"a", 5)]);
    full.file(5, 0o100_600, &[b'x'; 1024]);
    let mut next = Pool::bare(TOGUID);
    next.directory(ROOT, &[(b"b", 5)]);
    next.object(5, FILE, ZNODE, &znode(0o100_644, 600));
    let chain = chain_of(vec![full.end(), next.end()]);
    let contents = contents_of(&chain, &read(&chain));
    assert_eq!(contents.keys().collect::<Vec<_>>(), ["/b"]);
    assert_eq!(contents["/b"], [b'x'; 600]);
}

#[test]
fn a_block_that_nobody_can_unpack_is_a_hole_that_is_named() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"a", 5), (b"b", 6), (b"d", 7)]);
    pool.file(5, 0o100_600, &[b'x'; 1024]);
    pool.junk(5, 512);
    pool.file(6, 0o100_600, b"whole");
    let mut odd = Pool::bare(TOGUID);
    odd.directory(7, &[(b"c", 6)]);
    odd.junk(7, 512);
    let mut chain = chain_of(vec![pool.end()]);
    let whole = read(&chain);
    let error = contents::give(&chain, &whole, &BTreeSet::from([5]), &mut |_| Ok(()));
    assert!(error.unwrap_err().to_string().contains("object 5: "));
    chain.links.extend(chain_of(vec![odd.end()]).links);
    assert!(refused(&chain).contains("object 7: "));

    chain.damage = Some(Damage::default());
    let tree = read(&chain);
    let contents = contents_of(&chain, &tree);
    assert_eq!(contents["/a"], [[b'x'; 512], [0; 512]].concat());
    assert_eq!(contents["/b"], b"whole");
    let hit = |node: &Node| chain.hit(&tree, node.object, &node.attributes);
    let hit: Vec<_> = nodes(&tree)
        .iter()
        .filter_map(|node| Some((node.shown(), hit(node)?)))
        .collect();
    let named = [("/a", "bytes 512 to 1023"), ("/d", "names in it")];
    assert_eq!(
        hit,
        named.map(|(path, lost)| (path.to_owned(), lost.to_owned()))
    );
}

/// Every field of what is read to find files, with values that somebody might try.
#[test]
fn changed_bytes_neither_panic_nor_go_on_for_ever() {
    for name in ["plain-full-s1", "spill-lost-2.3.9"] {
        let whole = sample(name);
        // Behind the headers, in the objects that have names.
        for at in (312..whole.len().min(60_000)).step_by(37) {
            for value in [0, 1, 0x80, 0xff] {
                let mut changed = whole[..whole.len().min(80_000)].to_vec();
                changed[at] = value;
                fuzz::everything(&[&changed]);
            }
        }
    }
}

/// A directory with a table of pointers and one leaf, in which so many entries say that their name stands in the same chunks.
fn of_one_name(entries: usize) -> Pool {
    let mut pool = Pool::new();
    let mut table = vec![0; 4096];
    for (at, word) in [(0, (1 << 63) + 1), (8, 0x2_F52A_B2AB), (72, entries as u64)] {
        table[at..at + 8].copy_from_slice(&u64::to_le_bytes(word));
    }
    for pointer in table[2048..].chunks_exact_mut(8) {
        pointer[0] = 1;
    }
    let mut leaf = vec![0; 48 + 4096 / 16];
    leaf[..8].copy_from_slice(&(1_u64 << 63).to_le_bytes());
    leaf[24..28].copy_from_slice(&0x2AB1EAF_u32.to_le_bytes());
    for next in 1..49_u16 {
        leaf.push(251);
        leaf.extend([b'n'; 21]);
        leaf.extend(next.to_le_bytes());
    }
    for _ in 0..entries {
        leaf.extend([252, 8, 0, 0, 0, 0, 232, 3, 0, 0, 1, 0]);
        leaf.extend([0; 12]);
    }
    leaf.resize(4096, 0);
    pool.object(ROOT, DIRECTORY, ZNODE, &znode(0o040_755, 2));
    pool.write(ROOT, 0, &table);
    pool.write(ROOT, 4096, &leaf);
    pool
}

/// Small streams would take much memory otherwise.
#[test]
fn no_names_stand_in_the_same_place() {
    assert_eq!(tree(of_one_name(1)).entries_of(ROOT).unwrap().len(), 1);
    let many = tree(of_one_name(50)).entries_of(ROOT);
    assert_eq!(many.unwrap_err(), "object 4: its leaf 1 is damaged");
}
