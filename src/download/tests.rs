//! The bytes of an object, all or some of them.

use super::*;
use crate::store::Kind;
use crate::store::memory::{Fault, MemoryStore};

fn limits() -> PartLimits {
    PartLimits {
        max_parts: 9,
        min_part_bytes: 1,
        growth: true,
        max_memory_bytes: 4000,
        concurrency: 4,
    }
}

fn body(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|index| (index % 251) as u8).collect()
}

fn open(store: MemoryStore, bytes: usize) -> Download {
    store.insert("k", &[], &body(bytes));
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let head = store.head("k").unwrap().unwrap();
    let progress = Arc::new(Progress::new("", None, crate::progress::Mode::Off));
    Download::new(&store, "k", &head, &limits(), progress).unwrap()
}

#[test]
fn the_bytes_of_the_object_in_order() {
    for bytes in [0, 1, 999, 1000, 1001, 12_345] {
        let mut all = Vec::new();
        open(MemoryStore::new(), bytes)
            .read_to_end(&mut all)
            .unwrap();
        assert_eq!(all, body(bytes), "{bytes}");
        let far = MemoryStore::new().with_faults(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            Fault::None
        });
        let mut all = Vec::new();
        open(far, bytes).read_to_end(&mut all).unwrap();
        assert_eq!(all, body(bytes), "{bytes}, in ranges");
    }
}

#[test]
fn what_is_given_up_is_asked_for_again() {
    let whole = body(3_000_000);
    // The range that the reader waits for first is the last to come.
    let far = MemoryStore::new().with_faults(|call| {
        let slow = call.verb == "get" && call.number == FIRST_RANGE_BYTES;
        let millis = if slow { 200 } else { 20 };
        std::thread::sleep(std::time::Duration::from_millis(millis));
        Fault::None
    });
    far.insert("k", &[], &whole);
    let shared: Arc<dyn ObjectStore> = Arc::new(far);
    let head = shared.head("k").unwrap().unwrap();
    let progress = Arc::new(Progress::new("", None, crate::progress::Mode::Off));
    let limits = PartLimits {
        max_memory_bytes: 1_000_000,
        ..limits()
    };
    let mut download = Download::new(&shared, "k", &head, &limits, progress).unwrap();
    // Nothing is wanted soon but what the reader waits for.
    let never = std::time::Duration::ZERO;
    let subject = Arc::get_mut(&mut download.subject).unwrap();
    subject.horizon = Arc::new(horizon::Horizon::new(never, never));
    let (mut all, mut short) = (Vec::new(), 0);
    loop {
        let portion = download.fill_buf().unwrap().to_owned();
        if portion.is_empty() {
            break;
        }
        all.extend_from_slice(&portion);
        download.consume(portion.len());
        short += usize::from(download.current.as_ref().unwrap().rest.is_some());
    }
    assert!(all == whole);
    assert!(short > 0, "all but the first are given up");
}

#[test]
fn some_bytes_of_it_and_how_often_is_asked() {
    let store = MemoryStore::new();
    store.insert("k", &[], &body(12_345));
    let store = Arc::new(store);
    let shared: Arc<dyn ObjectStore> = store.clone();
    let head = store.head("k").unwrap().unwrap();
    for (part, length) in [
        (0..1, 1),
        (7..7, 0),
        (1..12_345, 12_344),
        (12_000..99_999, 345),
    ] {
        let progress = Arc::new(Progress::new("", None, crate::progress::Mode::Off));
        let begin = part.start as usize;
        let download = Download::of_part(&shared, "k", &head, part, &limits(), progress);
        let mut all = Vec::new();
        download.unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(all, body(12_345)[begin..begin + length]);
    }
    for bytes in [0, 1, 1000, 1001, 12_345] {
        let head = Head {
            size_bytes: bytes,
            ..Head::default()
        };
        assert_eq!(requests(&head, &limits()), bytes.div_ceil(1000), "{bytes}");
    }
}

#[test]
fn what_fails_is_an_error_and_no_end() {
    // From near it is one small request and a long one, from far away each range is one.
    for (far, offset) in [
        (false, 0),
        (false, 1000),
        (true, 0),
        (true, 3000),
        (true, 12_000),
    ] {
        let store = MemoryStore::new().with_faults(move |call| match (call.verb, call.number) {
            ("get", number) if number == offset => Fault::Before(Kind::Unknown),
            ("get", 0) if far => {
                std::thread::sleep(std::time::Duration::from_millis(50));
                Fault::None
            }
            _ => Fault::None,
        });
        let mut download = open(store, 12_345);
        let mut all = Vec::new();
        assert!(download.read_to_end(&mut all).is_err(), "{offset}");
        assert_eq!(all, body(12_345)[..offset as usize]);
        assert!(
            download.read(&mut [0]).is_err(),
            "the next range is no substitute"
        );
    }
}
