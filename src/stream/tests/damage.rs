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
    for bytes in samples().into_iter().chain(real()) {
        let mut check = Check::new(Accept::Any, Expect::default());
        for (length, byte) in bytes.iter().enumerate() {
            let error = check.finish().unwrap_err();
            let expected = if length < 16 { 0 } else { length };
            assert_eq!(error.offset, expected as u64);
            check.feed(std::slice::from_ref(byte)).unwrap();
        }
        check.finish().unwrap();
    }
}

#[test]
fn a_saved_stream_is_refused_as_it_has_no_end() {
    for bytes in ORDERS.map(saved) {
        let expected = format!(
            "at byte {}: the stream ends without its END record, as one of 'zfs send --saved' does: it is part of a snapshot",
            bytes.len()
        );
        assert_eq!(refusal(&bytes), expected);
    }
}

fn every_flipped_bit_is_caught_in(bytes: &mut [u8]) {
    any(bytes).unwrap();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(any(bytes).is_err(), "bit {bit} of {}", bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn every_flipped_bit_is_caught() {
    for mut bytes in samples() {
        every_flipped_bit_is_caught_in(&mut bytes);
    }
}

#[test]
fn every_flipped_bit_of_small_real_streams_is_caught() {
    for mut bytes in real() {
        if bytes.len() < 24_000 {
            every_flipped_bit_is_caught_in(&mut bytes);
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

/// Bytes that do not pass, each for another reason.
fn bad() -> Vec<Vec<u8>> {
    let mut damaged = everything(Order::Big, true);
    damaged[2000] ^= 1;
    let truncated = damaged[..1500].to_vec();
    let trailing = [everything(Order::Little, false), b"more".to_vec()].concat();
    vec![damaged, truncated, trailing, noise(700), noise(7), vec![]]
}

#[test]
fn pieces_of_any_length_give_the_same_verdict() {
    let sizes = (1..=320).chain([511, 512, 4095, 4096, 65_536]);
    let sizes: Vec<usize> = sizes.collect();
    for bytes in samples().into_iter().chain(bad()) {
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
fn reads_from_1_byte_to_1_mib_give_the_same_verdict() {
    for mut bytes in real() {
        let middle = bytes.len() / 2;
        for damage in 0..3 {
            match damage {
                1 => bytes[middle] ^= 0x10,
                2 => bytes.truncate(middle),
                _ => {}
            }
            let whole = verdict(
                &bytes,
                usize::MAX,
                Check::new(Accept::Any, Expect::default()),
            );
            assert_eq!(whole.is_ok(), damage == 0);
            for read_bytes in [1, 7, 312, 4096, 65_537, 1 << 20] {
                assert_eq!(read_in(&bytes, read_bytes), whole, "{read_bytes}");
            }
        }
    }
}

/// The verdict of a [`Checked`] that is asked for so many bytes at a time.
fn read_in(bytes: &[u8], read_bytes: usize) -> Result<StreamSummary, StreamError> {
    let check = Check::new(Accept::Any, Expect::default());
    let mut checked = Checked::new(bytes, check);
    let mut buffer = vec![0; read_bytes];
    loop {
        match checked.read(&mut buffer) {
            Ok(0) => return Ok(checked.report().get().unwrap().clone()),
            Ok(_) => {}
            Err(error) => match Error::io("read", error) {
                Error::Stream(error) => return Err(error),
                other => panic!("{other}"),
            },
        }
    }
}
