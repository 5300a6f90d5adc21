//! What a restore costs, and what zfs would refuse behind the download.

use super::*;
use crate::zfs::Target;

/// What is refused and advised, or else the costs, of receiving `p2` on `p1`, or `p1` alone, where these snapshots are.
fn told(pool: &[(&str, u64)], target: Target, force: bool, clones: &[(&str, &str)]) -> String {
    let locals = locals(pool);
    told_of(&locals, target, force, clones)
}

fn told_of(
    locals: &[LocalSnapshot],
    target: Target,
    force: bool,
    clones: &[(&str, &str)],
) -> String {
    let (first, second) = (full_of("p1", None), increment("p2", "p1", None));
    let has_base = locals.iter().any(|local| local.name.as_str() == "p1");
    let steps: Vec<&Stored> = if has_base {
        vec![&second]
    } else {
        vec![&first]
    };
    let clones = clones.iter();
    let clones = clones
        .map(|(name, clone)| ((*name).into(), clone.to_string()))
        .collect();
    let cost = cost(locals, Some(target), &steps);
    match cost.allowed(&dataset(), force, || clones) {
        Ok(()) => cost.lines(&dataset()).join("; "),
        Err(error) => format!("{error}; {}", error.advice().unwrap_or_default()),
    }
}

const RENAME: &str = "'zfs rename tank/fs tank/fs.before' keeps it, and makes room for the restore";

#[test]
fn a_clone_of_what_would_go_is_in_the_way() {
    let pool = [("p1", 1), ("own", 7)];
    let (any, clone) = (Target::default(), [("own", "tank/copy")]);
    let costs =
        "--force: what was changed in tank/fs since @p1 is lost; --force: tank/fs@own is destroyed";
    assert_eq!(told(&pool, any.clone(), true, &[]), costs);
    assert_eq!(
        told(&pool, any.clone(), true, &[("p1", "tank/copy")]),
        costs,
        "the base and its clone stay"
    );
    let refused =
        "tank/fs has a snapshot (@own) with a clone (tank/copy) in the way of the rollback";
    assert_eq!(
        told(&pool, any.clone(), true, &clone),
        format!("{refused}; 'zfs destroy' of the clone makes way; {RENAME}")
    );
    let without = told(&pool, any, false, &clone);
    let later = "tank/fs has 1 snapshot (@own) made after @p1, which the next backup builds on";
    assert_eq!(
        without,
        format!("{later}; --force would not help: {refused}")
    );
}

#[test]
fn a_hold_in_the_way_is_told_with_and_without_force() {
    let mut locals = locals(&[("p1", 1), ("own", 7)]);
    locals.last_mut().unwrap().holds = 1;
    let hold = "tank/fs has 1 snapshot (@own) with a hold in the way of the rollback";
    let any = Target::default;
    assert!(told_of(&locals, any(), true, &[]).starts_with(hold));
    let without = told_of(&locals, any(), false, &[]);
    let end = format!("; --force would not help: {hold}");
    assert!(without.ends_with(&end), "{without}");
}

#[test]
fn what_zfs_never_overwrites_is_told_with_and_without_force() {
    let (full, any) = ("and the first backup to receive is a full", Target::default);
    let origin = Some("tank/other@x".to_owned());
    let clone = Target { origin, ..any() };
    let encrypted = true;
    let encrypted = Target { encrypted, ..any() };
    for force in [true, false] {
        assert_eq!(
            told(&[], clone.clone(), force, &[]),
            format!(
                "tank/fs is a clone of tank/other@x, which zfs receive never overwrites, {full}; {RENAME}"
            )
        );
        assert_eq!(
            told(&[], encrypted.clone(), force, &[]),
            format!("tank/fs is encrypted, which zfs receive never overwrites, {full}; {RENAME}")
        );
        // An increment for it is another matter.
        let after = told(&[("p1", 1)], clone.clone(), force, &[]);
        assert!(after.starts_with("--force: what was changed"), "{after}");
    }
}

#[test]
fn a_pool_is_not_told_to_be_renamed() {
    let pool = Dataset::parse("tank").unwrap();
    let (full, clones) = (full_of("p1", None), Default::default());
    let (steps, own) = ([&full], locals(&[("own", 7)]));
    let cost = cost(&own, Some(Target::default()), &steps);
    let error = cost.allowed(&pool, true, || clones).unwrap_err();
    let advice = error.advice().unwrap();
    assert!(advice.contains("cannot be renamed"), "{advice}");
}

#[test]
fn a_volume_is_replaced() {
    let volume = Target {
        volume: true,
        ..Target::default()
    };
    assert_eq!(
        told(&[], volume, true, &[]),
        "--force: the volume tank/fs is replaced, everything in it is destroyed"
    );
}
