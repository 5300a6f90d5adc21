use std::io::{self, Read};

use super::build::{
    FROMGUID, Stream, TOGUID, end_package, everything, noise, package, package_header,
};
use super::record::{Kind, Order};
use super::*;

const ORDERS: [Order; 2] = [Order::Little, Order::Big];

fn verdict(bytes: &[u8], piece_bytes: usize, check: Check) -> Result<Report, StreamError> {
    let mut check = check;
    for piece in bytes.chunks(piece_bytes) {
        check.feed(piece)?;
    }
    check.finish()
}

fn any(bytes: &[u8]) -> Result<Report, StreamError> {
    verdict(bytes, 1 << 16, Check::new(Accept::Any, Expect::default()))
}

fn one_plain(bytes: &[u8]) -> Result<Report, StreamError> {
    verdict(
        bytes,
        1 << 16,
        Check::new(Accept::OnePlain, Expect::default()),
    )
}

fn refusal(bytes: &[u8]) -> String {
    any(bytes).unwrap_err().to_string()
}

fn stored(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    std::fs::read(format!("{dir}{name}")).unwrap()
}

fn guid(snapshot: &str) -> u64 {
    let table = String::from_utf8(stored("guids.tsv")).unwrap();
    let row = table
        .lines()
        .find_map(|row| row.strip_prefix(&format!("{snapshot}\t")));
    row.unwrap().split('\t').next().unwrap().parse().unwrap()
}

/// Small streams of each shape: every record type, both byte orders, with and without checksums in the records.
fn samples() -> Vec<Vec<u8>> {
    let mut all = vec![stored("plain-incr-empty-s2-s3.zfs")];
    for order in ORDERS {
        for record_sums in [true, false] {
            all.push(everything(order, record_sums));
            all.push(package(order, record_sums));
        }
    }
    all
}

#[test]
fn every_record_type_passes_in_both_byte_orders() {
    for order in ORDERS {
        for record_sums in [true, false] {
            let bytes = everything(order, record_sums);
            let report = one_plain(&bytes).unwrap();
            assert_eq!(report.stream_bytes, bytes.len() as u64);
            assert_eq!(
                report.begin,
                Begin {
                    toguid: TOGUID,
                    fromguid: 0,
                    toname: "tank/a@snap".to_owned(),
                    creation_time: 1_700_000_000,
                    flags: 4,
                    features: 4,
                }
            );
            let body = &bytes[..bytes.len() - END_RECORD_BYTES];
            assert_eq!(report.end_checksum, super::build::oracle(body, order));
            assert_eq!((report.package, report.corrupt_fill), (None, 0));
        }
    }
}

#[test]
fn packages_pass_where_anything_does() {
    for order in ORDERS {
        assert_eq!(any(&package(order, true)).unwrap().package, Some(2));
    }
    let real = stored("plain-props-s2.zfs");
    let report = any(&real).unwrap();
    assert_eq!(report.stream_bytes, real.len() as u64);
    assert_eq!(report.package, Some(1));
    let refused = one_plain(&real).unwrap_err().to_string();
    assert_eq!(
        refused,
        "at byte 0: this is a package of streams (zfs send -R, -I, -p, -b or -h), one plain stream was expected"
    );
}

#[test]
fn streams_of_openzfs_pass_with_the_guids_of_their_snapshots() {
    for (name, to, from) in [
        ("plain-full-s1", "src/plain@s1", None),
        ("plain-incr-s1-s2", "src/plain@s2", Some("src/plain@s1")),
        (
            "plain-incr-empty-s2-s3",
            "src/plain@s3",
            Some("src/plain@s2"),
        ),
        ("lz4-full-ce-s1", "src/lz4@s1", None),
        ("enc-full-w-s1", "src/enc@s1", None),
        ("clone-origin", "src/tree/clone@s4", Some("src/tree/a@s2")),
    ] {
        let expect = Expect {
            toguid: Some(guid(to)),
            fromguid: Some(from.map_or(0, guid)),
        };
        let bytes = stored(&format!("{name}.zfs"));
        let report = verdict(&bytes, 65_536, Check::new(Accept::OnePlain, expect)).unwrap();
        assert_eq!(report.begin.toname, to);
        assert_eq!(report.stream_bytes, bytes.len() as u64, "{name}");
    }
}

#[test]
fn a_truncated_stream_is_refused_where_it_ends() {
    let bytes = &stored("plain-full-s1.zfs")[..255_098];
    assert_eq!(
        refusal(bytes),
        "at byte 255098: the stream ends inside a WRITE record, 12166 bytes are missing"
    );
    assert_eq!(
        refusal(&bytes[..300]),
        "at byte 300: the stream ends inside the header of a record, 12 bytes are missing"
    );
    assert_eq!(
        refusal(&bytes[..312]),
        "at byte 312: the stream ends without its END record"
    );
    let whole = package(Order::Little, true);
    let end_at = whole.len() - END_RECORD_BYTES;
    assert_eq!(
        refusal(&whole[..end_at]),
        format!("at byte {end_at}: the package ends without its last END record")
    );
}

#[test]
fn every_truncation_is_caught() {
    for bytes in samples() {
        for length in 0..bytes.len() {
            let error = any(&bytes[..length]).unwrap_err();
            assert_eq!(error.offset, if length < 16 { 0 } else { length as u64 });
        }
    }
}

#[test]
fn every_flipped_bit_is_caught() {
    for mut bytes in samples() {
        any(&bytes).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(any(&bytes).is_err(), "bit {bit} of {}", bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn damage_is_bounded_by_the_checksums_that_held() {
    let mut bytes = everything(Order::Little, true);
    let write_at = 312 + 20 + 312 + (312 + 8) + (312 + 12) + 312 + 312;
    assert_eq!(bytes[write_at], 3, "the WRITE record");
    bytes[write_at + 312 + 100] ^= 1;
    let next = write_at + 312 + 512;
    assert_eq!(
        refusal(&bytes),
        format!(
            "at byte {next}: the checksum of a WRITE record does not match, the damage lies between byte {} and {}",
            write_at + 280,
            next + 312
        )
    );
}

#[test]
fn pieces_of_any_length_give_the_same_verdict() {
    let sizes = (1..=320).chain([511, 512, 4095, 4096, 65_536]);
    let sizes: Vec<usize> = sizes.collect();
    let mut inputs = samples();
    let mut damaged = everything(Order::Big, true);
    damaged[2000] ^= 1;
    let truncated = damaged[..1500].to_vec();
    let trailing = [everything(Order::Little, false), b"more".to_vec()].concat();
    inputs.extend([damaged, truncated, trailing, noise(700), noise(7), vec![]]);
    for bytes in inputs {
        for &piece_bytes in &sizes {
            let check = Check::new(Accept::Any, Expect::default());
            assert_eq!(
                verdict(&bytes, piece_bytes, check),
                any(&bytes),
                "{piece_bytes}"
            );
        }
    }
}

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
            (Kind::Object, &[(28, 4, 0xffff_fffc)][..]),
            (Kind::Object, &[(36, 4, 0xffff_fff8)]),
            (Kind::Write, &[(32, 8, many)]),
            (Kind::Write, &[(32, 8, 512), (50, 1, 15), (96, 8, many)]),
            (Kind::Spill, &[(16, 8, many)]),
            (Kind::Spill, &[(16, 8, 512), (40, 8, many)]),
            (Kind::WriteEmbedded, &[(52, 4, 113)]),
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
