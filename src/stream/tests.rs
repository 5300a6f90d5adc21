mod damage;
mod packages;
mod refusals;
mod spill;

use std::io::{self, Read};

use super::build::{
    FROMGUID, Stream, TOGUID, end_package, everything, noise, package, package_header, raw,
    redacted, resuming, saved,
};
use super::record::{Order, RecordType};
use super::*;

const ORDERS: [Order; 2] = [Order::Little, Order::Big];

fn verdict(bytes: &[u8], piece_bytes: usize, check: Check) -> Result<StreamSummary, StreamError> {
    let mut check = check;
    for piece in bytes.chunks(piece_bytes) {
        check.feed(piece)?;
    }
    check.finish()
}

fn any(bytes: &[u8]) -> Result<StreamSummary, StreamError> {
    verdict(bytes, 1 << 16, Check::new(Accept::Any, Expect::default()))
}

fn one_plain(bytes: &[u8]) -> Result<StreamSummary, StreamError> {
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

/// All streams of OpenZFS 2.1 and two of zfs-fuse 0.7, which knows no checksums in records.
fn real() -> Vec<Vec<u8>> {
    let names = [
        "plain-full-s1.zfs",
        "plain-incr-s1-s2.zfs",
        "plain-incr-empty-s2-s3.zfs",
        "lz4-full-ce-s1.zfs",
        "enc-full-w-s1.zfs",
        "clone-origin.zfs",
        "plain-props-s2.zfs",
        "../python-z3/objects/6.bin",
        "../python-z3/objects/7.bin",
    ];
    names.map(stored).into()
}

/// Small streams of each shape: every record type, both byte orders, with and without checksums in the records.
fn samples() -> Vec<Vec<u8>> {
    let mut all = vec![stored("plain-incr-empty-s2-s3.zfs")];
    for order in ORDERS {
        all.extend([raw(order), resuming(order), redacted(order)]);
        for record_sums in [true, false] {
            all.push(everything(order, record_sums));
            all.push(package(order, record_sums));
        }
    }
    all
}

#[test]
fn a_stream_tells_what_it_was_sent_with() {
    for (name, flags) in [
        ("plain-full-s1.zfs", ""),
        ("plain-incr-s1-s2.zfs", ""),
        ("lz4-full-ce-s1.zfs", "ce"),
        ("enc-full-w-s1.zfs", "cw"),
    ] {
        let begin = begin_of(&stored(name)).unwrap();
        assert_eq!(sent_with(begin.features).to_string(), flags, "{name}");
    }
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
                    volume: false,
                }
            );
            let body = &bytes[..bytes.len() - END_RECORD_BYTES];
            assert_eq!(report.end_checksum, super::build::oracle(body, order));
            assert_eq!((report.package, report.corrupt_fill), (None, 0));
        }
    }
}

#[test]
fn no_good_stream_is_refused() {
    for bytes in samples().into_iter().chain(real()) {
        let report = any(&bytes).unwrap();
        assert_eq!(report.stream_bytes, bytes.len() as u64);
        let features = report.begin.features & (RESUMING | REDACTED);
        let plain = report.package.is_none() && features == 0;
        assert_eq!(one_plain(&bytes).is_ok(), plain, "{report:?}");
    }
}

#[test]
fn good_streams_of_any_records_pass_and_bad_ones_do_not() {
    let made = noise(600_000).chunks(300).filter_map(fuzz::built).count();
    assert!(made > 1500, "{made}");
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
