//! Single objects out of streams, in both orders in which zfs has sent them.

use super::*;
use crate::files::build::{FILE, Pool, ROOT, ZNODE, znode};

/// As OpenZFS sends before 2.0: what is told of all objects of a block of dnodes, then their data.
fn by_block() -> StreamChain<'static> {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"a", 5), (b"b", 6), (b"c", 7)]);
    for number in [5, 6, 7] {
        pool.object(number, FILE, ZNODE, &znode(0o100_644, 512));
        pool.free(number, 512, u64::MAX);
    }
    for number in [5, 6, 7] {
        pool.write(number, 0, &[b'0' + number as u8; 512]);
    }
    chain_of(vec![pool.end()])
}

#[test]
fn data_that_comes_behind_what_is_told_of_later_objects_is_given() {
    let chain = by_block();
    let tree = read(&chain);
    for (path, object, byte) in [("/a", 5, b'5'), ("/b", 6, b'6'), ("/c", 7, b'7')] {
        assert_eq!(tree.find(path.as_bytes()).unwrap().object, object);
        let mut given = Vec::new();
        contents::give(&chain, &tree, &BTreeSet::from([object]), &mut |piece| {
            if let What::Data(bytes) = piece.what {
                given.extend_from_slice(bytes);
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(given, [byte; 512]);
    }
}
