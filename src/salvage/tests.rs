//! Streams that are damaged at every place, and what comes out of them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;
use crate::enter::{Bounds, Excerpts, ObjectFacts};
use crate::stream::build::{Stream, TOGUID, noise};
use crate::stream::{Order, Records};

fn made(order: Order) -> Vec<u8> {
    let mut stream = Stream::new(order, true);
    stream.begin(1, TOGUID, 0, &[]);
    for object in 1..12 {
        let fields = [(8, 8, object), (28, 4, 16), (40, 8, TOGUID)];
        stream.record(RecordType::Object, &fields, &noise(16));
        let free = [
            (8, 8, object),
            (16, 8, 2048),
            (24, 8, u64::MAX),
            (32, 8, TOGUID),
        ];
        stream.record(RecordType::Free, &free, &[]);
        for block in 0..3 {
            let place = [
                (8, 8, object),
                (24, 8, block << 9),
                (32, 8, 512),
                (40, 8, TOGUID),
            ];
            stream.record(RecordType::Write, &place, &noise(512));
        }
    }
    stream.end();
    stream.bytes
}

/// What is left of it, and the damage that was found.
fn left_of(stream: &[u8]) -> Result<(Vec<u8>, Damage)> {
    let bytes = stream.to_vec();
    let facts = ObjectFacts {
        size_bytes: stream.len() as u64,
        compressor: None,
        stream_bytes: None,
        looked_at: true,
    };
    let ranges = move |at: u64, into: &mut [u8]| {
        let at = at as usize;
        into.copy_from_slice(&bytes[at..at + into.len()]);
        Ok(())
    };
    let excerpts = Excerpts::open_within(Bounds::of_salvage(), &facts, Box::new(ranges))?;
    let excerpts = excerpts.ok().map(RefCell::new);
    let (bytes, mut begun) = (stream.to_vec(), 0_u64);
    let onward = move |read_bytes: u64| {
        let Some(excerpts) = &excerpts else {
            return Ok(None);
        };
        let from = (begun + read_bytes).max(begun + 1);
        let Some(entry) = excerpts.borrow_mut().behind(from)? else {
            return Ok(None);
        };
        begun = entry.at();
        let (_, source, _) = entry.rest(io::Cursor::new(bytes[begun as usize..].to_vec()))?;
        Ok(Some(Box::new(source) as Box<dyn Read>))
    };
    let damage = Damage::default();
    let source = Box::new(io::Cursor::new(stream.to_vec()));
    let check = Check::new(Default::default(), Default::default());
    let noted = (damage.clone(), 0);
    let mut left = Vec::new();
    let salvaged = Salvaged::whole(source, check, Box::new(onward), noted);
    let read = salvaged?.read_to_end(&mut left);
    read.map_err(|error| Error::io("read", error))?;
    Ok((left, damage))
}

/// Each record with its place, but for BEGIN and END.
fn records_of(stream: &[u8]) -> Vec<(RecordPlace, Vec<u8>)> {
    let mut records = Records::new(stream);
    let mut all = Vec::new();
    while let Some((kind, header)) = records.next().unwrap() {
        let mut bytes = header.bytes.to_vec();
        let mut payload = vec![0; records.payload_left() as usize];
        if !payload.is_empty() {
            assert_eq!(records.payload(&mut payload).unwrap(), payload.len());
        }
        bytes.extend(payload);
        if ![RecordType::Begin, RecordType::End].contains(&kind) {
            all.push((place_of(kind, &header), bytes));
        }
    }
    all
}

fn is_in_a_gap(damage: &Damage, (object, offset): RecordPlace) -> bool {
    let lost = damage.of(object, 0);
    match offset.checked_sub(2) {
        // That nothing lies behind the end of a new file goes without saying.
        None => lost.told || offset == 1,
        Some(at) => lost.data.iter().any(|range| range.contains(&at)),
    }
}

#[test]
fn a_whole_stream_is_given_as_it_is() {
    for order in [Order::Little, Order::Big] {
        let stream = made(order);
        let (left, damage) = left_of(&stream).unwrap();
        assert!(left == stream);
        assert_eq!(damage.of_stream(0), (0, 0));
        assert!(!damage.is_followed(0));
        let (left, damage) = left_of(&[&stream[..], b"x"].concat()).unwrap();
        assert!(left == stream && damage.is_followed(0));
    }
}

#[test]
fn a_single_wrong_word_is_put_right_wherever_it_is() {
    for order in [Order::Little, Order::Big] {
        let stream = made(order);
        for at in (312..stream.len()).step_by(37) {
            let mut damaged = stream.clone();
            damaged[at] ^= 1 << (at % 8);
            let (left, damage) = left_of(&damaged).unwrap();
            assert!(left == stream, "{at}");
            assert_eq!(damage.of_stream(0), (1, 0), "{at}");
        }
    }
}

#[test]
fn one_wrong_bit_in_the_beginning_is_put_right_or_told_of() {
    let stream = made(Order::Little);
    for at in 0..312 {
        let mut damaged = stream.clone();
        damaged[at] ^= 16;
        if let Ok((left, _)) = left_of(&damaged) {
            assert!(left == stream, "{at}");
        }
    }
}

/// Nothing is given that was not there, and nothing is missing that is not told of.
fn is_honest(damaged: &[u8], stream: &[u8]) -> usize {
    let (left, damage) = left_of(damaged).unwrap();
    let (left, all) = (records_of(&left), records_of(stream));
    let given: BTreeSet<&Vec<u8>> = left.iter().map(|(_, bytes)| bytes).collect();
    for (place, bytes) in &all {
        assert!(
            given.contains(bytes) || is_in_a_gap(&damage, *place),
            "{place:?} is lost"
        );
    }
    let known: BTreeSet<&Vec<u8>> = all.iter().map(|(_, bytes)| bytes).collect();
    for (place, bytes) in &left {
        assert!(
            known.contains(bytes) || is_in_a_gap(&damage, *place),
            "{place:?} is foreign"
        );
    }
    left.len()
}

#[test]
fn whatever_is_overwritten_the_rest_is_given_and_the_gap_is_told_of() {
    let stream = made(Order::Little);
    for bytes in [12, 400, 3000] {
        for at in (1500..stream.len() - bytes).step_by(101) {
            let mut damaged = stream.clone();
            let mut junk = noise(bytes + 7);
            damaged[at..at + bytes].copy_from_slice(&junk.split_off(7));
            let left = is_honest(&damaged, &stream);
            let records = records_of(&stream).len();
            assert!(
                left + bytes / 300 + 5 >= records,
                "{left} of {records} at {at}"
            );
        }
    }
}

#[test]
fn bytes_that_are_missing_or_came_in_are_got_over() {
    let stream = made(Order::Little);
    for at in (1500..stream.len() - 900).step_by(173) {
        let missing = [&stream[..at], &stream[at + 48..]].concat();
        is_honest(&missing, &stream);
        let more = [&stream[..at], &noise(36)[..], &stream[at..]].concat();
        is_honest(&more, &stream);
    }
}

#[test]
fn of_one_that_is_cut_off_all_before_that_is_given() {
    let stream = made(Order::Little);
    for end in (1500..stream.len()).step_by(97) {
        let left = is_honest(&stream[..end], &stream);
        let whole = records_of(&stream).into_iter();
        let sizes = whole.scan(312, |at, (_, bytes)| {
            *at += bytes.len();
            Some(*at)
        });
        let before = sizes.filter(|at| *at <= end).count();
        assert!(left + 1 >= before, "{left} of {before}");
    }
}

#[test]
fn what_has_no_checksums_of_its_own_is_refused() {
    let mut stream = Stream::new(Order::Little, false);
    stream.begin(1, TOGUID, 0, &[]);
    stream.record(RecordType::Object, &[(8, 8, 1), (40, 8, TOGUID)], &[]);
    stream.end();
    let refused = left_of(&stream.bytes).map(drop).unwrap_err();
    assert!(refused.to_string().contains("no checksums of their own"));
    for bytes in [&b""[..], &noise(4000), &made(Order::Big)[..300]] {
        assert!(left_of(bytes).is_err());
    }
}
