//! What goes and what stays: examples of each rule, and properties over chains that nobody would make.

mod chains;
mod dates;
mod doubts;
mod years;

use std::collections::BTreeSet;

use super::standing::Standing;
use super::*;
use crate::calendar;
use crate::keep::Keep;
use crate::store::ObjectLock;

/// Noon of a day long ago, in seconds since 1970.
pub fn noon(day: &str) -> u64 {
    calendar::read(&format!("{day}T12:00:00Z")).unwrap()
}

/// A full that was made and stored at this time.
pub fn full(name: &str, seconds: u64) -> Object {
    Object {
        name: name.into(),
        parent: None,
        full: true,
        standing: Standing::Candidate,
        created: Some(Creation {
            seconds,
            exact: true,
        }),
        stored: Some(seconds),
        local: false,
        pinned: false,
        in_use: false,
        lock: None,
        paid_seconds: 0,
    }
}

/// An increment on the object at that place.
pub fn on(parent: usize, name: &str, seconds: u64) -> Object {
    Object {
        parent: Some(parent),
        full: false,
        ..full(name, seconds)
    }
}

/// A policy that lets everything go, but for what these rules keep.
pub fn keeping(keep: Keep) -> Retention {
    Retention {
        keep,
        fresher_seconds: 0,
        max_delete: MaxDelete::Number(u64::MAX),
        min_days: None,
    }
}

/// The actions, in the order of the objects.
pub fn actions(pruning: &Pruning) -> Vec<&'static str> {
    let actions = pruning.verdicts.iter();
    actions.map(|verdict| verdict.action.word()).collect()
}

/// The reasons of one, in words.
pub fn why(pruning: &Pruning, place: usize) -> String {
    let reasons = pruning.verdicts[place].reasons.iter();
    let words: Vec<String> = reasons.map(Reason::to_string).collect();
    words.join(", ")
}

fn last(last: u64) -> Retention {
    keeping(Keep {
        last,
        ..Keep::default()
    })
}

/// Two days behind everything here.
const NOW: u64 = 100 * DAY;

#[test]
fn a_picked_one_keeps_what_it_builds_on() {
    // A full, two increments on it, one of which is gone on with, and a full of its own.
    let objects = [
        full("a", DAY),
        on(0, "b", 2 * DAY),
        on(0, "c", 3 * DAY),
        on(2, "d", 4 * DAY),
        full("e", 5 * DAY),
    ];
    let pruning = prune(&objects, &last(2), NOW);
    assert_eq!(
        actions(&pruning),
        ["base", "delete", "base", "keep", "keep"]
    );
    assert_eq!(why(&pruning, 0), "needed by @d");
    assert_eq!(why(&pruning, 3), "last 2");
    assert_eq!(why(&pruning, 4), "last 1, newest");
    assert_eq!(pruning.order(), [1]);
}

#[test]
fn chains_go_from_their_ends() {
    let objects = [
        full("a", DAY),
        on(0, "b", 2 * DAY),
        on(1, "c", 3 * DAY),
        full("d", 4 * DAY),
        on(3, "e", 5 * DAY),
        full("f", 6 * DAY),
    ];
    let pruning = prune(&objects, &last(1), NOW);
    assert_eq!(pruning.trees, [vec![2, 1, 0], vec![4, 3]]);
}

#[test]
fn what_always_stays() {
    let mut objects: Vec<Object> = (0..9)
        .map(|number| full(&number.to_string(), number * DAY))
        .collect();
    objects[0].pinned = true;
    objects[1].local = true;
    objects[2].in_use = true;
    objects[3].stored = Some(NOW - DAY + 1);
    objects[4].standing = Standing::Other;
    objects[5].created.as_mut().unwrap().seconds = NOW + DAY + 1;
    objects[6].created = None;
    objects[7].stored = None;
    let pruning = prune(&objects, &last(1), NOW);
    let reasons: Vec<String> = (0..9).map(|place| why(&pruning, place)).collect();
    assert_eq!(
        reasons,
        [
            "pinned",
            "newest in the pool",
            "being built on",
            "not a day old",
            "of another prefix",
            "from the future",
            "no time",
            "not a day old",
            "last 1, newest"
        ]
    );
    // A second later one more may go, and what is a day ahead is no longer from the future: it is the newest.
    assert_eq!(prune(&objects, &last(1), NOW + 1).order(), [3, 8]);
    assert_eq!(
        why(&prune(&objects, &last(1), NOW + 1), 5),
        "last 1, newest"
    );
}

#[test]
fn what_is_paid_for_or_locked_stays_with_its_base() {
    let mut objects = [
        full("a", DAY),
        on(0, "b", 2 * DAY),
        full("c", 3 * DAY),
        on(2, "d", 4 * DAY),
        full("e", 5 * DAY),
    ];
    objects[1].paid_seconds = NOW - 2 * DAY + 1;
    objects[3].lock = Some(ObjectLock::Until(
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 1),
    ));
    let pruning = prune(&objects, &last(1), NOW);
    assert_eq!(
        actions(&pruning),
        ["base", "later", "base", "locked", "keep"]
    );
    assert_eq!(why(&pruning, 1), "paid until 1970-04-11");
    assert_eq!(why(&pruning, 3), "locked until 1970-04-11");
    assert_eq!(prune(&objects, &last(1), NOW + 1).order(), [1, 0, 3, 2]);
    objects[3].lock = Some(ObjectLock::NoEnd);
    assert_eq!(prune(&objects, &last(1), NOW + 1).order(), [1, 0]);
}

#[test]
fn when_nothing_goes_at_all() {
    let refusal =
        |objects: &[Object], retention: &Retention| prune(objects, retention, NOW).refusal;
    assert_eq!(refusal(&[], &last(1)), Some(Refusal::NoneHealthy));
    let other = Object {
        standing: Standing::Other,
        ..full("a", DAY)
    };
    assert_eq!(refusal(&[other], &last(1)), Some(Refusal::NoneHealthy));
    let mut some: Vec<Object> = (0..30)
        .map(|number| full(&number.to_string(), number * DAY))
        .collect();
    let fresher = |fresher_seconds| Retention {
        fresher_seconds,
        ..last(1)
    };
    let age = NOW - 29 * DAY;
    assert_eq!(refusal(&some, &fresher(age)), None);
    assert_eq!(refusal(&some, &fresher(age - 1)), Some(Refusal::Stale(age)));
    let most = |max_delete| Retention {
        max_delete,
        ..last(1)
    };
    let too_many = |wanted, most| Some(Refusal::TooMany { wanted, most });
    assert_eq!(refusal(&some, &most(MaxDelete::Half)), too_many(29, 15));
    assert_eq!(
        refusal(&some, &most(MaxDelete::Number(28))),
        too_many(29, 28)
    );
    assert_eq!(refusal(&some, &most(MaxDelete::Number(29))), None);
    some.truncate(11);
    assert_eq!(refusal(&some, &most(MaxDelete::Half)), None, "10 of 11");
}

#[test]
fn a_chain_without_end_is_told_of() {
    let chain = |links: usize| -> Vec<Object> {
        let link = |number: usize| {
            let (name, seconds) = (format!("{number:04}"), number as u64 * DAY);
            match number {
                0 => full(&name, seconds),
                _ => on(number - 1, &name, seconds),
            }
        };
        (0..links).map(link).collect()
    };
    let advice = |links: usize| with_monthly_fulls(&chain(links), &last(7), links as u64 * DAY);
    // 100 increments are no long chain, 101 are: of 102 days, those from April 1 on would stay.
    assert_eq!((advice(101), advice(102)), (None, Some(90)));
    let mut sparse = chain(3);
    for (one, days) in sparse.iter_mut().zip([0, 200, 400]) {
        one.created.as_mut().unwrap().seconds = days * DAY;
    }
    assert_eq!(with_monthly_fulls(&sparse, &last(1), 402 * DAY), Some(2));
    assert_eq!(with_monthly_fulls(&[], &last(1), NOW), None);
    let names: BTreeSet<SnapName> = chain(5).into_iter().map(|one| one.name).collect();
    assert_eq!(names.len(), 5);
}
