//! The engine against the store in memory, with every call failing in every way.

use std::io::{self, Cursor};

mod base;
mod conditions;
mod foreign;
mod resume;

use super::*;
use crate::config::PartLimits;
use crate::store::memory::{Call, Fault, MemoryStore};
use crate::store::{CreateOptions, Kind};

const KEY: &str = "z3-backup/tank/fs@a";

fn limits() -> PartLimits {
    PartLimits {
        max_parts: 100,
        min_part_bytes: 1000,
        growth: true,
        max_memory_bytes: 1 << 20,
        concurrency: 4,
    }
}

fn body(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|index| (index * 7 % 251) as u8).collect()
}

fn uploader(store: &Arc<MemoryStore>) -> Uploader {
    Uploader {
        vault: Vault::over(store.clone(), "z3-backup/"),
        host: Arc::new(Machine::named("here")),
        commit_for: Duration::from_millis(600),
    }
}

fn job(source: impl Read + Send + 'static, limits: &PartLimits) -> Job {
    Job {
        key: KEY.to_owned(),
        options: CreateOptions::default(),
        schedule: Schedule::new(Some(1), limits).unwrap(),
        source: Box::new(source),
        killer: None,
        progress: Arc::new(Progress::new("", None, crate::progress::Mode::Off)),
        condition: Condition::Any,
        base: None,
        recovery: Recovery::default(),
    }
}

fn upload(
    store: &Arc<MemoryStore>,
    source: impl Read + Send + 'static,
    limits: &PartLimits,
) -> Result<Uploaded> {
    uploader(store).run(job(source, limits), |_| Ok(()))
}

fn faulty(hook: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new().with_faults(hook))
}

/// Gives its bytes, then fails.
struct Breaks(Cursor<Vec<u8>>);

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(Error::refused("zfs send tank/fs@a: exit 1").into()),
            count => Ok(count),
        }
    }
}

#[test]
fn the_object_is_the_stream() {
    for bytes in [1, 999, 1000, 1001, 3500, 40_000] {
        let store = Arc::new(MemoryStore::new());
        let outcome = upload(&store, Cursor::new(body(bytes)), &limits()).unwrap();
        let (head, stored) = store.object(KEY).unwrap();
        assert_eq!(
            (stored == body(bytes), outcome.size_bytes, outcome.etag),
            (true, bytes as u64, head.etag)
        );
        assert_eq!(
            (outcome.parts.len(), store.unfinished().len()),
            (bytes.div_ceil(1000), 0)
        );
    }
}

#[test]
fn zero_bytes_are_an_error_and_never_reach_the_server() {
    let store = Arc::new(MemoryStore::new());
    let error = upload(&store, io::empty(), &limits()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "can't upload zero bytes: the input is empty"
    );
    assert_eq!(store.count("create"), 0);
}

#[test]
fn a_source_that_fails_leaves_nothing_even_after_its_last_byte() {
    for bytes in [0, 500, 3000, 3500] {
        let store = Arc::new(MemoryStore::new());
        store.insert(KEY, &[], b"former");
        let error = upload(&store, Breaks(Cursor::new(body(bytes))), &limits()).unwrap_err();
        assert_eq!(error.to_string(), "zfs send tank/fs@a: exit 1");
        assert_eq!(store.object(KEY).unwrap().1, b"former");
        assert_eq!((store.unfinished().len(), store.count("complete")), (0, 0));
    }
}

#[test]
fn any_part_that_fails_leaves_nothing() {
    for number in [1, 2, 4] {
        let store = faulty(move |call| match (call.verb, call.number) {
            ("put_part", n) if n == number => Fault::Before(Kind::Unknown),
            _ => Fault::None,
        });
        let error = upload(&store, Cursor::new(body(3500)), &limits()).unwrap_err();
        assert!(error.to_string().contains("injected fault"), "{error}");
        assert_eq!(
            (store.object(KEY), store.unfinished().len()),
            (None, 0),
            "part {number}"
        );
    }
}

#[test]
fn a_failed_part_stops_a_source_that_never_ends() {
    let store = faulty(|call| {
        if call.verb == "put_part" {
            Fault::Before(Kind::Denied)
        } else {
            Fault::None
        }
    });
    upload(&store, io::repeat(7), &limits()).unwrap_err();
    assert_eq!(store.unfinished().len(), 0);
}

#[test]
fn a_lost_answer_to_complete_is_found_out() {
    for earlier_failures in [1, 2] {
        let store = faulty(move |call| match (call.verb, call.earlier) {
            ("complete", earlier) if earlier < earlier_failures => Fault::After(Kind::Unknown),
            _ => Fault::None,
        });
        let outcome = upload(&store, Cursor::new(body(3500)), &limits()).unwrap();
        assert_eq!(store.object(KEY).unwrap().0.etag, outcome.etag);
        assert_eq!(store.count("abort"), 0);
    }
}

#[test]
fn complete_that_is_not_done_is_asked_again() {
    let store = faulty(|call| match (call.verb, call.earlier) {
        ("complete", 0) => Fault::Before(Kind::Unknown),
        _ => Fault::None,
    });
    upload(&store, Cursor::new(body(3500)), &limits()).unwrap();
    assert_eq!(store.object(KEY).unwrap().1, body(3500));
}

#[test]
fn a_refused_complete_is_aborted() {
    let store = faulty(|call| {
        if call.verb == "complete" {
            Fault::Before(Kind::Refused)
        } else {
            Fault::None
        }
    });
    store.insert(KEY, &[], b"former");
    upload(&store, Cursor::new(body(3500)), &limits()).unwrap_err();
    assert_eq!(
        (store.object(KEY).unwrap().1, store.unfinished().len()),
        (b"former".to_vec(), 0)
    );
}

#[test]
fn an_unknown_outcome_is_said_and_nothing_is_aborted() {
    let store = faulty(|call| {
        if call.verb == "complete" {
            Fault::Before(Kind::Unknown)
        } else {
            Fault::None
        }
    });
    let error = upload(&store, Cursor::new(body(3500)), &limits()).unwrap_err();
    assert!(
        error.to_string().starts_with("outcome unknown: "),
        "{error}"
    );
    assert_eq!((store.count("abort"), store.unfinished().len()), (0, 1));
}

#[test]
fn a_stored_object_of_the_wrong_length_is_no_success() {
    let store = faulty(|call| match call.verb {
        "complete" => Fault::DropLastPart,
        _ => Fault::None,
    });
    let error = upload(&store, Cursor::new(body(3500)), &limits()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{KEY} was stored with 3000 bytes, 3500 were sent: it is no backup, it was deleted"
        )
    );
    assert_eq!(store.object(KEY), None);
}

#[test]
fn parts_grow_within_the_memory_and_end_within_the_limit() {
    let limits = PartLimits {
        max_parts: 20,
        max_memory_bytes: 8000,
        ..limits()
    };
    let store = Arc::new(MemoryStore::new());
    let outcome = upload(&store, Cursor::new(body(23_000)), &limits).unwrap();
    assert!(outcome.parts.len() <= 20, "{outcome:?}");
    assert_eq!(store.object(KEY).unwrap().1, body(23_000));
    let error = upload(&store, Cursor::new(body(60_000)), &limits).unwrap_err();
    assert!(
        error.to_string().contains("longer than 20 parts"),
        "{error}"
    );
    assert_eq!(store.unfinished().len(), 0);
}

#[test]
fn a_refused_abort_does_not_hide_the_error() {
    let store = faulty(|call| match call.verb {
        "put_part" => Fault::Before(Kind::Refused),
        "abort" => Fault::Before(Kind::Denied),
        _ => Fault::None,
    });
    let error = upload(&store, Cursor::new(body(10)), &limits()).unwrap_err();
    assert!(error.to_string().starts_with("put_part"), "{error}");
}
