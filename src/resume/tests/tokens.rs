//! Tokens, and the lists in them.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::super::nvlist::{Encoding, List, with_numbers};
use super::*;

/// Of OpenZFS, for a full stream that was cut early.
const REAL: &str = include_str!("../../../tests/data/zfs-streams/plain-full-s1.token");

fn refusal(text: &str) -> String {
    Token::read(text).unwrap_err().to_string()
}

/// A token with this list in it.
fn packed(list: &[u8], order: Order) -> String {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(list).unwrap();
    let data = zlib.finish().unwrap();
    let mut sum = Fletcher4::new(order);
    sum.absorb(&data[..data.len() / 4 * 4]);
    let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("1-{:x}-{:x}-{hex}", sum.value()[0], list.len())
}

/// The list of a token without a name, in each encoding.
fn lists() -> Vec<(Order, Vec<u8>)> {
    let point = [("object", 7), ("offset", 1 << 40)];
    let stream = [("toguid", TOGUID), ("fromguid", FROMGUID)];
    let native = ORDERS.map(|order| (order, with_numbers(&[], order, point).unwrap()));
    let xdr = [&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 8]].concat();
    let xdr = (
        Order::Little,
        with_numbers(&xdr, Order::Little, point).unwrap(),
    );
    let with_stream =
        |(order, list): (Order, Vec<u8>)| (order, with_numbers(&list, order, stream).unwrap());
    native.into_iter().chain([xdr]).map(with_stream).collect()
}

#[test]
fn a_token_of_openzfs_is_read() {
    let token = Token::read(REAL).unwrap();
    assert_eq!(token.toname.split('@').nth(1), Some("s1"), "{token:?}");
    assert_eq!((token.object, token.offset, token.fromguid), (3, 0, 0));
    assert_eq!(
        (token.bytes, token.toguid),
        (135_568, 12_462_000_750_622_629_748)
    );
}

#[test]
fn a_token_of_any_encoding_is_read() {
    for (order, list) in lists() {
        let token = Token::read(&packed(&list, order)).unwrap();
        let expected = Token {
            object: 7,
            offset: 1 << 40,
            toguid: TOGUID,
            fromguid: FROMGUID,
            ..Token::default()
        };
        assert_eq!(token, expected);
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let (head, data) = REAL.trim().rsplit_once('-').unwrap();
    let end = |text: String| refusal(&text).rsplit_once("': ").unwrap().1.to_owned();
    for text in ["", "-", "1-", "1-2-3", "1-x-b8-00", "1-2-3-zz", "1-2-3-0"] {
        assert!(
            end(text.to_owned()).starts_with("not of the form"),
            "{text}"
        );
    }
    assert_eq!(end(REAL.replacen('1', "2", 1)), "its version is not 1");
    let other = data.replacen("7c5", "7c4", 1);
    // The last bytes make no whole word: those only zlib's own checksum covers.
    assert_eq!(
        end(format!("{head}-{}", other.replacen("ec50", "ec51", 1))),
        "its checksum is wrong"
    );
    assert_eq!(end(format!("1-{}", "0".repeat(70_000))), "it is too long");
    assert_eq!(end(REAL.replacen("-b8-", "-b7-", 1)), "its data is corrupt");
    let (order, list) = lists().remove(0);
    assert_eq!(
        end(packed(&vec![0; 300 << 10], order)),
        "its data is corrupt"
    );
    assert_eq!(
        end(packed(&list[..60], order)),
        "it does not say what was received"
    );
    assert!(refusal("\x1b]0;x\x07-1-2-3").is_ascii());
    assert!(!refusal("\x1b]0;x\x07-1-2-3").contains('\x1b'));
}

#[test]
fn a_list_that_is_cut_or_changed_is_never_more_than_refused() {
    for (_, list) in lists() {
        for length in 0..list.len() {
            let cut = List::read(&list[..length]);
            assert!(cut.is_none_or(|cut| cut.end <= length), "{length}");
        }
        for at in 0..list.len() {
            for bit in 0..8 {
                let mut other = list.clone();
                other[at] ^= 1 << bit;
                assert!(List::read(&other).is_none_or(|read| read.end <= other.len()));
            }
        }
    }
}

#[test]
fn numbers_are_added_behind_what_is_there() {
    let raw = records(&stored("enc-full-w-s1"));
    let keys = &raw[0].2;
    let before = List::read(keys).unwrap();
    let added = with_numbers(
        keys,
        Order::Little,
        [("resume_object", 5), ("resume_offset", 6)],
    );
    let added = added.unwrap();
    let after = List::read(&added).unwrap();
    assert_eq!(before.end + 4, keys.len());
    assert_eq!(after.encoding, before.encoding);
    assert_eq!(after.encoding, Encoding::Native(Order::Little));
    assert_eq!(
        (after.number("resume_object"), after.number("resume_offset")),
        (Some(5), Some(6))
    );
    assert_eq!(added[..before.end], keys[..before.end]);
    assert!(with_numbers(&noise(20), Order::Little, [("a", 1), ("b", 2)]).is_none());
}
