//! A full stream of a TiB that is made where it is looked at: a thousand files of a thousand empty blocks.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::enter::{Excerpts, ObjectFacts};
use crate::error::Error;
use crate::files::build::{FILE, Pool, ROOT, ZNODE, znode};
use crate::stream::build::Stream;
use crate::stream::{Fletcher4, Order, RecordType, Sums};

const FILES: u64 = 1024;
const BLOCKS: u64 = 1024;
const BLOCK_BYTES: u64 = 1 << 20;
const HEADER_BYTES: u64 = 312;
/// Behind the top directory.
const FIRST: u64 = 5;

/// Where each record begins, and the checksum that it carries.
struct Huge {
    begin: Vec<u8>,
    stream: Stream,
    records: Vec<(u64, u64, Sums)>,
    end: Vec<u8>,
    bytes: u64,
}

/// What so many zeros make of a checksum.
fn behind_zeros([a, b, c, d]: Sums, words: u64) -> Sums {
    let two = words * (words + 1) / 2;
    let three = u128::from(words) * u128::from(words + 1) * u128::from(words + 2) / 6;
    let part = |by: u64, sum: u64| sum.wrapping_mul(by);
    [
        a,
        b.wrapping_add(part(words, a)),
        c.wrapping_add(part(words, b)).wrapping_add(part(two, a)),
        d.wrapping_add(part(words, c))
            .wrapping_add(part(two, b))
            .wrapping_add(part(three as u64, a)),
    ]
}

impl Huge {
    fn new() -> Self {
        let mut pool = Pool::new();
        let names: Vec<String> = (0..FILES).map(|file| format!("f{file}")).collect();
        let entries: Vec<(&[u8], u64)> = names.iter().map(String::as_bytes).zip(FIRST..).collect();
        pool.directory(ROOT, &entries);
        let mut sum = Fletcher4::new(Order::Little);
        sum.absorb(&pool.stream.bytes);
        let begin = pool.stream.bytes.clone();
        let mut huge = Self {
            bytes: begin.len() as u64,
            begin,
            stream: pool.stream,
            records: Vec::new(),
            end: Vec::new(),
        };
        for number in 0..FILES * (BLOCKS + 2) {
            let (header, payload) = huge.record(number);
            sum.absorb(&header[..280]);
            huge.records.push((huge.bytes, number, sum.value()));
            huge.bytes += HEADER_BYTES + payload.as_ref().map_or(BLOCK_BYTES, |it| it.len() as u64);
            sum.absorb(&sum.value().map(u64::to_le_bytes).concat());
            match payload {
                Some(payload) => sum.absorb(&payload),
                None => {
                    let sums = behind_zeros(sum.value(), BLOCK_BYTES / 4);
                    sum = Fletcher4::behind(Order::Little, sums);
                }
            }
        }
        huge.finish(sum);
        huge
    }

    fn finish(&mut self, mut sum: Fletcher4) {
        let [a, b, c, d] = sum.value();
        let sums = [(8, 8, a), (16, 8, b), (24, 8, c), (32, 8, d)];
        let toguid = crate::stream::build::TOGUID;
        let fields = [&sums[..], &[(40, 8, toguid)]].concat();
        let header = self.stream.header(RecordType::End, &fields);
        sum.absorb(&header[..280]);
        self.end = [&header[..280], &sum.value().map(u64::to_le_bytes).concat()].concat();
        self.bytes += HEADER_BYTES;
    }

    /// A record without its checksum, and its payload, if that is not zeros.
    fn record(&self, number: u64) -> ([u8; 312], Option<Vec<u8>>) {
        let (object, place) = (FIRST + number / (BLOCKS + 2), number % (BLOCKS + 2));
        let bonus = znode(0o100_644, BLOCKS * BLOCK_BYTES);
        let (kind, fields, payload) = match place {
            0 => (
                RecordType::Object,
                vec![
                    (16, 4, FILE),
                    (20, 4, ZNODE),
                    (24, 4, BLOCK_BYTES),
                    (28, 4, bonus.len() as u64),
                ],
                Some(bonus),
            ),
            1 => (
                RecordType::Free,
                vec![(16, 8, BLOCKS * BLOCK_BYTES), (24, 8, u64::MAX)],
                Some(Vec::new()),
            ),
            block => (
                RecordType::Write,
                vec![(24, 8, (block - 2) * BLOCK_BYTES), (32, 8, BLOCK_BYTES)],
                None,
            ),
        };
        let guid_at = if kind == RecordType::Free { 32 } else { 40 };
        let guid = (guid_at, 8, crate::stream::build::TOGUID);
        let fields = [vec![(8, 8, object), guid], fields].concat();
        (self.stream.header(kind, &fields), payload)
    }

    fn read(&self, at: u64, into: &mut [u8]) {
        into.fill(0);
        let end = at + into.len() as u64;
        let mut put = |from: u64, bytes: &[u8]| {
            for (place, byte) in (from..).zip(bytes) {
                if let Some(place) = place.checked_sub(at).filter(|it| *it < into.len() as u64) {
                    into[place as usize] = *byte;
                }
            }
        };
        put(
            0,
            if at < self.begin.len() as u64 {
                &self.begin
            } else {
                &[]
            },
        );
        let first = self.records.partition_point(|(begin, ..)| *begin <= at);
        for (begin, number, sums) in &self.records[first.saturating_sub(1)..] {
            if *begin >= end {
                break;
            }
            let (header, payload) = self.record(*number);
            put(*begin, &header[..280]);
            put(begin + 280, &sums.map(u64::to_le_bytes).concat());
            put(begin + HEADER_BYTES, &payload.unwrap_or_default());
        }
        put(self.bytes - HEADER_BYTES, &self.end);
    }
}

/// How much was fetched, and by how many requests.
#[derive(Default)]
struct Spent {
    requests: Cell<u64>,
    bytes: Cell<u64>,
}

fn parts_of(huge: &Rc<Huge>, spent: &Rc<Spent>) -> Parts<'static> {
    let facts = ObjectFacts {
        size_bytes: huge.bytes,
        compressor: None,
        stream_bytes: None,
        looked_at: true,
    };
    let (from, counted) = (Rc::clone(huge), Rc::clone(spent));
    let ranges = move |at: u64, into: &mut [u8]| {
        counted.requests.set(counted.requests.get() + 1);
        counted.bytes.set(counted.bytes.get() + into.len() as u64);
        from.read(at, into);
        Ok(())
    };
    let (from, fetched_bytes) = (Rc::clone(huge), Arc::new(AtomicU64::new(0)));
    let entered = Arc::clone(&fetched_bytes);
    Parts {
        excerpts: Excerpts::open(&facts, Box::new(ranges))
            .unwrap()
            .unwrap_or_else(|why| panic!("{why}"))
            .into(),
        enter: Box::new(move |entry| {
            let check = Check::new(Default::default(), Default::default());
            let mut at = entry.at();
            let mut window = vec![0; (4 << 20).min((from.bytes - at) as usize)];
            from.read(at, &mut window);
            at += window.len() as u64;
            entered.fetch_add(window.len() as u64, Ordering::Relaxed);
            assert!(at <= from.bytes);
            Ok(Box::new(entry.stream(Cursor::new(window), check)?.0) as Box<dyn Read>)
        }),
        fetched_bytes,
    }
}

#[test]
fn of_a_tebibyte_little_is_fetched_for_a_file() {
    let (huge, spent) = (Rc::new(Huge::new()), Rc::default());
    assert!(huge.bytes > 1 << 40);
    let chain = StreamChain {
        links: vec![StreamLink {
            name: "huge".to_owned(),
            stored_bytes: Some(huge.bytes),
            open: Box::new(|| panic!("all of it")),
            parts: Some(parts_of(&huge, &spent)),
        }],
        damage: None,
    };
    let paths = &["/f1000".to_owned(), "/f3".to_owned()][..];
    let depth = Depth::Names;
    let tree = Tree::partly(&chain, &TreeRequest { paths, depth }, MOST_BYTES);
    let tree = tree.unwrap().unwrap();
    let root = tree.root().unwrap();
    assert_eq!(tree.names(&root).unwrap().count() as u64, FILES);
    let file = tree.find(b"/f1000").unwrap();
    assert_eq!(file.attributes.size, BLOCKS * BLOCK_BYTES);
    let mut first = None;
    let enough = contents::give(
        &chain,
        &tree,
        &BTreeSet::from([file.object]),
        &mut |piece| {
            if matches!(piece.what, What::Hole(_)) {
                return Ok(());
            }
            first = Some((piece.object, piece.offset));
            Err(Error::refused("enough"))
        },
    );
    assert!(enough.unwrap_err().to_string().ends_with("enough"));
    assert_eq!(first, Some((file.object, 0)));
    let fetched = chain.links[0].parts.as_ref().unwrap().fetched_bytes();
    assert!(fetched < 300 << 20, "{fetched}");
    assert!(spent.requests.get() < 200, "{}", spent.requests.get());
    println!(
        "{fetched} bytes, {} requests to find places",
        spent.requests.get()
    );
}
