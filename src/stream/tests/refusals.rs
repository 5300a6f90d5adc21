//! Whole streams that are not the one that was asked for.

use super::*;

#[test]
fn another_snapshot_than_the_one_asked_for_is_refused() {
    let mut increment = Stream::new(Order::Little, true);
    increment.begin(1, TOGUID, FROMGUID, &[]);
    increment.end();
    let full = everything(Order::Little, true);
    for (bytes, toguid, fromguid, problem) in [
        (
            &full,
            Some(5),
            None,
            format!(
                "toguid is {TOGUID}, the snapshot's guid is 5: another snapshot was sent (tank/a@snap)"
            ),
        ),
        (
            &full,
            Some(TOGUID),
            Some(5),
            "this is a full stream, an increment from guid 5 was expected".to_owned(),
        ),
        (
            &increment.bytes,
            Some(TOGUID),
            Some(0),
            format!("fromguid is {FROMGUID}: this is an increment, a full stream was expected"),
        ),
        (
            &increment.bytes,
            None,
            Some(5),
            format!(
                "fromguid is {FROMGUID}, the parent's guid is 5: the increment is from another snapshot"
            ),
        ),
    ] {
        let check = Check::new(Accept::OnePlain, Expect { toguid, fromguid });
        let error = verdict(bytes, 65_536, check).unwrap_err();
        assert_eq!((error.offset, error.problem), (0, problem));
    }
}

#[test]
fn streams_that_cannot_stand_alone_are_no_plain_streams() {
    for (feature, words) in [(RESUMING, "zfs send -t"), (REDACTED, "redacted")] {
        let mut stream = Stream::new(Order::Big, true);
        stream.begin(1 | feature << 2, TOGUID, 0, &[]);
        stream.end();
        let error = one_plain(&stream.bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(any(&stream.bytes).unwrap().begin.features, feature);
    }
}

#[test]
fn nothing_may_follow_the_end() {
    for bytes in samples() {
        let expected = format!("at byte {}: data follows the END record", bytes.len());
        for tail in [&[0][..], &[0; 312], &bytes] {
            let mut check = Check::new(Accept::Any, Expect::default());
            check.feed(&bytes).unwrap();
            assert_eq!(check.feed(tail).unwrap_err().to_string(), expected);
            assert_eq!(check.finish().unwrap_err().to_string(), expected);
        }
    }
}

#[test]
fn what_is_no_stream_is_named() {
    assert_eq!(refusal(b""), "at byte 0: the stream is empty");
    assert_eq!(
        refusal(b"hello\n"),
        r#"at byte 0: this is no zfs send stream (starts with "hello\n")"#
    );
    let gzip = [&[0x1f, 0x8b, 8, 0][..], &noise(999)].concat();
    let error = refusal(&gzip);
    let expected = r#"at byte 0: this is no zfs send stream (starts with "\x1f\x8b\x08\x00"#;
    assert!(error.starts_with(expected), "{error}");
    assert!(refusal(&[0; 4096]).contains("no zfs send stream"));
}

#[test]
fn the_beginning_of_a_stream_is_recognised() {
    for order in ORDERS {
        assert!(looks_like_stream(&everything(order, true)[..16]));
        assert!(!looks_like_stream(&everything(order, true)[..15]));
        assert!(!looks_like_stream(&everything(order, true)[312..]));
    }
    assert!(!looks_like_stream(&noise(512)));
}

#[test]
fn absurd_lengths_are_refused_before_they_are_waited_for() {
    let many = 1 << 60;
    for order in ORDERS {
        for (kind, fields) in [
            (RecordType::Object, &[(28, 4, 0xffff_fffc)][..]),
            (RecordType::Object, &[(36, 4, 0xffff_fff8)]),
            (RecordType::Write, &[(32, 8, many)]),
            (
                RecordType::Write,
                &[(32, 8, 512), (50, 1, 15), (96, 8, many)],
            ),
            (RecordType::Spill, &[(16, 8, many)]),
            (RecordType::Spill, &[(16, 8, 512), (40, 8, many)]),
            (RecordType::WriteEmbedded, &[(52, 4, 113)]),
        ] {
            let mut stream = Stream::new(order, true);
            stream.begin(1, TOGUID, 0, &[]);
            stream.record(kind, fields, &[]);
            let error = refusal(&stream.bytes);
            let expected = format!("at byte 312: {kind} claims a payload of ");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
    let mut stream = Stream::new(Order::Little, true);
    stream.begin(1, TOGUID, 0, &[]);
    stream.bytes[7] = 0x7f;
    assert!(refusal(&stream.bytes).contains("a BEGIN record claims a payload of 2130706432 bytes"));
    stream.bytes[7] = 0;
    stream.write(&[0; 513]);
    assert!(refusal(&stream.bytes).contains("513 bytes, no multiple of 4"));
}

#[test]
fn records_out_of_place_are_refused() {
    let mut nested = Stream::new(Order::Little, true);
    nested.begin(1, TOGUID, 0, &[]);
    nested.begin(1, TOGUID, 0, &[]);
    assert_eq!(
        refusal(&nested.bytes),
        "at byte 312: a BEGIN record inside a stream, before its END record"
    );
    let mut loose = package_header(Order::Little);
    loose.write(&[0; 512]);
    assert_eq!(
        refusal(&loose.bytes),
        "at byte 668: a WRITE record is out of place in a package"
    );
    let mut packed_twice = package_header(Order::Little);
    packed_twice.begin(2, 0, 0, &[]);
    assert!(refusal(&packed_twice.bytes).contains("damaged or of an unknown kind"));
    let mut other_magic = package_header(Order::Little);
    other_magic.begin(1, TOGUID, 0, &[]);
    other_magic.bytes[668 + 8] ^= 1;
    other_magic.end();
    assert_eq!(
        refusal(&end_package(other_magic)),
        "at byte 668: the BEGIN record is damaged or of an unknown kind"
    );
    let hollow = end_package(package_header(Order::Big));
    assert_eq!(refusal(&hollow), "at byte 668: the package holds no stream");
    let mut unknown = everything(Order::Little, true);
    unknown[332] = 11;
    assert_eq!(refusal(&unknown), "at byte 332: 11 is no record type");
    let mut kind3 = everything(Order::Little, true);
    kind3[16] |= 3;
    assert!(refusal(&kind3).contains("damaged or of an unknown kind"));
}

#[test]
fn end_must_be_of_the_stream_that_began() {
    let mut stream = Stream::new(Order::Little, true);
    stream.begin(1, TOGUID, 0, &[]);
    let sums = super::build::oracle(&stream.bytes, Order::Little);
    let fields = [8, 16, 24, 32].into_iter().zip(sums);
    let mut fields: Vec<_> = fields.map(|(at, sum)| (at, 8, sum)).collect();
    fields.push((40, 8, 5));
    stream.end_with(&fields);
    assert_eq!(
        refusal(&stream.bytes),
        format!("at byte 312: the END record is of guid 5, BEGIN is of {TOGUID}")
    );
}

#[test]
fn end_must_have_the_sum_of_the_stream_whatever_its_own_says() {
    for record_sums in [true, false] {
        let mut stream = Stream::new(Order::Little, record_sums);
        stream.begin(1, TOGUID, 0, &[]);
        stream.end_with(&[(8, 8, 1), (40, 8, TOGUID)]);
        assert_eq!(
            refusal(&stream.bytes),
            "at byte 312: the checksum of an END record does not match, the damage lies between byte 0 and 624"
        );
    }
}

#[test]
fn blocks_that_the_sender_could_not_read_are_counted() {
    for (order, fill) in [
        (Order::Little, 0x2f5_badd_b10c_u64.to_le_bytes()),
        (Order::Big, 0x2f5_badd_b10c_u64.to_be_bytes()),
    ] {
        let mut stream = Stream::new(order, true);
        stream.begin(1, TOGUID, 0, &[]);
        let lost = fill.repeat(64);
        let mut almost = lost.clone();
        almost[511] ^= 1;
        for payload in [&lost, &almost, &lost] {
            stream.write(payload);
        }
        stream.end();
        for piece_bytes in [1, 3, 313, 65_536] {
            let check = Check::new(Accept::OnePlain, Expect::default());
            let report = verdict(&stream.bytes, piece_bytes, check).unwrap();
            assert_eq!(report.corrupt_fill, 2);
        }
    }
}

#[test]
fn checked_passes_the_bytes_on_and_reports_at_the_end() {
    let bytes = stored("lz4-full-ce-s1.zfs");
    let check = Check::new(Accept::OnePlain, Expect::default());
    let mut checked = Checked::new(bytes.as_slice(), check);
    assert_eq!(checked.read(&mut []).unwrap(), 0, "no end of file");
    assert!(checked.report().get().is_none());
    let mut passed = Vec::new();
    checked.read_to_end(&mut passed).unwrap();
    assert!(passed == bytes);
    assert_eq!(checked.report().get(), Some(&one_plain(&bytes).unwrap()));
    assert_eq!(checked.read(&mut [0]).unwrap(), 0, "end of file stays");
}

#[test]
fn checked_never_answers_end_of_file_for_a_broken_stream() {
    let mut bytes = stored("plain-incr-s1-s2.zfs");
    bytes.truncate(100_000);
    let check = Check::new(Accept::OnePlain, Expect::default());
    let mut checked = Checked::new(bytes.as_slice(), check);
    let error = io::copy(&mut checked, &mut io::sink()).unwrap_err();
    assert!(checked.report().get().is_none());
    assert!(checked.read(&mut [0]).is_err(), "the error stays");
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    assert!(matches!(inner, Some(Error::Stream(_))), "{error:?}");
    let text = Error::io("read", error).to_string();
    assert!(
        text.starts_with("send stream: at byte 100000: the stream ends inside "),
        "{text}"
    );
}
