//! Order, with little code: the standard library's sorts, and the maps that it collects by means of them, are 5 KB of program for
//! each type that is put in order.

use std::cmp::Ordering;

/// Gathers into a map or a set, one after the other.
pub fn gathered<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}

/// Sorts by a key; what has the same key stays as it stood.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut all: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    let key_at = |at: usize| all.get(at).and_then(Option::as_ref).map(&key);
    let order = order(all.len(), &|one, other| key_at(one).cmp(&key_at(other)));
    items.extend(order.into_iter().filter_map(|at| all.get_mut(at)?.take()));
}

/// In which order so many things stand.
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn what_is_alike_keeps_its_order() {
        let mut words = vec!["bb", "a", "cc", "", "b"];
        sort_by_key(&mut words, |word| word.len());
        assert_eq!(words, ["", "a", "b", "bb", "cc"]);
        sort_by_key(&mut Vec::<u8>::new(), |it| *it);
    }

    #[test]
    fn of_one_key_the_last_value_counts_as_ever() {
        let pairs = [(2, 'a'), (1, 'b'), (2, 'c')];
        let map: BTreeMap<i32, char> = gathered(pairs);
        assert_eq!(map, pairs.into_iter().collect());
        assert_eq!(gathered::<BTreeSet<_>, _>([2, 1, 2]).len(), 2);
    }
}
