//! Two years of nights, pruned after each.

use super::*;
use crate::calendar::{Calendar, Period};

/// Whether a chain that began with `root` ends before the snapshot of `now`.
type Ends = fn(now: u64, root: u64) -> bool;

/// What is there after 730 nights: objects, fulls, and the sum of what they weigh, 100 a full and 1 an increment.
fn after_two_years(ends: Ends) -> (usize, usize, usize) {
    let retention = keeping(Keep {
        daily: 7,
        weekly: 5,
        monthly: 12,
        yearly: 3,
        ..Keep::default()
    });
    let mut objects: Vec<Object> = Vec::new();
    let (start, mut root) = (noon("2024-01-10"), 0);
    for night in 0..730 {
        let now = start + night * DAY;
        let name = format!("{night:03}");
        let new = match objects.len().checked_sub(1) {
            Some(base) if !ends(now, root) => on(base, &name, now),
            _ => full(&name, now),
        };
        root = if new.full { now } else { root };
        objects.push(Object {
            // 30 days, as the class STANDARD_IA has them.
            paid_seconds: 30 * DAY,
            ..new
        });
        let pruning = prune(&objects, &retention, now);
        objects = without(&objects, &pruning.order().into_iter().collect());
    }
    let fulls = objects.iter().filter(|one| one.full).count();
    (objects.len(), fulls, objects.len() + 99 * fulls)
}

/// The others, with their parents' new places.
pub fn without(objects: &[Object], gone: &BTreeSet<usize>) -> Vec<Object> {
    let left: Vec<usize> = (0..objects.len())
        .filter(|place| !gone.contains(place))
        .collect();
    let moved = |place: &usize| Object {
        parent: objects[*place]
            .parent
            .map(|parent| left.binary_search(&parent).unwrap()),
        ..objects[*place].clone()
    };
    left.iter().map(moved).collect()
}

fn differ(period: Period, now: u64, root: u64) -> bool {
    let number = |seconds| Calendar::default().number(period, seconds);
    number(now) != number(root)
}

/// The numbers of a simulation that was written apart from this code, in another language.
#[test]
fn chains_that_end_can_be_thinned() {
    let cases: [(Ends, usize, usize, usize); 5] = [
        (|_, _| false, 730, 1, 829),
        (|now, root| differ(Period::Month, now, root), 51, 14, 1437),
        (|now, root| now - root >= 30 * DAY, 51, 13, 1338),
        (|now, root| now - root >= 90 * DAY, 278, 6, 872),
        (|now, root| differ(Period::Week, now, root), 45, 18, 1827),
    ];
    for (ends, objects, fulls, units) in cases {
        assert_eq!(after_two_years(ends), (objects, fulls, units));
    }
}
