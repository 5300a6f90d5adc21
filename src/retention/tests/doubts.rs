//! What is broken, and of what nobody knows what it builds on.

use super::*;

#[test]
fn broken_ones_stay_unless_they_may_go() {
    let broken = |cycle, may_go| Standing::Broken {
        fault: "missing parent (t@x)".to_owned(),
        cycle,
        may_go,
    };
    let mut objects = [
        full("a", DAY),
        on(0, "b", 2 * DAY),
        on(1, "c", 3 * DAY),
        full("d", 4 * DAY),
    ];
    objects[2].standing = broken(false, false);
    let pruning = prune(&objects, &last(1), NOW);
    assert_eq!(actions(&pruning), ["base", "base", "broken", "keep"]);
    assert_eq!(why(&pruning, 2), "missing parent (t@x)");
    objects[2].standing = broken(false, true);
    assert_eq!(prune(&objects, &last(1), NOW).order(), [2, 1, 0]);
    // Two that are their own ancestors, and one on them.
    objects[0] = on(1, "a", DAY);
    for one in &mut objects[..3] {
        one.standing = broken(true, false);
    }
    let pruning = prune(&objects, &last(1), NOW);
    assert_eq!(pruning.refusal, Some(Refusal::Cycle("a".into())));
    for one in &mut objects[..3] {
        one.standing = broken(true, true);
    }
    let pruning = prune(&objects, &last(1), NOW);
    assert_eq!(
        (pruning.refusal, pruning.trees.iter().flatten().count()),
        (None, 3)
    );
    // What is pinned keeps all of the circle.
    objects[2].pinned = true;
    assert_eq!(prune(&objects, &last(1), NOW).deletions(), 0);
}

#[test]
fn of_what_only_a_receipt_tells_the_base_is_not_known() {
    let mut objects = [
        full("a", DAY),
        on(0, "b", 2 * DAY),
        full("c", 3 * DAY),
        full("d", 4 * DAY),
        full("e", 5 * DAY),
    ];
    objects[2].standing = Standing::Hearsay;
    let pruning = prune(&objects, &last(1), NOW);
    assert_eq!(
        actions(&pruning),
        ["keep", "keep", "keep", "delete", "keep"]
    );
    assert_eq!(why(&pruning, 0), "perhaps a base of @c");
    assert_eq!(why(&pruning, 2), "only its receipt tells what it builds on");
    // A time that is a guess tells nothing.
    objects[3].created.as_mut().unwrap().exact = false;
    assert_eq!(prune(&objects, &last(1), NOW).deletions(), 0);
    // It is kept, and stands for no other.
    assert!(stand_ins(&objects, &last(1), NOW).is_empty());
    objects[3].created.as_mut().unwrap().exact = true;
    let names = stand_ins(&objects, &last(1), NOW);
    assert_eq!(names, ["a", "b", "c", "e"].map(SnapName::from));
}
