use super::*;

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{bounded, never, select};

/// A pool whose items wait for their own channel: the test decides which is ready, and when.
fn gated(workers: usize) -> Pool<Receiver<u32>, u32> {
    Pool::new(workers, "test", |gate: Receiver<u32>| gate.recv().unwrap()).unwrap()
}

fn message(panic: Box<dyn std::any::Any + Send>) -> String {
    (*panic.downcast::<String>().unwrap()).clone()
}

#[test]
fn any_order_gives_what_is_ready_first() {
    let mut pool = gated(2);
    let (slow, slow_gate) = bounded(1);
    let (quick, quick_gate) = bounded(1);
    pool.submit(slow_gate);
    pool.submit(quick_gate);
    quick.send(2).unwrap();
    assert_eq!(pool.next(), Some(2));
    assert_eq!(pool.pending(), 1);
    slow.send(1).unwrap();
    assert_eq!(pool.next(), Some(1));
    assert_eq!((pool.pending(), pool.next()), (0, None));
}

#[test]
fn in_order_waits_for_the_earliest() {
    let mut pool = gated(3);
    let gates: Vec<_> = (0..3)
        .map(|_| {
            let (sender, gate) = bounded(1);
            pool.submit(gate);
            sender
        })
        .collect();
    for last_first in [2, 1, 0] {
        gates[last_first].send(last_first as u32).unwrap();
    }
    for expected in 0..3 {
        assert_eq!(pool.next_in_order(), Some(expected));
    }
    assert_eq!(pool.next_in_order(), None);
}

#[test]
fn order_holds_over_a_moving_window() {
    let mut pool = Pool::new(4, "test", |item: u64| {
        // Neighbours take very different times.
        (0..(item % 7) * 1000).for_each(|step| {
            std::hint::black_box(step);
        });
        item
    })
    .unwrap();
    let mut expected = 0;
    for item in 0..2000 {
        pool.submit(item);
        if pool.pending() == 8 {
            assert_eq!(pool.next_in_order(), Some(expected));
            expected += 1;
        }
    }
    while let Some(result) = pool.next_in_order() {
        assert_eq!(result, expected);
        expected += 1;
    }
    assert_eq!(expected, 2000);
}

#[test]
fn the_owner_can_select_over_the_results() {
    let mut pool = Pool::new(1, "test", |item: u32| item + 1).unwrap();
    let other = never::<()>();
    pool.submit(41);
    let done = select! {
        recv(pool.results()) -> done => done.unwrap(),
        recv(other) -> _ => unreachable!(),
    };
    assert_eq!(pool.pending(), 1);
    assert_eq!((pool.accept(done), pool.pending()), (42, 0));
}

#[test]
fn a_panic_reaches_the_owner_and_the_others_go_on() {
    let mut pool = Pool::new(1, "test", |item: u32| {
        assert!(item != 1, "item {item} is bad");
        item
    })
    .unwrap();
    for item in 0..3 {
        pool.submit(item);
    }
    assert_eq!(pool.next(), Some(0));
    let panic = catch_unwind(AssertUnwindSafe(|| pool.next())).unwrap_err();
    assert_eq!(message(panic), "item 1 is bad");
    assert_eq!(pool.next(), Some(2));
}

#[test]
fn nobody_waits_for_ever_when_every_worker_panics() {
    let mut pool = Pool::new(2, "test", |item: u32| -> u32 { panic!("no {item}") }).unwrap();
    for item in 0..6 {
        pool.submit(item);
    }
    for _ in 0..6 {
        let panic = catch_unwind(AssertUnwindSafe(|| pool.next())).unwrap_err();
        assert!(message(panic).starts_with("no "));
    }
    assert!(pool.join_within(Duration::from_secs(60)));
}

#[test]
fn in_order_a_panic_has_its_turn() {
    let mut pool = Pool::new(3, "test", |item: u32| {
        assert!(item != 1, "item {item} is bad");
        item
    })
    .unwrap();
    for item in 0..3 {
        pool.submit(item);
    }
    assert_eq!(pool.next_in_order(), Some(0));
    let panic = catch_unwind(AssertUnwindSafe(|| pool.next_in_order())).unwrap_err();
    assert_eq!(message(panic), "item 1 is bad");
    assert_eq!(pool.next_in_order(), Some(2));
    assert_eq!(pool.next_in_order(), None);
}

#[test]
fn a_dropped_pool_ends_after_the_item_in_hand() {
    let begun = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&begun);
    let (entered, inside) = bounded(1);
    let (release, gate) = bounded::<()>(0);
    let mut pool = Pool::new(1, "test", move |_: Arc<()>| {
        count.fetch_add(1, Ordering::SeqCst);
        entered.send(()).unwrap();
        gate.recv().ok();
    })
    .unwrap();
    let item = Arc::new(());
    for _ in 0..5 {
        pool.submit(Arc::clone(&item));
    }
    inside.recv().unwrap();
    let alive = pool.alive.clone();
    drop(pool);
    assert_eq!(Arc::strong_count(&item), 2, "items not begun are freed");
    drop(release);
    alive.recv().unwrap_err();
    assert_eq!(begun.load(Ordering::SeqCst), 1);
    assert_eq!(Arc::strong_count(&item), 1);
}

#[test]
fn join_waits_for_busy_workers_but_not_for_ever() {
    let (entered, inside) = bounded(2);
    let work = move |gate: Receiver<()>| {
        entered.send(()).unwrap();
        gate.recv().ok();
    };
    let mut pool = Pool::new(2, "test", work).unwrap();
    let (release, gate) = bounded(0);
    pool.submit(gate);
    inside.recv().unwrap();
    let alive = pool.alive.clone();
    assert!(!pool.join_within(Duration::from_millis(1)), "it is busy");
    drop(release);
    alive.recv().unwrap_err();

    let pool = Pool::new(2, "test", |item: u32| item).unwrap();
    assert!(pool.join_within(Duration::from_secs(60)), "it is idle");
}

/// A system that gives so many threads and no more.
fn given(most: usize) -> impl FnMut(Body) -> io::Result<JoinHandle<()>> {
    let mut left = most;
    move |body| {
        left = left.checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?;
        thread::Builder::new().spawn(body)
    }
}

#[test]
fn with_fewer_threads_all_of_the_work_is_done() {
    for (most, stay) in [(1, 1), (2, 1), (4, 1), (5, 1), (7, 3), (8, 8)] {
        let mut pool = Pool::start(8, "test", |item: u32| item * 2, given(most)).unwrap();
        assert_eq!(pool.workers(), stay, "of {most}");
        (0..100).for_each(|item| pool.submit(item));
        let results: Vec<u32> = std::iter::from_fn(|| pool.next_in_order()).collect();
        assert!(results.into_iter().eq((0..100).map(|item| item * 2)));
        assert!(pool.join_within(Duration::from_secs(30)));
    }
}

#[test]
fn with_no_thread_at_all_it_is_said_what_to_do() {
    let refused = Pool::start(8, "upload", |item: u32| item, given(0))
        .err()
        .unwrap();
    assert!(
        refused
            .to_string()
            .starts_with("start a thread for upload: ")
    );
    assert!(refused.advice().unwrap().contains("CONCURRENCY"));
}
