//! What the key must hold at the moment of Complete.

use super::*;

fn upload_if(store: &Arc<MemoryStore>, condition: Condition) -> Result<Uploaded> {
    let job = Job {
        condition,
        ..job(Cursor::new(body(3500)), &limits())
    };
    uploader(store).run(job, |_| Ok(()))
}

#[test]
fn what_somebody_else_has_stored_meanwhile_stays() {
    // Seen before Complete, or only by the server's own look.
    for blind in [false, true] {
        let store = faulty(move |call| match (call.verb, call.key.as_str()) {
            ("head", KEY) if blind && call.earlier == 0 => Fault::Before(Kind::Unknown),
            _ => Fault::None,
        });
        store.insert(KEY, &[("z3id", "another")], b"former");
        let etag = store.object(KEY).unwrap().0.etag;
        for condition in [Condition::Absent, Condition::Etag("\"gone\"".to_owned())] {
            let error = upload_if(&store, condition).unwrap_err();
            assert!(error.to_string().contains("by somebody else"), "{error}");
            assert_eq!(store.object(KEY).unwrap().1, b"former");
            assert_eq!(store.unfinished().len(), 0);
        }
        upload_if(&store, Condition::Etag(etag)).unwrap();
        assert_eq!(store.object(KEY).unwrap().1, body(3500));
    }
}

#[test]
fn an_upload_without_a_note_asks_for_nothing_more() {
    let store = Arc::new(MemoryStore::new());
    upload_if(&store, Condition::Any).unwrap();
    assert_eq!((store.count("put"), store.count("delete")), (0, 0));
}

#[test]
fn a_server_that_reads_conditions_wrongly_is_asked_without() {
    let store = faulty(|call| match (call.verb, call.earlier) {
        ("complete", 0) => Fault::Before(Kind::Changed),
        _ => Fault::None,
    });
    upload_if(&store, Condition::Absent).unwrap();
    assert_eq!(store.object(KEY).unwrap().1, body(3500));
}

#[test]
fn an_upload_that_is_not_found_after_an_unanswered_complete_is_no_refusal() {
    let store = faulty(|call| match (call.verb, call.earlier) {
        ("complete", 0) => Fault::Before(Kind::Unknown),
        ("complete", 1) => Fault::Before(Kind::NotFound),
        _ => Fault::None,
    });
    let patient = Uploader {
        commit_for: Duration::from_secs(5),
        ..uploader(&store)
    };
    let job = job(Cursor::new(body(3500)), &limits());
    patient.run(job, |_| Ok(())).unwrap();
    assert_eq!(store.count("abort"), 0);
}
