//! What the policy picks.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Object, Reason};
use crate::keep::Keep;
use crate::order::sort_by_key;

/// Adds the reasons of the policy for those of the group: each rule by itself, and one is enough.
pub(super) fn pick(objects: &[Object], group: &[usize], keep: &Keep, why: &mut [Vec<Reason>]) {
    let newest_first = newest_first(objects, group);
    for (rank, &place) in (1..=keep.last).zip(&newest_first) {
        add(why, place, Reason::Rule("last", rank));
    }
    for (word, period, count) in keep.periods() {
        let number = |place: usize| {
            let one = objects.get(place)?;
            Some(keep.calendar.number(period, one.seconds()))
        };
        let mut by_period: BTreeMap<Reverse<i64>, Vec<usize>> = BTreeMap::new();
        for &place in group {
            if let Some(number) = number(place) {
                by_period.entry(Reverse(number)).or_default().push(place);
            }
        }
        for (rank, places) in (1..=count).zip(by_period.values()) {
            if let Some(place) = representative(objects, places) {
                add(why, place, Reason::Rule(word, rank));
            }
        }
    }
    let Some(newest) = newest_first.first().and_then(|&place| objects.get(place)) else {
        return;
    };
    for &place in &newest_first {
        let within = |one: &Object| newest.seconds() - one.seconds() <= keep.within_seconds;
        if keep.within_seconds > 0 && objects.get(place).is_some_and(within) {
            add(why, place, Reason::Within);
        }
    }
}

/// The newest of those of the group that are wanted.
pub(super) fn newest_of(
    objects: &[Object],
    group: &[usize],
    wanted: impl Fn(&Object) -> bool,
) -> Option<usize> {
    let mut newest_first = newest_first(objects, group).into_iter();
    newest_first.find(|&place| objects.get(place).is_some_and(&wanted))
}

/// By creation, then by when they were stored, then by name.
fn newest_first(objects: &[Object], group: &[usize]) -> Vec<usize> {
    let mut places = group.to_vec();
    sort_by_key(&mut places, |&place| {
        let one = objects.get(place);
        Reverse(one.map(|one| (one.seconds(), one.stored, one.name.as_str())))
    });
    places
}

/// The one that stands for a period: the first full that was stored, else the first. The newest would need all of its chain,
/// and be another one each day.
fn representative(objects: &[Object], places: &[usize]) -> Option<usize> {
    let first_stored = |place: usize| {
        let one = objects.get(place)?;
        let stored = one.stored.unwrap_or(u64::MAX);
        Some((!one.full, stored, one.seconds(), one.name.as_str()))
    };
    let mut places = places.to_vec();
    sort_by_key(&mut places, |&place| first_stored(place));
    places.first().copied()
}

fn add(why: &mut [Vec<Reason>], place: usize, reason: Reason) {
    if let Some(why) = why.get_mut(place) {
        why.push(reason);
    }
}
