use super::*;
use crate::stream::build::{Stream, TOGUID, noise};
use crate::stream::{Accept, Check, Checked, Expect, Order, StreamSummary};

fn stored(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    std::fs::read(format!("{dir}{name}.zfs")).unwrap()
}

/// The mended stream.
fn mend(stream: &[u8]) -> io::Result<Vec<u8>> {
    let check = Check::new(Accept::OnePlain, Expect::default()).with_lost_spills();
    let mut reader = mended(Checked::new(stream, check));
    let mut all = Vec::new();
    reader.read_to_end(&mut all)?;
    Ok(all)
}

/// What the strict check says of a stream.
fn report(stream: &[u8]) -> StreamSummary {
    let check = Check::new(Accept::OnePlain, Expect::default());
    Checked::new(stream, check).drain().unwrap()
}

/// The CRC-32 of the stream of which a receiver has made files with their link and attributes (`zfs receive` of 2.3.9).
const RECEIVED: u32 = 0xdd59_c416;

#[test]
fn a_real_stream_is_whole_again() {
    let all = mend(&stored("spill-lost-2.3.9")).unwrap();
    assert_eq!(report(&all).lost_spills.count, 0);
    let mut crc = flate2::Crc::new();
    crc.update(&all);
    assert_eq!(crc.sum(), RECEIVED);
}

#[test]
fn what_has_lost_nothing_stays_as_it_is() {
    for name in [
        "plain-full-s1",
        "lz4-full-ce-s1",
        "enc-full-w-s1",
        "clone-origin",
    ] {
        let stream = stored(name);
        assert!(mend(&stream).unwrap() == stream, "{name}");
    }
}

/// `DMU_OST_ZFS` and `DMU_OST_ZVOL`.
const FILE_SYSTEM: u64 = 2;
const VOLUME: u64 = 3;

/// A stream with one embedded block beyond all files, and data behind it.
fn lost(order: Order, record_sums: bool, kind: u64, fields: &[(usize, usize, u64)]) -> Vec<u8> {
    let mut stream = Stream::new(order, record_sums);
    stream.objset = kind;
    stream.begin(1 | 4 << 2, TOGUID, 0, &[]);
    let place = [
        (8, 8, 7),
        (16, 8, 0_u64.wrapping_sub(1024)),
        (24, 8, 512),
        (32, 8, TOGUID),
    ];
    let embedded = [(40, 1, 14), (48, 4, 512), (52, 4, 8)];
    let fields = [&place[..], &embedded, fields].concat();
    // Four bytes, and 508 zeros (zle).
    stream.record(
        RecordType::WriteEmbedded,
        &fields,
        &[3, 1, 2, 3, 4, 255, 255, 187],
    );
    stream.write(&noise(512));
    stream.end();
    stream.bytes
}

#[test]
fn both_byte_orders_with_and_without_sums_are_mended() {
    for order in [Order::Little, Order::Big] {
        for record_sums in [true, false] {
            let stream = lost(order, record_sums, FILE_SYSTEM, &[]);
            let all = mend(&stream).unwrap();
            assert_eq!(all.len(), stream.len() - 8 + 512);
            assert_eq!(report(&all).lost_spills.count, 0);
            let mut records = Records::new(&all[..]);
            records.next().unwrap();
            let (kind, header) = records.next().unwrap().unwrap();
            assert_eq!((kind, header.toguid(kind)), (RecordType::Spill, TOGUID));
            assert_eq!(
                (header.u64(8), header.u64(16), header.u32(84)),
                (7, 512, 44)
            );
            let block = payload_of(&mut records, 512).unwrap();
            assert_eq!(block, [&[1, 2, 3, 4][..], &[0; 508]].concat());
        }
    }
}

#[test]
fn a_volume_may_have_data_there() {
    let stream = lost(Order::Little, true, VOLUME, &[]);
    assert!(mend(&stream).unwrap() == stream);
}

#[test]
fn what_is_no_spill_block_is_refused() {
    for (fields, problem) in [
        (
            &[(16, 8, u64::MAX)][..],
            "it has 512 bytes for 512 at offset 18446744073709551615",
        ),
        (
            &[(48, 4, 1024)],
            "it has 1024 bytes for 512 at offset 18446744073709550592",
        ),
        (&[(40, 1, 3)], "its lzjb data is damaged"),
        (
            &[(40, 1, 99)],
            "it has compression 99, which is not known here",
        ),
        (&[(41, 1, 2)], "512 bytes are no block of data"),
        (&[(52, 4, 7)], "its zle data is damaged"),
    ] {
        let error = mend(&lost(Order::Little, true, FILE_SYSTEM, fields)).unwrap_err();
        let wanted = format!("the lost spill block of inode 7 cannot be mended: {problem}");
        assert!(error.to_string().ends_with(&wanted), "{error}");
    }
}

#[test]
fn damage_is_never_given_an_end() {
    let mut stream = stored("spill-lost-2.3.9");
    let middle = stream.len() / 2;
    stream[middle] ^= 1;
    assert!(mend(&stream).is_err());
    assert!(mend(&stored("spill-lost-2.3.9")[..40_000]).is_err());
}
