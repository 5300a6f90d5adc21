use super::*;
use crate::stream::{Header, RecordType, Records};

const LZJB: u8 = 3;
const ZLE: u8 = 14;
const LZ4: u8 = 15;
const ZSTD: u8 = 16;

/// Every compressed block of a real stream: its object, its offset, its compression, its data, its length.
type Block = (u64, u64, u8, Vec<u8>, usize);

fn stored(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    std::fs::read(format!("{dir}{name}.zfs")).unwrap()
}

fn blocks(stream: &[u8]) -> Vec<Block> {
    let mut records = Records::new(stream);
    let mut all = Vec::new();
    while let Some((kind, header)) = records.next().unwrap() {
        let mut payload = vec![0; records.payload_left() as usize];
        let mut filled = 0;
        while filled < payload.len() {
            filled += records.payload(&mut payload[filled..]).unwrap();
        }
        all.extend(block(kind, &header, payload));
    }
    all
}

fn block(kind: RecordType, header: &Header, payload: Vec<u8>) -> Option<Block> {
    let object = header.u64(8);
    match kind {
        RecordType::Write => {
            let bytes = header.u64(32) as usize;
            Some((object, header.u64(24), header.u8(50), payload, bytes))
        }
        RecordType::WriteEmbedded => {
            let (bytes, packed) = (header.u32(48) as usize, header.u32(52) as usize);
            let packed = payload[..packed].to_vec();
            Some((object, header.u64(16), header.u8(40), packed, bytes))
        }
        _ => None,
    }
}

/// Of each block: object, offset, and the CRC-32 of what `zfs send` makes of it without `-c`.
const SENT_PLAIN: [(u64, u64, u32); 10] = [
    (2, 0, 0x275f_ded2),
    (32, 0, 0xba2d_95f5),
    (33, 0, 0xa733_7566),
    (129, 0, 0xe1f7_757a),
    (129, 131_072, 0x5283_683a),
    (130, 0, 0xdb6f_72a8),
    (131, 0, 0xd003_6c95),
    (132, 0, 0xd6d8_997e),
    (133, 0, 0xc6db_50ef),
    (134, 0, 0xc000_a504),
];

fn crc_of(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn real_blocks_are_those_that_are_sent_plain() {
    let all = blocks(&stored("lz4-full-ce-s1")).into_iter();
    let packed = all.filter(|(_, _, compression, ..)| *compression == LZ4);
    let unpacked = packed.map(|(object, offset, compression, packed, bytes)| {
        let block = unpack(compression, &packed, bytes).unwrap();
        (object, offset, crc_of(&block))
    });
    assert_eq!(unpacked.collect::<Vec<_>>(), SENT_PLAIN);
}

#[test]
fn what_other_tools_have_packed_is_unpacked() {
    let wanted = b"0123456789".repeat(40);
    for (compression, packed) in [
        (LZJB, lzjb_of(&wanted)),
        (6, zlib_of(&wanted)),
        (ZLE, zle_of(&wanted)),
        (ZSTD, zstd_of(&wanted)),
    ] {
        let padded = [&packed[..], &[0; 7]].concat();
        assert_eq!(
            unpack(compression, &padded, 400).unwrap(),
            wanted,
            "{compression}"
        );
        // Less than was packed, more, or cut off: lzjb does not know where it ends.
        for bytes in [399, 401] {
            let ends = compression == LZJB && bytes < 400;
            assert_eq!(
                unpack(compression, &packed, bytes).is_ok(),
                ends,
                "{compression}"
            );
        }
        for cut in 0..packed.len() {
            let cut = unpack(compression, &packed[..cut], 400);
            assert!(
                matches!(cut, Err(BlockError::Damaged(_))),
                "{compression}: {cut:?}"
            );
        }
    }
}

/// By the format's description, without any search: each repetition is looked for one period back.
fn lzjb_of(bytes: &[u8]) -> Vec<u8> {
    const PERIOD: usize = 10;
    let (mut packed, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let head = packed.len();
        packed.push(0);
        for item in 0..8 {
            let rest = &bytes[at..];
            if rest.is_empty() {
                break;
            }
            if at < PERIOD {
                packed.push(rest[0]);
                at += 1;
                continue;
            }
            let count = rest.len().clamp(3, 66);
            packed[head] |= 1 << item;
            packed.extend(((((count - 3) << 10) | PERIOD) as u16).to_be_bytes());
            at += count;
        }
    }
    packed
}

fn zle_of(bytes: &[u8]) -> Vec<u8> {
    let literals = bytes.chunks(64);
    let run = |chunk: &[u8]| [&[chunk.len() as u8 - 1], chunk].concat();
    literals.flat_map(run).collect()
}

fn zlib_of(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let level = flate2::Compression::new(6);
    let mut encoder = flate2::bufread::ZlibEncoder::new(bytes, level);
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

/// An embedded block of `zfs send -Lce` of OpenZFS 2.3.9, and the CRC-32 of what libzstd makes of it.
#[test]
fn a_real_block_of_zstd_is_unpacked() {
    let packed = *b"\0\0\0\x13\x03\0\x28\xa5\0\0\x75\0\0\x28\x61\x61\x31\x0a\0\x02\0\xc3\x40\x1d\x3a\x01\x16";
    let block = unpack(ZSTD, &packed, 512).unwrap();
    assert_eq!(crc_of(&block), 0xdb6f_72a8);
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    let frame = zstd::bulk::compress(bytes, 3).unwrap();
    let length = (frame.len() as u32 - 4).to_be_bytes();
    [&length[..], &[0, 0, 40, 3], &frame[4..]].concat()
}

#[test]
fn zeros_are_runs() {
    let packed = [2, b'a', b'b', b'c', 64, 255, 0, b'd'];
    let wanted = [&b"abc"[..], &[0; 1 + 192], b"d"].concat();
    assert_eq!(unpack(ZLE, &packed, wanted.len()).unwrap(), wanted);
    assert_eq!(unpack(4, &[], 512).unwrap(), [0; 512]);
    assert!(unpack(ZLE, &[255], 100).is_err(), "a run that is too long");
}

#[test]
fn lengths_of_lz4_go_on_and_repetitions_may_overlap() {
    // 300 literals, and 15 + 255 + 2 + 4 times the last of them.
    let literals: Vec<u8> = (0..300).map(|number| number as u8).collect();
    let data = [&[0xff, 255, 30][..], &literals, &[1, 0, 255, 2, 0]].concat();
    let packed = [&(data.len() as u32).to_be_bytes()[..], &data].concat();
    let wanted = [&literals[..], &[literals[299]; 276]].concat();
    assert_eq!(unpack(LZ4, &packed, 576).unwrap(), wanted);
    for bytes in [0, 299, 300, 575, 577] {
        assert!(unpack(LZ4, &packed, bytes).is_err(), "{bytes}");
    }
}

#[test]
fn nothing_is_read_before_the_block_or_behind_the_data() {
    for data in [
        &[0x10, b'a', 2, 0, 0][..],
        &[0x10, b'a', 0, 0, 0],
        &[0xf0],
        &[],
    ] {
        let packed = [&(data.len() as u32).to_be_bytes()[..], data].concat();
        assert_eq!(unpack(LZ4, &packed, 8), Err(BlockError::Damaged("lz4")));
    }
    assert!(
        unpack(LZ4, &[255; 100], 8).is_err(),
        "a length beyond the data"
    );
    assert!(unpack(LZJB, &[1, 0, 1], 8).is_err(), "nothing is before it");
    assert!(unpack(LZJB, &[2, b'a', 0, 0], 8).is_err(), "no distance");
    assert!(unpack(2, b"short", 6).is_err());
}

#[test]
fn what_no_pool_has_is_named() {
    assert_eq!(unpack(17, b"", 512), Err(BlockError::Unknown(17)));
    let long = unpack(LZ4, b"", MOST_BYTES + 1).unwrap_err();
    assert!(
        long.to_string()
            .starts_with("it would be 16777217 bytes long")
    );
}
