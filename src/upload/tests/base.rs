//! What an increment builds on is looked at once more before Complete.

use super::*;
use crate::upload::BaseObject;

/// An upload on a base that was there when it began; what the hook does to it happens meanwhile.
fn on_a_base(metadata: &[(&str, &str)], fault: Fault) -> (Arc<MemoryStore>, Result<Uploaded>) {
    let store = MemoryStore::new();
    store.insert("base", metadata, b"x");
    let store = Arc::new(store.with_faults(move |call| match call.key == "base" {
        true => fault,
        false => Fault::None,
    }));
    let mut job = job(&b"hello"[..], &limits());
    job.base = Some(BaseObject {
        key: "base".to_owned(),
        guid: 7,
    });
    let done = uploader(&store).run(job, |_| Ok(()));
    (store, done)
}

#[test]
fn an_increment_is_stored_if_its_base_is_there() {
    for metadata in [&[("guid", "7")][..], &[]] {
        let (store, done) = on_a_base(metadata, Fault::None);
        assert_eq!(done.unwrap().size_bytes, 5);
        assert_eq!(store.unfinished(), [""; 0]);
    }
}

#[test]
fn what_lost_its_base_is_aborted() {
    for (guid, fault, problem) in [
        ("7", Fault::Gone, "the base base is gone"),
        ("8", Fault::None, "the base base has been replaced"),
    ] {
        let (store, done) = on_a_base(&[("guid", guid)], fault);
        let told = done.unwrap_err().to_string();
        assert!(told.starts_with(problem), "{told}");
        assert!(store.object(KEY).is_none());
        assert_eq!(store.count("complete"), 0);
        assert_eq!(store.unfinished(), [""; 0]);
    }
}

#[test]
fn without_an_answer_nobody_knows() {
    let (store, done) = on_a_base(&[("guid", "7")], Fault::Before(Kind::Unknown));
    assert!(matches!(done, Err(Error::Store(_))));
    assert_eq!(store.count("complete"), 0);
}
