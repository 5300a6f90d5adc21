//! Bookmarks as bases.

use super::*;
use crate::zfs::LocalBookmark;

/// Bookmarks by name, guid and transaction group; [`locals`] have the groups 0, 1, 2...
fn bookmarks(all: &[(&str, u64, u64)]) -> Vec<LocalBookmark> {
    let one = |(name, guid, createtxg): &(&str, u64, u64)| LocalBookmark {
        bookmark: dataset().bookmark(name).unwrap(),
        guid: *guid,
        createtxg: *createtxg,
    };
    all.iter().map(one).collect()
}

/// What is sent with these bookmarks, and whether they were asked for.
fn plan(
    names: &[(&str, u64)],
    stored: Vec<Stored>,
    all: &[(&str, u64, u64)],
    wanted: Option<&str>,
) -> String {
    let (dataset, locals, selection) = (dataset(), locals(names), selection("p"));
    let candidates = Candidates::find(&dataset, &locals, &selection, wanted).unwrap();
    let catalog = catalog(stored);
    let marked = match candidates.is_cut_off(&catalog) {
        Ok(true) => candidates.marked(&catalog, &bookmarks(all)).unwrap(),
        _ => None,
    };
    sends(candidates.incremental(&catalog, marked.as_ref()))
}

const NEW: &[(&str, u64)] = &[("p4", 4), ("other", 9), ("p5", 5), ("p6", 6)];

fn stored() -> Vec<Stored> {
    vec![
        full_of("p1", Some(1)),
        increment("p2", "p1", Some(2)),
        increment("p3", "p2", Some(3)),
    ]
}

const REFUSED: &str = "error: no snapshot of tank/fs up to @p6 is both stored and still in the pool: an incremental has nothing to start from";

#[test]
fn a_bookmark_takes_the_place_of_a_snapshot_that_is_gone() {
    // p4 is older than it, and was not stored.
    let odd = "any: name.-_";
    assert_eq!(
        plan(NEW, stored(), &[("old", 2, 0), (odd, 3, 1)], None),
        "tank/fs#any: name.-_>p5 p5>p6"
    );
    assert_eq!(
        plan(
            NEW,
            stored(),
            &[("a", 3, 0), ("b", 9, 1), ("c", 77, 1)],
            Some("p5")
        ),
        "tank/fs#a>p5"
    );
}

#[test]
fn a_snapshot_that_is_stored_beats_every_bookmark() {
    let names = [&[("p1", 1)], NEW].concat();
    let newer = [("b", 3, 1)];
    assert_eq!(plan(&names, stored(), &newer, None), "p1>p4 p4>p5 p5>p6");
    let all = [stored(), vec![increment("p6", "p3", Some(6))]].concat();
    assert_eq!(plan(NEW, all, &newer, None), "");
}

#[test]
fn without_the_right_bookmark_it_is_refused_as_ever() {
    for all in [
        &[][..],
        // Of another snapshot, of the wanted one's age, and of a newer one.
        &[("p3", 33, 0)],
        &[("b", 3, 3)],
        &[("b", 3, 4)],
    ] {
        assert_eq!(plan(NEW, stored(), all, None), REFUSED, "{all:?}");
    }
    let others = vec![full_of("p1", Some(1)), full_of("daily", Some(3))];
    assert_eq!(plan(NEW, others, &[("b", 3, 0)], None), REFUSED);
    let nameless = vec![full_of("p1", None)];
    assert_eq!(plan(NEW, nameless, &[("b", 1, 0)], None), REFUSED);
}

#[test]
fn a_broken_backup_is_no_base_for_a_bookmark_either() {
    let broken = vec![full_of("p1", Some(1)), increment("p3", "p2", Some(3))];
    assert_eq!(
        plan(NEW, broken, &[("a", 1, 0), ("b", 3, 1)], None),
        "error: the backup of tank/fs@p3 is broken: missing parent (tank/fs@p2)"
    );
}

#[test]
fn both_sources_are_spelled_alike() {
    let (dataset, locals) = (dataset(), locals(NEW));
    let selection = selection("p");
    let candidates = Candidates::find(&dataset, &locals, &selection, None).unwrap();
    let catalog = catalog(stored());
    let marked = candidates.marked(&catalog, &bookmarks(&[("b", 3, 0)]));
    let steps = candidates.incremental(&catalog, marked.unwrap().as_ref());
    let first = steps.unwrap().remove(0);
    assert_eq!(
        first.send().cmd().to_string(),
        "zfs send -i 'tank/fs#b' 'tank/fs@p5'"
    );
    assert_eq!(first.spelled(), "zfs send -i 'tank/fs@p3' 'tank/fs@p5'");
    assert_eq!(first.parent().unwrap().to_string(), "tank/fs@p3");
}
