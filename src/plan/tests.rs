//! The chain rules, case by case.

use std::sync::LazyLock;

use super::*;
use crate::catalog::FactSource;
use crate::label::Label;
use crate::name::{Dataset, FullName};
use crate::selection::Selection;
use crate::zfs::LocalSnapshot;

fn incremental(
    locals: &[LocalSnapshot],
    prefix: &str,
    catalog: &Catalog,
    wanted: Option<&str>,
) -> Result<Vec<BackupStep>> {
    Candidates::find(&dataset(), locals, &selection(prefix), wanted)?.incremental(catalog, None)
}

fn full(
    locals: &[LocalSnapshot],
    prefix: &str,
    catalog: &Catalog,
    wanted: Option<&str>,
) -> Result<Vec<BackupStep>> {
    Candidates::find(&dataset(), locals, &selection(prefix), wanted)?.full(catalog)
}

fn selection(prefix: &str) -> Selection {
    Selection::prefixes(prefix).unwrap()
}

fn dataset() -> Dataset {
    Dataset::parse("tank/fs").unwrap()
}

/// Local snapshots `p1`..`pN` with guid 1..N, in this order.
fn locals(names: &[(&str, u64)]) -> Vec<LocalSnapshot> {
    let local = |(index, (name, guid)): (usize, &(&str, u64))| LocalSnapshot {
        name: (*name).into(),
        guid: *guid,
        createtxg: Some(index as u64),
        creation: 0,
        referenced: 0,
        holds: 0,
    };
    names.iter().enumerate().map(local).collect()
}

fn receiver(locals: &[LocalSnapshot]) -> Receiver<'_> {
    static DATASET: LazyLock<Dataset> = LazyLock::new(dataset);
    Receiver {
        dataset: &DATASET,
        locals,
    }
}

fn full_of(name: &str, guid: Option<u64>) -> Stored {
    Stored {
        name: name.into(),
        key: name.into(),
        label: Label {
            full: true,
            guid,
            ..Label::default()
        },
        ..Stored::default()
    }
}

fn increment(name: &str, parent: &str, guid: Option<u64>) -> Stored {
    let parent = Some(FullName::of("tank/fs", parent));
    Stored {
        name: name.into(),
        key: name.into(),
        label: Label {
            parent,
            guid,
            ..Label::default()
        },
        ..Stored::default()
    }
}

fn catalog(stored: Vec<Stored>) -> Catalog {
    Catalog::of(&dataset(), stored)
}

/// `p1 p1>p2 p2>p3`: what a plan sends.
fn sends(steps: Result<Vec<BackupStep>>) -> String {
    let one = |step: &BackupStep| {
        let full_name = match &step.base {
            Some(base) => format!("{}>{}", base.source, step.snapshot),
            None => step.snapshot.to_string(),
        };
        full_name.replace("tank/fs@", "")
    };
    match steps {
        Ok(steps) => steps.iter().map(one).collect::<Vec<_>>().join(" "),
        Err(error) => format!("error: {error}"),
    }
}

const THREE: &[(&str, u64)] = &[("p1", 1), ("other", 9), ("p2", 2), ("p3", 3)];

#[test]
fn the_first_run_sends_the_oldest_in_full_and_the_rest_as_increments() {
    let plan = |wanted| sends(incremental(&locals(THREE), "p", &catalog(vec![]), wanted));
    assert_eq!(plan(None), "p1 p1>p2 p2>p3");
    assert_eq!(plan(Some("p2")), "p1 p1>p2");
    assert_eq!(plan(Some("tank/fs@p1")), "p1");
}

#[test]
fn a_later_run_sends_what_is_new() {
    let stored = || vec![full_of("p1", None), increment("p2", "p1", Some(2))];
    assert_eq!(
        sends(incremental(&locals(THREE), "p", &catalog(stored()), None)),
        "p2>p3"
    );
    let all = [stored(), vec![increment("p3", "p2", Some(3))]].concat();
    assert_eq!(
        sends(incremental(&locals(THREE), "p", &catalog(all), None)),
        ""
    );
}

#[test]
fn a_gap_is_filled_by_asking_for_it() {
    let stored = || catalog(vec![full_of("p1", None), increment("p3", "p2", None)]);
    let plan = |wanted| sends(incremental(&locals(THREE), "p", &stored(), wanted));
    assert_eq!(
        plan(None),
        "error: the backup of tank/fs@p3 is broken: missing parent (tank/fs@p2)"
    );
    assert_eq!(plan(Some("p2")), "p1>p2");
}

#[test]
fn no_common_snapshot_names_full() {
    let error = incremental(
        &locals(THREE),
        "p",
        &catalog(vec![full_of("p0", None)]),
        None,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is both stored and still in the pool"),
        "{error}"
    );
    assert!(error.advice().unwrap().contains("--full"));
}

#[test]
fn nothing_matches_the_prefix() {
    let error = incremental(&locals(THREE), "weekly", &catalog(vec![]), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Nothing to backup for filesystem \"tank/fs\". Are you sure SNAPSHOT_PREFIX=\"weekly\" is correct?"
    );
    assert!(
        error
            .advice()
            .unwrap()
            .contains("the newest snapshot is tank/fs@")
    );
    let error = incremental(&[], "weekly", &catalog(vec![]), None).unwrap_err();
    assert!(error.advice().unwrap().contains("it has no snapshot"));
    let error = full(&locals(THREE), "p", &catalog(vec![]), Some("other")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no snapshot tank/fs@other among those"),
        "{error}"
    );
}

#[test]
fn another_snapshot_of_the_same_name_is_never_a_base_and_never_overwritten() {
    let stored = || catalog(vec![full_of("p1", Some(1)), full_of("p2", Some(77))]);
    let plan = sends(incremental(&locals(THREE), "p", &stored(), None));
    assert!(
        plan.starts_with("error: tank/fs@p2 is stored with guid 77"),
        "{plan}"
    );
    let replaced = full(&locals(THREE), "p", &stored(), Some("p2"));
    assert_eq!(
        sends(replaced),
        "p2",
        "--full replaces what nothing hangs on"
    );
}

#[test]
fn full_overwrites_only_what_no_chain_hangs_on() {
    let plan = |guid| {
        let stored = catalog(vec![full_of("p2", guid), increment("p3", "p2", None)]);
        sends(full(&locals(THREE), "p", &stored, Some("p2")))
    };
    assert_eq!(plan(Some(2)), "p2", "the same snapshot");
    let hearsay = Stored {
        source: FactSource::Receipt,
        ..full_of("p2", Some(2))
    };
    let stored = catalog(vec![hearsay, increment("p3", "p2", None)]);
    let told = sends(full(&locals(THREE), "p", &stored, Some("p2")));
    assert!(told.contains("p3 is an increment on it"), "{told}");
    for guid in [None, Some(77)] {
        assert!(
            plan(guid).contains("p3 is an increment on it"),
            "{}",
            plan(guid)
        );
    }
    assert_eq!(
        sends(full(&locals(THREE), "p", &catalog(vec![]), None)),
        "p3"
    );
}

mod bookmarks;
mod costs;
mod flags;
mod restoring;
