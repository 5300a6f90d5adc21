//! Streams and what is left of them.

use super::super::nvlist::{List, with_numbers};
use super::*;

/// Where records lie: object and offset; of those that are about one object, and not all of it.
fn point_of((kind, header, _): &Record, order: Order) -> Option<(u64, u64)> {
    let field = |at: usize| order.u64(header[at..at + 8].try_into().unwrap());
    match kind {
        RecordType::Object => Some((field(8), 0)),
        RecordType::Write => Some((field(8), field(24))),
        RecordType::WriteEmbedded => Some((field(8), field(16))),
        _ => None,
    }
}

/// Cuts the stream at each record that a receiver may have come to, and looks at what is left of it.
fn cut_everywhere(stream: &[u8], order: Order) -> usize {
    let all = records(stream);
    let mut cuts = 0;
    for (number, record) in all.iter().enumerate() {
        let Some((object, offset)) = point_of(record, order) else {
            continue;
        };
        // Behind the end of files lie spill blocks that zfs has lost.
        if offset >= 1 << 63 {
            continue;
        }
        cuts += 1;
        let rest = rest(stream, token(stream, object, offset), 100_000).unwrap();
        let left = records(&rest);
        let wanted = &all[number..];
        assert!(left.len() > wanted.len(), "BEGIN at least");
        let (before, same) = left.split_at(left.len() - wanted.len());
        assert!(same == wanted, "cut at {object}, {offset}");
        // What else was kept is about this object, or not about one only.
        for extra in &before[1..] {
            let about = point_of(extra, order).map_or(object, |(object, _)| object);
            assert_eq!(about, object);
        }
        let begins = before
            .iter()
            .chain(same)
            .find(|(kind, ..)| *kind == RecordType::Object);
        let begins = begins.and_then(|record| point_of(record, order));
        assert!(begins.is_none_or(|(first, _)| first >= object));
        expect_resuming(&rest, object, offset);
    }
    cuts
}

/// Every checksum of the new stream is right, and it says where it goes on.
fn expect_resuming(rest: &[u8], object: u64, offset: u64) {
    let check = Check::new(Accept::Any, Expect::default()).with_lost_spills();
    let report = Checked::new(rest, check).drain().unwrap();
    assert_eq!(report.begin.features & RESUMING, RESUMING);
    let all = records(rest);
    let list = List::read(&all[0].2).unwrap();
    let point = ["resume_object", "resume_offset"].map(|name| list.number(name).unwrap());
    assert_eq!(point, [object, offset]);
}

#[test]
fn small_streams_of_all_kinds_are_cut_everywhere() {
    for order in ORDERS {
        for record_sums in [true, false] {
            for fromguid in [0, FROMGUID] {
                let stream = small(order, record_sums, fromguid, &[]);
                assert_eq!(cut_everywhere(&stream, order), 15);
            }
        }
    }
}

#[test]
fn real_streams_are_cut_everywhere() {
    for (name, cuts) in [
        ("plain-full-s1", 32),
        ("plain-incr-s1-s2", 21),
        ("plain-incr-empty-s2-s3", 0),
        ("lz4-full-ce-s1", 32),
        ("enc-full-w-s1", 32),
        ("clone-origin", 17),
        ("spill-lost-2.3.9", 12),
    ] {
        assert!(
            cut_everywhere(&stored(name), Order::Little) >= cuts,
            "{name}"
        );
    }
}

#[test]
fn spill_blocks_before_the_point_are_given_again_if_they_were_lost() {
    let stream = small(Order::Little, true, 0, &[]);
    let spills = |rest: Vec<u8>| -> Vec<Option<u64>> {
        let spills = records(&rest)
            .into_iter()
            .filter(|record| record.0 == RecordType::Spill);
        spills
            .map(|(_, header, _)| header.get(8).map(|&object| object.into()))
            .collect()
    };
    let token = token(&stream, 40, 0);
    let usual = rest(&stream, token.clone(), 4096).unwrap();
    let mut all = Vec::new();
    mended_rest_of(&stream[..], token)
        .read_to_end(&mut all)
        .unwrap();
    expect_resuming(&all, 40, 0);
    let (usual, all) = (spills(usual), spills(all));
    assert!(usual.iter().all(|&object| object >= Some(40)), "{usual:?}");
    assert!(all.contains(&Some(7)) && all.len() > usual.len(), "{all:?}");
}

#[test]
fn a_real_token_fits_its_stream() {
    let token = include_str!("../../../tests/data/zfs-streams/plain-full-s1.token");
    let token = Token::read(token).unwrap();
    let rest = rest(&stored("plain-full-s1"), token.clone(), 4096).unwrap();
    expect_resuming(&rest, token.object, token.offset);
}

#[test]
fn pieces_of_any_length_make_the_same_rest() {
    let stream = small(Order::Big, true, FROMGUID, &[]);
    let whole = rest(&stream, token(&stream, 7, 512), 1 << 20).unwrap();
    for piece_bytes in [1, 3, 311, 312, 313, 4096] {
        let pieces = rest(&stream, token(&stream, 7, 512), piece_bytes).unwrap();
        assert!(pieces == whole, "{piece_bytes}");
    }
}

#[test]
fn only_what_ends_behind_the_offset_is_wanted() {
    let stream = small(Order::Little, true, 0, &[]);
    let left = records(&rest(&stream, token(&stream, 7, 1024), 4096).unwrap());
    let writes = left.iter().filter_map(|record| match record.0 {
        RecordType::Write => point_of(record, Order::Little),
        _ => None,
    });
    let writes: Vec<_> = writes.filter(|(object, _)| *object == 7).collect();
    assert_eq!(writes, [(7, 1024), (7, 3072)]);
    let kinds: Vec<RecordType> = left.iter().take(3).map(|record| record.0).collect();
    assert_eq!(
        kinds,
        [RecordType::Begin, RecordType::Object, RecordType::Free],
        "the object comes again"
    );
}

#[test]
fn a_token_from_before_the_first_object_wants_everything() {
    let stream = small(Order::Little, true, 0, &[]);
    let (all, left) = (records(&stream), rest(&stream, token(&stream, 0, 0), 4096));
    assert!(records(&left.unwrap())[1..] == all[1..]);
}

#[test]
fn an_encrypted_stream_keeps_the_range_of_its_point() {
    let stream = stored("enc-full-w-s1");
    let all = records(&stream);
    let mut points = all
        .iter()
        .rev()
        .filter_map(|record| point_of(record, Order::Little));
    let last = points.next();
    let (object, offset) = last.unwrap();
    let left = records(&rest(&stream, token(&stream, object, offset), 4096).unwrap());
    assert_eq!(left[1].0, RecordType::ObjectRange);
    let field = |at: usize| u64::from_le_bytes(left[1].1[at..at + 8].try_into().unwrap());
    assert!((field(8)..field(8) + field(16)).contains(&object));
    assert!(
        left[0].2.len() > all[0].2.len(),
        "the keys stay, two numbers come"
    );
}

#[test]
fn a_list_in_xdr_stays_one() {
    let empty = [&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 8]].concat();
    let xdr = with_numbers(&empty, Order::Little, [("a", 1), ("b", 2)]).unwrap();
    for order in ORDERS {
        let stream = small(order, true, 0, &xdr);
        let rest = rest(&stream, token(&stream, 7, 512), 4096).unwrap();
        expect_resuming(&rest, 7, 512);
        let list = &records(&rest)[0].2;
        assert_eq!((list[0], list.len() % 8), (1, 0));
        assert_eq!(List::read(list).unwrap().number("b"), Some(2));
    }
}

#[test]
fn senders_without_record_checksums_leave_them_zero() {
    let stream = small(Order::Little, false, 0, &[]);
    let rest = rest(&stream, token(&stream, 7, 0), 4096).unwrap();
    let mut records = Records::new(&rest[..]);
    while let Some((kind, header)) = records.next().unwrap() {
        assert!(kind == RecordType::Begin || header.sums() == [0; 4]);
    }
}

#[test]
fn a_token_of_another_stream_is_refused() {
    let stream = small(Order::Little, true, FROMGUID, &[]);
    let of_full = token(&small(Order::Little, true, 0, &[]), 7, 0);
    let other = Token {
        toguid: 3,
        ..token(&stream, 7, 0)
    };
    for token in [of_full, other] {
        let error = rest(&stream, token, 4096).unwrap_err().to_string();
        assert!(
            error.starts_with("the resume token is of another stream: "),
            "{error}"
        );
    }
}

#[test]
fn what_cannot_be_resumed_is_refused() {
    let refusal = |bytes: &[u8]| {
        let mut all = Vec::new();
        let mut rest = rest_of(bytes, token(bytes, 7, 0));
        let error = rest.read_to_end(&mut all).unwrap_err().to_string();
        assert!(rest.read(&mut [0]).is_err(), "no end of file follows");
        error
    };
    let begun = |features: u64, list: &[u8]| {
        let mut stream = Stream::new(Order::Little, true);
        stream.begin(1 | features << 2, TOGUID, 0, list);
        stream
    };
    let mut dedup = begun(0, &[]);
    dedup.record(RecordType::WriteByref, &[(8, 8, 8)], &[]);
    assert!(refusal(&dedup.bytes).contains("a deduplicated stream cannot be resumed"));
    let resuming = refusal(&begun(RESUMING, &[]).bytes);
    assert_eq!(resuming, "this is no complete plain stream to go on with");
    assert_eq!(
        refusal(&begun(0, &noise(24)).bytes),
        "the list of the BEGIN record cannot be read"
    );
    assert!(refusal(&begun(0, &vec![0; 2 << 20]).bytes).contains("at most 1048576"));
    assert!(refusal(&begun(0, &[]).bytes).contains("without its END record"));
    let mut longer = small(Order::Little, true, 0, &[]);
    longer.extend(small(Order::Little, true, 0, &[]));
    assert_eq!(refusal(&longer), "data follows the END record");
    longer.truncate(longer.len() / 2 - 400);
    refusal(&longer);
}

#[test]
fn damage_anywhere_keeps_the_end_back() {
    let stream = small(Order::Little, true, FROMGUID, &[]);
    let good = rest(&stream, token(&stream, 7, 512), 4096).unwrap();
    for at in (0..stream.len()).step_by(41) {
        let mut damaged = stream.clone();
        damaged[at] ^= 0x10;
        let token = token(&stream, 7, 512);
        let check = Check::new(Accept::OnePlain, Expect::default());
        let mut reader = rest_of(Checked::new(&damaged[..], check), token);
        let mut got = Vec::new();
        let ended = reader.read_to_end(&mut got);
        assert!(ended.is_err(), "at {at}");
        let end = good.len() - crate::stream::END_RECORD_BYTES;
        assert!(got.len() <= end, "at {at}: END was given");
    }
}
