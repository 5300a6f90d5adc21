//! Objects and tokens of strangers: the search ends, and what it does not find is fetched.

use super::*;
use crate::stream::build::noise;

fn token(stream: &[u8], object: u64, offset: u64, bytes: u64) -> Token {
    let begin = begin_of(stream).unwrap();
    Token {
        object,
        offset,
        bytes,
        toguid: begin.toguid,
        fromguid: begin.fromguid,
        toname: String::new(),
    }
}

/// The beginning of a real stream, and behind it what a stranger has put there.
fn spoiled(with: impl Fn(usize) -> u8) -> Vec<u8> {
    let mut object = real("plain-full-s1");
    object.truncate(8192);
    object.extend((0..2 << 20).map(with));
    object
}

fn find_in(object: &[u8], compressor: &str, token: &Token) -> (Found<u64>, u64) {
    let (mut asked, mut fetched) = (0, 0);
    let count: Ranges<'_> = Box::new(|at, into| {
        (asked, fetched) = (asked + 1, fetched + into.len() as u64);
        ranges(object)(at, into)
    });
    let limits = Bounds {
        most_bytes: 1 << 20,
        ..TINY
    };
    let found = find_within(limits, &facts(object, compressor, 0), token, count).unwrap();
    assert!(
        asked <= 200 && fetched <= (1 << 20) + 4096,
        "{asked} {fetched}"
    );
    (found.entry.map(|entry| entry.at()), fetched)
}

#[test]
fn guids_and_headers_everywhere_end_soon() {
    let real = real("plain-full-s1");
    let guid = begin_of(&real).unwrap().toguid.to_le_bytes();
    let header = &real[4496..4496 + 312];
    for object in [
        spoiled(|at| guid[at % 8]),
        spoiled(|at| header[at % 312]),
        spoiled(|_| 0),
    ] {
        for bytes in [0, 1 << 20, u64::MAX] {
            let (found, _) = find_in(&object, "none", &token(&real, 130, 0, bytes));
            // What is real is believed.
            assert!(found.unwrap_or(0) < 8192, "{bytes}");
        }
    }
}

#[test]
fn beginnings_of_pieces_everywhere_end_soon() {
    let real = real("plain-full-s1");
    let mut gzip = Vec::new();
    let source = Cursor::new(real[..40_000].to_vec());
    crate::codec::gzip(source, 1, 1)
        .unwrap()
        .read_to_end(&mut gzip)
        .unwrap();
    let begin = gzip[..10].to_vec();
    gzip.extend((0..1 << 20).map(|at| begin[at % 10]));
    let (found, _) = find_in(&gzip, "pigz1", &token(&real, 130, 0, 1 << 19));
    assert_eq!(found.unwrap_or(0), 0);
    #[cfg(feature = "zstd")]
    {
        let mut zstd = zstd::stream::encode_all(&real[..40_000], 1).unwrap();
        zstd.extend((0..1 << 20).map(|at| [0x28, 0xb5, 0x2f, 0xfd][at % 4]));
        let (found, _) = find_in(&zstd, "zstd1", &token(&real, 130, 0, 1 << 19));
        assert_eq!(found.unwrap_or(0), 0);
    }
}

#[test]
fn absurd_tokens_and_other_data_find_nothing_wrong() {
    let real = real("plain-full-s1");
    for number in [0, 1, u64::MAX - 1, u64::MAX] {
        for bytes in [0, 300_000, u64::MAX] {
            let token = token(&real, number, number, bytes);
            if let Ok((_, rest)) = entered(TINY, &real, &facts(&real, "none", 1), &token) {
                let whole = given(Checked::new(&real[..], check()), &token).unwrap();
                assert!(kept(&rest, &token) == kept(&whole, &token));
            }
        }
    }
    for object in [noise(50_000), vec![0; 50_000], real[..400].to_vec()] {
        for compressor in ["none", "pigz1", "zstd1", "gpg"] {
            let (found, _) = find_in(&object, compressor, &token(&real, 130, 0, 9));
            assert!(found.is_err(), "{compressor}");
        }
    }
}

#[test]
fn what_is_damaged_behind_the_place_is_no_rest() {
    let stream = real("plain-full-s1");
    let token = token(&stream, 128, 0, 300_000);
    let find = || find_within(TINY, &facts(&stream, "none", 1), &token, ranges(&stream));
    let at = find().unwrap().entry.ok().unwrap().at() as usize;
    assert!(at > 200_000, "{at}");
    for flipped in (at..stream.len()).step_by(997) {
        let entry = find().unwrap().entry.ok().unwrap();
        let mut rest = stream[at..].to_vec();
        rest[flipped - at] ^= 4;
        let (stream, _) = entry.stream(&rest[..], check()).unwrap();
        let mut got = Vec::new();
        let end = rest_of(stream, token.clone()).read_to_end(&mut got);
        let error = end.unwrap_err().to_string();
        assert!(error.contains("counted from where"), "{error}");
    }
}

#[test]
fn a_range_that_fails_is_told() {
    let stream = real("plain-full-s1");
    let token = token(&stream, 128, 0, 300_000);
    for fails in 0..3 {
        let mut asked = 0;
        let failing: Ranges<'_> = Box::new(|at, into| {
            asked += 1;
            match asked > fails {
                true => Err(Error::refused("replaced")),
                false => ranges(&stream)(at, into),
            }
        });
        assert!(find_within(TINY, &facts(&stream, "none", 1), &token, failing).is_err());
    }
}

#[test]
fn a_size_that_is_a_lie_finds_nothing_wrong() {
    let stream = real("plain-full-s1");
    let token = token(&stream, 128, 0, 300_000);
    let whole = given(Checked::new(&stream[..], check()), &token).unwrap();
    for stream_bytes in [None, Some(0), Some(1), Some(u64::MAX)] {
        let facts = ObjectFacts {
            stream_bytes,
            ..facts(&stream, "none", 1)
        };
        let (_, rest) = entered(TINY, &stream, &facts, &token).unwrap();
        assert!(kept(&rest, &token) == kept(&whole, &token));
    }
}

/// Runs of real records at other places are believed where they are seen; what follows from them is not.
#[test]
fn records_that_are_repeated_are_no_rest() {
    let stream = real("plain-full-s1");
    let all = truth(&stream);
    let (_, kind, header, _) = &all[all.len() * 3 / 4];
    assert!(*kind != RecordType::End);
    let token = token(&stream, header.u64(8), 0, 300_000);
    let whole = given(Checked::new(&stream[..], check()), &token).unwrap();
    let place = |share: usize| all[(all.len() - 1) * share / 8].0;
    let (mut refused, mut right) = (0, 0);
    for (into, from) in (0..64).map(|pair| (pair / 8, pair % 8)) {
        let run = &stream[place(from).max(all[1].0)..place(from + 1)];
        let at = place(into).max(all[1].0);
        let object = [&stream[..at], run, &stream[at..]].concat();
        let facts = facts(&object, "none", stream.len());
        let looked = find_within(TINY, &facts, &token, ranges(&object)).unwrap();
        let Ok(entry) = looked.entry else { continue };
        let rest = object[entry.at() as usize..].to_vec();
        let (entered, _) = entry.stream(&rest[..], check()).unwrap();
        match given(entered, &token) {
            Ok(rest) => {
                right += 1;
                assert!(kept(&rest, &token) == kept(&whole, &token), "{into} {from}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 5 && right > 5, "{refused} {right}");
}

/// What a header says of its payload is proved by the record that follows only.
#[test]
fn a_record_from_before_the_place_is_proved_to_its_end() {
    let stream = real("plain-full-s1");
    let truth = truth(&stream);
    let data = truth
        .iter()
        .rposition(|(_, kind, ..)| *kind == RecordType::Write);
    let (_, _, write, _) = &truth[data.unwrap()];
    let object = write.u64(8);
    let token = token(&stream, object, write.u64(24) + write.u64(32), 1 << 40);
    let introduced = truth
        .iter()
        .find(|(_, kind, header, _)| *kind == RecordType::Object && header.u64(8) == object);
    let at = introduced.unwrap().0 + 312;
    let mut spoiled = stream.clone();
    spoiled[at] ^= 1;
    assert!(entered(TINY, &stream, &facts(&stream, "none", 1), &token).is_ok());
    let found = entered(TINY, &spoiled, &facts(&spoiled, "none", 1), &token);
    assert!(found.is_err());
}
