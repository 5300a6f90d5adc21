//! Uploads and notes that are not ours to touch: a stranger's, and those of a process that is alive.

use std::collections::BTreeSet;

use super::resume::{notes, on, outage, run, run_on};
use super::*;
use crate::host::Process;
use crate::store::ObjectStore;

const PREFIX: &str = "z3-backup/tank/fs@";

fn source() -> Cursor<Vec<u8>> {
    Cursor::new(body(10_500))
}

/// The machine of the other tests, with this process on it.
fn living() -> Machine {
    Machine::named("here").with(Machine::here().process().clone())
}

#[test]
fn what_a_living_process_sends_is_not_taken_over() {
    let store = outage();
    run_on(living(), &store, source(), "a", |_| ()).unwrap_err();
    for wanted in [BTreeSet::from(["a".into()]), BTreeSet::new()] {
        let refused = on(living(), &store).survey(PREFIX, &wanted).unwrap_err();
        let pid = std::process::id();
        let said = format!("{KEY} is being worked on by another z3: process {pid}");
        assert_eq!((refused.to_string(), refused.exit_status()), (said, 4));
    }
    assert_eq!((store.count("abort"), notes(&store)), (0, 1));
    let host = living();
    let over = Process {
        started: host.process().started + 1,
        ..host.process().clone()
    };
    let found = on(host.with(over.clone()), &store).survey(PREFIX, &["a".into()].into());
    found.unwrap_err();
    // Seen by a later boot, it has ended.
    let rebooted = Process {
        boot: "later".to_owned(),
        ..over
    };
    run_on(
        Machine::named("here").with(rebooted),
        &store,
        source(),
        "a",
        |_| (),
    )
    .unwrap();
    assert_eq!((store.count("create"), store.unfinished().len()), (1, 0));
}

#[test]
fn what_may_live_in_another_container_stays() {
    let store = outage();
    run_on(living(), &store, source(), "a", |_| ()).unwrap_err();
    let container = Process {
        namespace: "pid:[1]".to_owned(),
        ..living().process().clone()
    };
    run_on(living().with(container), &store, source(), "a", |_| ()).unwrap();
    assert_eq!((store.count("create"), store.count("abort")), (2, 0));
    assert_eq!((store.unfinished().len(), notes(&store)), (1, 1));
}

/// What a run has taken up is its own from then on.
#[test]
fn what_is_gone_on_with_has_a_living_process_again() {
    let store = faulty(|call| match (call.verb, call.number, call.earlier) {
        ("put_part", 8, 0 | 1) => Fault::Before(Kind::Unknown),
        _ => Fault::None,
    });
    run(&store, source(), "a").unwrap_err();
    let found = on(living(), &store)
        .survey(PREFIX, &["a".into()].into())
        .unwrap();
    run_on(living(), &store, source(), "a", |_| ()).unwrap_err();
    on(living(), &store)
        .survey(PREFIX, &["a".into()].into())
        .unwrap_err();
    // Whoever found it before that leaves it alone.
    let late = |job: &mut Job| job.recovery.earlier = found;
    let other = Machine::named("there");
    run_on(other, &store, source(), "a", late).unwrap();
    assert_eq!((store.count("create"), store.count("abort")), (2, 0));
}

/// Whoever may put objects may put a note about any upload.
#[test]
fn a_forged_note_aborts_nothing() {
    let store = outage();
    run_on(Machine::named("theirs"), &store, source(), "a", |_| ()).unwrap_err();
    let id = store.unfinished().remove(0);
    let place = format!("z3-backup/.z3/uploads/{id}");
    let text = String::from_utf8(store.object(&place).unwrap().1).unwrap();
    let ours = Machine::named("here").name().to_owned();
    let forged = text.replace(Machine::named("theirs").name(), &ours);
    assert_ne!(text, forged);
    store.insert(&place, &[], forged.as_bytes());
    for wanted in [BTreeSet::from(["a".into()]), BTreeSet::new()] {
        let found = uploader(&store).survey(PREFIX, &wanted).unwrap();
        assert!(found.is_empty());
    }
    run(&store, source(), "a").unwrap();
    assert_eq!((store.count("abort"), store.unfinished()), (0, vec![id]));
}

#[test]
fn thousands_of_foreign_uploads_and_notes_cost_few_requests() {
    let store = outage();
    run(&store, source(), "a").unwrap_err();
    for number in 0..3000 {
        let key = format!("{PREFIX}{}", number % 3);
        let upload = store.create(&key, &CreateOptions::default()).unwrap();
        if number % 2 == 0 {
            let place = format!("z3-backup/.z3/uploads/{}", upload.id);
            store.insert(&place, &[], b"{}");
        }
    }
    for number in 0..3000 {
        store.insert(&format!("z3-backup/.z3/uploads/!{number}"), &[], b"{}");
    }
    let before = store.count("head");
    let found = uploader(&store)
        .survey(PREFIX, &["a".into()].into())
        .unwrap();
    assert_eq!(found.len(), 1, "a wanted one is among those looked at");
    let asked = store.count("head") - before;
    assert!(asked <= 250, "{asked} notes");
    assert_eq!(store.count("abort"), 0);
}
