//! Properties that hold whatever is in the bucket: random forests with gaps, broken rows, odd times and circles.

use super::years::without;
use super::*;

const NOW: u64 = 1_700_000_000;

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// A bucket, in which the order of the names is not that of the chains.
fn objects(dice: &mut Dice) -> Vec<Object> {
    let count = dice.below(40) as usize;
    let mut objects: Vec<Object> = (0..count).map(|place| object(dice, place, count)).collect();
    // What builds on something broken is broken, and what is its own ancestor as well.
    for place in 0..count {
        let links = std::iter::successors(Some(place), |&link| objects[link].parent);
        let chain: Vec<usize> = links.take(count + 1).collect();
        let cycle = chain.len() > count;
        let lost = chain.iter().any(|&link| objects[link].is_broken());
        if (lost || cycle) && !objects[place].is_broken() {
            objects[place].standing = Standing::Broken {
                fault: "parent broken".to_owned(),
                cycle,
                may_go: dice.one_in(2),
            };
        }
    }
    objects
}

fn object(dice: &mut Dice, place: usize, count: usize) -> Object {
    let parent = (!dice.one_in(4)).then(|| match dice.one_in(20) {
        true => dice.below(count as u64) as usize,
        false => place.saturating_sub(1 + dice.below(3) as usize),
    });
    let parent = parent.filter(|&parent| parent != place);
    let seconds = match dice.below(12) {
        0 => NOW + dice.below(3 * DAY),
        1 => 0,
        2 => u64::MAX,
        _ => NOW - dice.below(900) * DAY / 2,
    };
    Object {
        parent,
        full: parent.is_none(),
        standing: match dice.below(12) {
            0 => Standing::Other,
            1 => Standing::Broken {
                fault: "no metadata".to_owned(),
                cycle: false,
                may_go: dice.one_in(2),
            },
            2 if dice.one_in(20) => Standing::Hearsay,
            _ => Standing::Candidate,
        },
        created: (!dice.one_in(20)).then_some(Creation {
            seconds,
            exact: dice.one_in(2),
        }),
        stored: (!dice.one_in(20)).then(|| NOW - dice.below(900) * DAY),
        local: dice.one_in(8),
        pinned: dice.one_in(20),
        in_use: dice.one_in(20),
        lock: dice.one_in(15).then_some(ObjectLock::NoEnd),
        paid_seconds: dice.below(3) * 30 * DAY,
        ..full(&format!("{place:02}"), 0)
    }
}

fn policy(dice: &mut Dice) -> Retention {
    keeping(Keep {
        last: dice.below(3),
        hourly: dice.below(3),
        daily: dice.below(8),
        weekly: dice.below(5),
        monthly: dice.below(13),
        yearly: dice.below(3),
        within_seconds: dice.below(60) * DAY,
        ..Keep::default()
    })
}

fn each(mut check: impl FnMut(&[Object], &Retention, &Pruning)) {
    let mut went = 0;
    for seed in 1..4000 {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let (objects, retention) = (objects(&mut dice), policy(&mut dice));
        let pruning = prune(&objects, &retention, NOW);
        assert_eq!(pruning.verdicts.len(), objects.len());
        went += pruning.deletions();
        check(&objects, &retention, &pruning);
    }
    assert!(went > 5_000, "only {went} went");
}

#[test]
fn what_stays_is_whole_after_every_single_delete() {
    each(|objects, _, pruning| {
        let mut gone = BTreeSet::new();
        for place in pruning.order() {
            assert_eq!(pruning.verdicts[place].action, Action::Delete);
            assert!(gone.insert(place), "twice");
            let mut children = (0..objects.len()).filter(|&it| objects[it].parent == Some(place));
            let done = |child: usize| gone.contains(&child) || objects[child].is_broken();
            assert!(children.all(done), "{place} {objects:#?}");
        }
        let verdicts = pruning.verdicts.iter();
        let deleted = verdicts.filter(|verdict| verdict.action == Action::Delete);
        assert_eq!(deleted.count(), gone.len());
        // Nothing that anything left builds on has gone, be that broken or not.
        for (place, one) in objects.iter().enumerate() {
            let parent = one.parent.filter(|_| !gone.contains(&place));
            assert!(parent.is_none_or(|parent| !gone.contains(&parent)));
        }
    });
}

#[test]
fn the_newest_healthy_stays() {
    each(|objects, _, pruning| {
        let healthy = |one: &Object| one.is_candidate(NOW);
        let own = objects.iter().filter(|one| healthy(one));
        let newest = own.map(Object::seconds).max();
        let stays = objects.iter().zip(&pruning.verdicts).any(|(one, verdict)| {
            healthy(one) && Some(one.seconds()) == newest && verdict.action == Action::Keep
        });
        assert_eq!(stays, newest.is_some());
        assert!(stays || pruning.refusal.is_some());
    });
}

#[test]
fn what_must_stay_does() {
    each(|objects, _, pruning| {
        for (one, verdict) in objects.iter().zip(&pruning.verdicts) {
            let broken = matches!(one.standing, Standing::Broken { may_go: false, .. });
            let held = one.pinned || one.in_use || one.lock.is_some();
            let must = held || broken || one.standing == Standing::Other;
            assert!(verdict.action != Action::Delete || !must, "{one:?}");
        }
    });
}

/// Whatever its receipt says, each may be the base of one that nobody could read.
#[test]
fn what_hearsay_may_build_on_stays() {
    each(|objects, _, pruning| {
        let doubtful = objects.iter().filter(|one| one.is_hearsay());
        let Some(latest) = doubtful.map(Object::latest).max() else {
            return;
        };
        for (one, verdict) in objects.iter().zip(&pruning.verdicts) {
            let older = one.created.is_none_or(|made| made.seconds <= latest);
            let must = older || one.is_hearsay();
            assert!(verdict.action != Action::Delete || !must, "{one:?}");
        }
    });
}

#[test]
fn a_second_time_nothing_goes() {
    each(|objects, retention, pruning| {
        let gone = pruning.order().into_iter().collect();
        let left = without(objects, &gone);
        assert_eq!(prune(&left, retention, NOW).deletions(), 0);
    });
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    each(|objects, retention, pruning| {
        let last = objects.len().wrapping_sub(1);
        let turned = objects.iter().rev().map(|one| Object {
            parent: one.parent.map(|parent| last - parent),
            ..one.clone()
        });
        let turned: Vec<Object> = turned.collect();
        let mut others = actions(&prune(&turned, retention, NOW));
        others.reverse();
        assert_eq!(others, actions(pruning));
    });
}
