//! What is refused, and what is not given.

use super::*;
use crate::error::Error;

#[test]
fn what_is_not_there_is_said() {
    let tree = read(&chain(&["plain-full-s1"]));
    for (path, why) in [
        (
            "/nosuch",
            "find /nosuch in src/plain@s1: there is no such file",
        ),
        ("/link/x", "find /link/x in src/plain@s1: /link is a link"),
        (
            "/rand/x",
            "find /rand/x in src/plain@s1: /rand is no directory",
        ),
        (
            "/dir/../rand",
            "find /dir/.. in src/plain@s1: a path leads from the top directory down, without ..",
        ),
    ] {
        assert_eq!(tree.find(path.as_bytes()).unwrap_err().to_string(), why);
    }
    for path in ["", "/", "//", "./", "dir/", "/dir//tiny1"] {
        assert!(tree.find(path.as_bytes()).is_ok(), "{path}");
    }
}

#[test]
fn other_streams_are_refused_with_the_reason() {
    for (names, why) in [
        (
            &["plain-incr-s1-s2"][..],
            "this is an increment of the snapshot with guid",
        ),
        (
            &["plain-full-s1", "plain-full-s1"],
            "this is a full stream, and only the first can be one",
        ),
        (
            &["plain-full-s1", "plain-incr-empty-s2-s3"],
            "the stream before it is of guid",
        ),
        (
            &["plain-full-s1", "clone-origin"],
            "the stream before it is of guid",
        ),
        (&["enc-full-w-s1"], "a raw stream of an encrypted dataset"),
        (&["plain-props-s2"], "a package of streams"),
    ] {
        let told = refused(&chain(names));
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn what_is_kept_has_a_bound() {
    let error = Tree::read(&chain(&["plain-full-s1"]), 6_000).unwrap_err();
    assert!(matches!(&error, Error::About { .. }));
    assert!(
        error
            .to_string()
            .contains("take more than 0.01 M of memory"),
        "{error}"
    );
    assert!(error.advice().unwrap().contains("MAX_MEMORY"));
}

#[test]
fn nothing_is_given_of_a_damaged_stream() {
    let whole = sample("plain-full-s1");
    for at in (1000..whole.len()).step_by(40_009) {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        assert!(
            Tree::read(&chain_of(vec![damaged]), MOST_BYTES).is_err(),
            "{at}"
        );
    }
}

#[test]
fn no_block_is_given_before_a_checksum_has_proved_it() {
    let whole = sample("plain-full-s1");
    let tree = read(&chain_of(vec![whole.clone()]));
    let object = tree.find(b"/rand").unwrap().object;
    // The end of its only block; the checksum of the record behind it does not hold.
    let content = &contents_of(&chain_of(vec![whole.clone()]), &tree)["/rand"];
    let end = &content[59_900..];
    let at = whole
        .windows(end.len())
        .position(|bytes| bytes == end)
        .unwrap();
    let mut damaged = whole;
    damaged[at] ^= 1;
    let mut given = 0;
    let wanted = BTreeSet::from([object]);
    let outcome = contents::give(&chain_of(vec![damaged]), &tree, &wanted, &mut |piece| {
        given += u64::from(matches!(piece.what, What::Data(_)));
        Ok(())
    });
    assert!(outcome.is_err());
    assert_eq!(given, 0);
}

#[test]
fn what_fails_where_contents_go_does_not_bear_the_name_of_a_stream() {
    let chain = chain(&["plain-full-s1"]);
    let tree = read(&chain);
    let wanted = BTreeSet::from([tree.find(b"/rand").unwrap().object]);
    let full = &mut |_: ContentPiece<'_>| Err(Error::refused("write there: no space left"));
    let failed = contents::give(&chain, &tree, &wanted, full).unwrap_err();
    assert_eq!(failed.to_string(), "write there: no space left");
    let gone = StreamLink {
        open: Box::new(|| Err(Error::refused("it is gone"))),
        ..chain_of(vec![Vec::new()]).links.remove(0)
    };
    let chain = StreamChain {
        links: vec![gone],
        damage: None,
    };
    let failed = contents::give(&chain, &tree, &wanted, &mut |_| Ok(())).unwrap_err();
    assert_eq!(failed.to_string(), "stream 0: it is gone");
}
