mod hostile;
mod made;

use super::*;
use crate::resume::rest_of;
use crate::stream::{Accept, Expect, Fletcher4, Order, RecordType, Records, Sums, begin_of};
use proof::{Marks, records_in};

/// Streams of OpenZFS whose records carry checksums.
const REAL: [&str; 7] = [
    "plain-full-s1",
    "plain-incr-s1-s2",
    "plain-incr-empty-s2-s3",
    "lz4-full-ce-s1",
    "enc-full-w-s1",
    "clone-origin",
    "spill-lost-2.3.9",
];

/// So little that a small stream is searched like a large one.
const TINY: Bounds = Bounds {
    head_bytes: 4096,
    window_bytes: 2048,
    most_bytes: 64 << 20,
};

fn real(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    std::fs::read(format!("{dir}{name}.zfs")).unwrap()
}

fn marks(stream: &[u8]) -> Marks {
    Marks {
        toguid: begin_of(stream).unwrap().toguid,
        order: Order::detect(stream).unwrap(),
    }
}

/// Where each record begins, what it is, and the checksum of all before it.
fn truth(stream: &[u8]) -> Vec<(usize, RecordType, crate::stream::Header, Sums)> {
    let (mut all, mut at) = (Vec::new(), 0);
    let mut sum = Fletcher4::new(marks(stream).order);
    let mut records = Records::new(stream);
    while let Some((kind, header)) = records.next().unwrap() {
        let bytes = 312 + records.payload_left() as usize;
        all.push((at, kind, header, sum.value()));
        sum.absorb(&stream[at..at + bytes]);
        at += bytes;
    }
    all
}

/// The rest as the receiver gets it.
fn given(stream: impl Read, token: &Token) -> io::Result<Vec<u8>> {
    let mut rest = Vec::new();
    rest_of(stream, token.clone()).read_to_end(&mut rest)?;
    Ok(rest)
}

/// The records of a rest without their checksums, and without what a receiver that has data of an object has been told of it
/// before.
fn kept(rest: &[u8], token: &Token) -> Vec<(RecordType, Vec<u8>)> {
    let check = Check::new(Accept::Any, Expect::default()).with_lost_spills();
    Checked::new(rest, check).drain().unwrap();
    let truth = truth(rest);
    let ends = truth.iter().skip(1).map(|(at, ..)| *at).chain([rest.len()]);
    let mut all = Vec::new();
    for ((at, kind, header, _), end) in truth.iter().zip(ends) {
        let told = match kind {
            RecordType::Spill => true,
            RecordType::Free => header.u64(16).saturating_add(header.u64(24)) == u64::MAX,
            _ => false,
        };
        if told && header.u64(8) == token.object && token.offset > 0 {
            continue;
        }
        let mut record = rest[*at..end].to_vec();
        if *kind != RecordType::Begin {
            record[280..312].fill(0);
        }
        if *kind == RecordType::End {
            record[8..40].fill(0);
        }
        all.push((*kind, record));
    }
    all
}

fn check() -> Check {
    Check::new(Accept::OnePlain, Expect::default()).with_lost_spills()
}

fn facts(object: &[u8], compressor: &str, stream_bytes: usize) -> ObjectFacts {
    ObjectFacts {
        size_bytes: object.len() as u64,
        compressor: Compressor::parse(compressor),
        stream_bytes: Some(stream_bytes as u64),
        looked_at: true,
    }
}

fn ranges(object: &[u8]) -> Ranges<'_> {
    Box::new(|at, into| {
        into.copy_from_slice(&object[at as usize..][..into.len()]);
        Ok(())
    })
}

/// Where an object is entered, and the rest out of it, or why there is no way into it.
fn entered(
    limits: Bounds,
    object: &[u8],
    facts: &ObjectFacts,
    token: &Token,
) -> Found<(u64, Vec<u8>)> {
    let looked = find_within(limits, facts, token, ranges(object)).unwrap();
    let entry = looked.entry?;
    let (at, compressor) = (entry.at(), entry.compressor);
    let data = object[at as usize..].to_vec();
    let unpacked = crate::codec::decompress(compressor, Box::new(Cursor::new(data))).unwrap();
    let (stream, report) = entry.stream(unpacked, check()).unwrap();
    let rest = given(stream, token).unwrap();
    assert!(report.get().is_some());
    Ok((at, rest))
}

/// Tries to enter an object at each of some records of its stream: how often it was tried, went further than its beginning, and
/// went at all.
fn tried(
    limits: Bounds,
    object: &[u8],
    facts: &ObjectFacts,
    stream: &[u8],
    most: usize,
) -> (usize, usize, usize) {
    let (truth, begin) = (truth(stream), begin_of(stream).unwrap());
    let (mut tried, mut far, mut went) = (0, 0, 0);
    for (at, kind, header, _) in truth.iter().step_by(truth.len() / most + 1) {
        let offset = match kind {
            RecordType::Begin | RecordType::End => continue,
            RecordType::Write => header.u64(24),
            RecordType::Free | RecordType::WriteEmbedded => header.u64(16),
            _ => 0,
        };
        for (more, bytes) in [(0, *at as u64), (1, 0), (512, u64::MAX)] {
            let token = Token {
                object: header.u64(8),
                offset: offset.saturating_add(more),
                bytes,
                toguid: begin.toguid,
                fromguid: begin.fromguid,
                toname: String::new(),
            };
            tried += 1;
            if let Ok((at, rest)) = entered(limits, object, facts, &token) {
                (far, went) = (far + usize::from(at > 0), went + 1);
                let whole = given(Checked::new(stream, check()), &token).unwrap();
                assert!(
                    kept(&rest, &token) == kept(&whole, &token),
                    "{at} {token:?}"
                );
            }
        }
    }
    (tried, far, went)
}

#[test]
fn a_record_is_found_from_any_byte_and_is_one() {
    for name in REAL {
        let stream = real(name);
        let (marks, truth) = (marks(&stream), truth(&stream));
        let step = stream.len() / 3000 + 1;
        for from in (0..stream.len()).step_by(step) {
            let window = &stream[from..stream.len().min(from + (300 << 10))];
            let (_, found) = records_in(window, marks);
            for record in &found {
                let same = truth.iter().find(|(at, ..)| *at == from + record.at);
                let (_, kind, header, sums) = same.unwrap();
                assert!(*kind == record.kind && *sums == record.sums);
                assert!(header.bytes == record.header.bytes);
            }
            // The first that is there is what the next one is proved by.
            let mut there = truth.iter().filter(|(at, ..)| *at >= from.max(1));
            let second = there.nth(1);
            let first = found.first().map(|record| from + record.at);
            assert_eq!(first, second.map(|(at, ..)| *at), "{name} {from}");
        }
    }
}

#[test]
fn the_rest_of_what_is_entered_anywhere_is_the_rest_of_the_whole() {
    for (name, least_percent) in REAL.into_iter().zip([50, 50, 0, 50, 50, 0, 0]) {
        let stream = real(name);
        let facts = facts(&stream, "none", stream.len());
        let (tried, far, went) = tried(TINY, &stream, &facts, &stream, 60);
        assert!(
            far * 100 >= tried * least_percent,
            "{name}: {far} and {went} of {tried}"
        );
    }
}
