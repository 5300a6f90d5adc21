//! What is cut, flipped or put together wrongly is refused, and where.

use super::*;

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
