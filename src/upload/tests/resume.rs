//! Going on with an upload that was cut off.

use super::*;
use crate::store::ObjectStore;

fn options(size: &str) -> CreateOptions {
    let metadata = [("size", size), ("guid", "7")];
    CreateOptions {
        metadata: metadata
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..CreateOptions::default()
    }
}

/// One run of `z3 backup`: what it finds, what it sends.
pub fn run(
    store: &Arc<MemoryStore>,
    source: impl Read + Send + 'static,
    send: &str,
) -> Result<Uploaded> {
    run_with(store, source, send, |_| {})
}

fn run_with(
    store: &Arc<MemoryStore>,
    source: impl Read + Send + 'static,
    send: &str,
    change: impl FnOnce(&mut Job),
) -> Result<Uploaded> {
    run_on(Machine::named("here"), store, source, send, change)
}

pub fn on(host: Machine, store: &Arc<MemoryStore>) -> Uploader {
    let host = Arc::new(host);
    Uploader {
        host,
        ..uploader(store)
    }
}

pub fn run_on(
    host: Machine,
    store: &Arc<MemoryStore>,
    source: impl Read + Send + 'static,
    send: &str,
    change: impl FnOnce(&mut Job),
) -> Result<Uploaded> {
    let uploader = on(host, store);
    let earlier = uploader.survey("z3-backup/tank/fs@", &["a".into()].into())?;
    let mut job = job(source, &limits());
    job.options = options("1");
    job.recovery = Recovery {
        origin: Some(Origin {
            send: send.to_owned(),
            codec: "none".to_owned(),
        }),
        resume: true,
        earlier,
        left: Some(Box::new(|| ())),
    };
    change(&mut job);
    uploader.run(job, |_| Ok(()))
}

/// A store whose 8th part fails at its first try, as the network goes.
pub fn outage() -> Arc<MemoryStore> {
    faulty(|call| match (call.verb, call.number, call.earlier) {
        ("put_part", 8, 0) => Fault::Before(Kind::Unknown),
        _ => Fault::None,
    })
}

pub fn notes(store: &MemoryStore) -> usize {
    store.list("z3-backup/.z3/").unwrap().len()
}

#[test]
fn only_what_is_missing_is_sent_again() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "zfs send a").unwrap_err();
    assert_eq!((store.unfinished().len(), notes(&store)), (1, 1));
    let before = store.count("put_part");
    let outcome = run_with(&store, Cursor::new(body(10_500)), "zfs send a", |job| {
        job.options = options("2");
    })
    .unwrap();
    assert_eq!(store.object(KEY).unwrap().1, body(10_500));
    let sent = store.count("put_part") - before;
    assert!((1..=7).contains(&sent), "{sent} of 11");
    assert_eq!((store.unfinished().len(), notes(&store)), (0, 0));
    assert_eq!(store.count("create"), 1);
    let head = store.object(KEY).unwrap().0;
    assert_eq!(head.metadata["z3id"], outcome.z3id);
}

#[test]
fn parts_that_differ_are_sent_again() {
    for changed in [0, 2500, 9000] {
        let store = outage();
        run(&store, Cursor::new(body(10_500)), "zfs send a").unwrap_err();
        let mut now = body(10_500);
        now[changed] ^= 1;
        run(&store, Cursor::new(now.clone()), "zfs send a").unwrap();
        assert_eq!(store.object(KEY).unwrap().1, now);
    }
}

#[test]
fn another_stream_is_not_gone_on_with() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "zfs send a").unwrap_err();
    run(&store, Cursor::new(body(10_500)), "zfs send b").unwrap();
    assert_eq!((store.count("create"), store.count("abort")), (2, 1));
    assert_eq!((store.unfinished().len(), notes(&store)), (0, 0));
}

#[test]
fn without_resume_nothing_is_left_and_nothing_is_taken_up() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "a").unwrap_err();
    let anew = |job: &mut Job| job.recovery.resume = false;
    run_with(&store, Cursor::new(body(10_500)), "a", anew).unwrap();
    assert_eq!((store.count("create"), store.count("abort")), (2, 1));
    let store = outage();
    run_with(&store, Cursor::new(body(10_500)), "a", anew).unwrap_err();
    assert_eq!((store.unfinished().len(), notes(&store)), (0, 0));
}

#[test]
fn a_stream_that_fails_leaves_nothing_to_go_on_with() {
    let store = Arc::new(MemoryStore::new());
    run(&store, Breaks(Cursor::new(body(3500))), "a").unwrap_err();
    assert_eq!((store.unfinished().len(), notes(&store)), (0, 0));
}

#[test]
fn a_stream_that_is_empty_now_makes_no_object() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "a").unwrap_err();
    run(&store, io::empty(), "a").unwrap_err();
    assert_eq!((store.object(KEY), store.unfinished().len()), (None, 0));
}

#[test]
fn what_another_machine_or_nobody_has_noted_stays() {
    let store = outage();
    store.create(KEY, &CreateOptions::default()).unwrap();
    let source = || Cursor::new(body(10_500));
    run_on(Machine::named("elsewhere"), &store, source(), "a", |_| ()).unwrap_err();
    run(&store, source(), "a").unwrap();
    assert_eq!((store.unfinished().len(), notes(&store)), (2, 1));
}

#[test]
fn leftovers_of_snapshots_that_are_gone_are_cleared() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "a").unwrap_err();
    let found = uploader(&store)
        .survey("z3-backup/tank/fs@", &[].into())
        .unwrap();
    assert_eq!((found.len(), store.unfinished().len()), (0, 0));
}

/// As a kill right after Complete leaves it; that of another dataset stays.
#[test]
fn the_note_of_an_upload_that_has_ended_goes() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "a").unwrap_err();
    let id = store.unfinished().remove(0);
    let upload = uploader(&store)
        .survey(KEY, &["".into()].into())
        .unwrap()
        .remove(0)
        .upload;
    store.abort(&upload).unwrap();
    assert_eq!((id, notes(&store)), (upload.id, 1));
    uploader(&store)
        .survey("z3-backup/tank/b@", &[].into())
        .unwrap();
    assert_eq!(notes(&store), 1);
    uploader(&store)
        .survey("z3-backup/tank/fs@", &[].into())
        .unwrap();
    assert_eq!(notes(&store), 0);
}

/// MinIO tells of an upload only who asks for its whole key, other servers of none.
#[test]
fn an_upload_that_is_not_listed_is_found_by_its_note() {
    let store = faulty(|call| match (call.verb, call.number, call.earlier) {
        ("put_part", 8, 0) => Fault::Before(Kind::Unknown),
        ("list_uploads", ..) => Fault::Before(Kind::Refused),
        _ => Fault::None,
    });
    run(&store, Cursor::new(body(10_500)), "a").unwrap_err();
    let before = store.count("put_part");
    run(&store, Cursor::new(body(10_500)), "a").unwrap();
    assert_eq!((store.count("create"), store.unfinished().len()), (1, 0));
    assert!(store.count("put_part") - before < 10);
    assert_eq!(store.object(KEY).unwrap().1, body(10_500));
    assert_eq!(notes(&store), 0);
}

#[test]
fn a_machine_without_an_id_leaves_nothing_and_takes_nothing_up() {
    let store = outage();
    run(&store, Cursor::new(body(10_500)), "a").unwrap_err();
    let nobody = || Machine::named("");
    run_on(nobody(), &store, Cursor::new(body(10_500)), "a", |_| ()).unwrap();
    assert_eq!((store.unfinished().len(), notes(&store)), (1, 1));
    let store = outage();
    run_on(nobody(), &store, Cursor::new(body(10_500)), "a", |_| ()).unwrap_err();
    assert_eq!((store.unfinished().len(), notes(&store)), (0, 0));
}

#[test]
fn an_old_policy_costs_a_warning_and_not_the_backup() {
    let store = faulty(|call| match (call.verb, call.key.contains(".z3/")) {
        ("list_uploads" | "list_parts", _) | (_, true) => Fault::Before(Kind::Denied),
        _ => Fault::None,
    });
    run(&store, Cursor::new(body(3500)), "a").unwrap();
    assert_eq!(store.object(KEY).unwrap().1, body(3500));
}
