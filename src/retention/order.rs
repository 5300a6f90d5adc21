//! What hangs on what. Nobody guarantees that parents make no circle.

use std::collections::BTreeMap;

use super::{Object, Reason};
use crate::calendar::{Calendar, Period};

fn parent(objects: &[Object], place: usize) -> Option<usize> {
    objects.get(place)?.parent
}

/// All places, children before their parents; circles last.
pub(super) fn children_first(objects: &[Object]) -> Vec<usize> {
    let mut children = vec![0_usize; objects.len()];
    for one in objects {
        if let Some(count) = one.parent.and_then(|parent| children.get_mut(parent)) {
            *count += 1;
        }
    }
    let leaves = (0..objects.len()).filter(|&place| children.get(place) == Some(&0));
    let mut order: Vec<usize> = leaves.collect();
    let mut next = 0;
    while let Some(&place) = order.get(next) {
        next += 1;
        let above = parent(objects, place);
        if let Some((above, count)) =
            above.and_then(|above| Some((above, children.get_mut(above)?)))
        {
            *count -= 1;
            if *count == 0 {
                order.push(above);
            }
        }
    }
    let circles = (0..objects.len()).filter(|&place| children.get(place).is_some_and(|&n| n > 0));
    order.extend(circles);
    order
}

/// Those that stay for a reason of their `own`, and all that they build on.
pub(super) fn closed(objects: &[Object], own: &[bool]) -> Vec<bool> {
    let mut stays = own.to_vec();
    for (place, _) in own.iter().enumerate().filter(|(_, own)| **own) {
        let mut next = parent(objects, place);
        while let Some(above) = next
            && let Some(known) = stays.get_mut(above)
            && !std::mem::replace(known, true)
        {
            next = parent(objects, above);
        }
    }
    stays
}

/// By which of those that stay for a reason of their `own` each is needed, if by any.
pub(super) fn needed(objects: &[Object], own: &[bool], ranks: &[usize]) -> Vec<Option<Reason>> {
    let stays = closed(objects, own);
    let is = |flags: &[bool], place: usize| flags.get(place).copied().unwrap_or(false);
    let mut by: Vec<Option<(usize, usize)>> = vec![None; objects.len()];
    for &place in ranks.iter().filter(|&&place| is(&stays, place)) {
        let below = by.get(place).copied().flatten();
        let Some(entry) = parent(objects, place).and_then(|above| by.get_mut(above)) else {
            continue;
        };
        let nearest = below
            .filter(|_| !is(own, place))
            .map_or(place, |(it, _)| it);
        let (_, count) = entry.get_or_insert((nearest, 0));
        *count += below.map_or(0, |(_, count)| count) + usize::from(is(own, place));
    }
    let reason = |by: Option<(usize, usize)>| {
        let (nearest, count) = by?;
        let name = objects.get(nearest)?.name.clone();
        Some(Reason::NeededBy(name, count.saturating_sub(1)))
    };
    by.into_iter().map(reason).collect()
}

/// Those that go, in trees of what hangs together, the oldest first; within each the one after the other, children before parents.
pub(super) fn trees(
    objects: &[Object],
    ranks: &[usize],
    goes: impl Fn(usize) -> bool,
) -> Vec<Vec<usize>> {
    let mut roots: Vec<usize> = (0..objects.len()).collect();
    for &place in ranks.iter().rev() {
        let above = parent(objects, place).filter(|&above| goes(above));
        let root = above.and_then(|above| roots.get(above).copied());
        if let (Some(root), Some(own)) = (root, roots.get_mut(place)) {
            *own = root;
        }
    }
    let mut trees: BTreeMap<(u64, usize), Vec<usize>> = BTreeMap::new();
    for &place in ranks.iter().filter(|&&place| goes(place)) {
        let root = roots.get(place).copied().unwrap_or(place);
        let age = objects.get(root).map_or(0, Object::seconds);
        trees.entry((age, root)).or_default().push(place);
    }
    trees.into_values().collect()
}

/// One, and all that it builds on, the nearest first.
pub(super) fn chain(objects: &[Object], place: usize) -> Vec<usize> {
    let links = std::iter::successors(Some(place), |&link| parent(objects, link));
    links.take(objects.len()).collect()
}

/// The same, if the first of each month in each chain were a full.
pub(super) fn cut_monthly(objects: &[Object], calendar: Calendar) -> Vec<Object> {
    let month = |one: &Object| calendar.number(Period::Month, one.seconds());
    let ended = |one: &Object| {
        let above = one.parent.and_then(|parent| objects.get(parent));
        let cut = above.is_some_and(|above| month(above) != month(one));
        Object {
            parent: one.parent.filter(|_| !cut),
            full: one.full || cut,
            ..one.clone()
        }
    };
    objects.iter().map(ended).collect()
}
