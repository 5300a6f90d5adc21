//! The list in the header of a package against the streams that came.

use super::super::build::{package_list, package_of};
use super::super::package::MAX_LIST_BYTES;
use super::*;

/// A package with this list and streams of these guids.
fn holding(order: Order, list: &[u8], guids: &[u64]) -> Vec<u8> {
    let mut stream = package_of(order, list);
    for &guid in guids {
        stream.begin(1, guid, 0, &[]);
        stream.end();
    }
    end_package(stream)
}

#[test]
fn every_listed_snapshot_has_to_come() {
    let (own, child) = ([("a", 1), ("b", 2)], [("b", 3)]);
    let list = package_list("b", &[("tank", &own), ("tank/child", &child)]);
    for order in ORDERS {
        for guids in [&[2, 3][..], &[1, 2, 3], &[3, 2]] {
            let report = any(&holding(order, &list, guids)).unwrap();
            assert_eq!(report.package, Some(guids.len() as u64));
        }
        for (guids, snapshot, missing) in [
            (&[2][..], "tank/child@b (guid 3)", 1),
            (&[1, 3], "tank@b (guid 2)", 1),
            (&[1], "tank@b (guid 2)", 2),
        ] {
            let bytes = holding(order, &list, guids);
            let end_at = bytes.len() - END_RECORD_BYTES;
            assert_eq!(
                refusal(&bytes),
                format!(
                    "at byte {end_at}: the package ends without {snapshot}, which its header lists; {missing} missing in all"
                )
            );
        }
    }
}

#[test]
fn a_child_without_the_snapshot_is_missing() {
    let list = package_list("b", &[("tank", &[("b", 2)]), ("tank/child", &[("a", 1)])]);
    let bytes = holding(Order::Little, &list, &[2]);
    let at = END_RECORD_BYTES + list.len();
    assert_eq!(
        refusal(&bytes),
        format!(
            "at byte {at}: tank/child@b did not exist when the package was made: tank/child is missing in it"
        )
    );
}

#[test]
fn a_package_need_not_list_anything() {
    for list in [&[][..], &package_list("b", &[])] {
        any(&holding(Order::Little, list, &[7])).unwrap();
    }
}

#[test]
fn a_list_that_cannot_be_read_is_refused() {
    let list = package_list("b", &[("tank", &[("b", 2)])]);
    any(&holding(Order::Little, &list, &[2])).unwrap();
    let unreadable = "the list in the header of the package cannot be read";
    for cut in (4..list.len() - 8).step_by(4) {
        let error = refusal(&holding(Order::Little, &list[..cut], &[2]));
        assert!(error.contains(unreadable), "{cut}: {error}");
    }
    for at in 0..list.len() / 4 {
        let mut bad = list.clone();
        // Lengths become huge; nothing waits for them or makes room for them.
        bad[4 * at] = 0xff;
        let _ = any(&holding(Order::Little, &bad, &[2]));
    }
    let mut long = Stream::new(Order::Little, false);
    long.begin(2, 0, 0, &[]);
    long.bytes[4..8].copy_from_slice(&(MAX_LIST_BYTES as u32 + 4).to_le_bytes());
    assert_eq!(
        refusal(&long.bytes),
        "at byte 0: the list of the package is 16777220 bytes long, at most 16777216 can be checked; \
         'pput --no-check' stores it as it is"
    );
}

#[test]
fn names_in_a_list_are_no_longer_than_zfs_has_them_and_steer_nothing() {
    let long = "x".repeat(256);
    for (tosnap, name) in [(long.as_str(), "tank"), ("b", long.as_str())] {
        let list = package_list(tosnap, &[(name, &[(tosnap, 2)])]);
        let error = refusal(&holding(Order::Big, &list, &[2]));
        assert!(error.ends_with("cannot be read"), "{error}");
    }
    let list = package_list("b\nz3: all is well", &[("\x1b[2Jtank", &[("a", 1)])]);
    let error = refusal(&holding(Order::Big, &list, &[2]));
    assert!(
        error.contains("?[2Jtank@b?z3: all is well did not exist"),
        "{error}"
    );
}

/// `src/plain@s2`, sent with its properties by OpenZFS 2.1.
#[test]
fn the_list_of_a_real_package_is_read() {
    let whole = stored("plain-props-s2.zfs");
    any(&whole).unwrap();
    let list_bytes = u32::from_le_bytes(whole[4..8].try_into().unwrap()) as usize;
    let header = &whole[..312 + list_bytes + 312];
    let mut other = Stream::new(Order::Little, false);
    other.begin(1, TOGUID, 0, &[]);
    other.end();
    let end = &whole[whole.len() - END_RECORD_BYTES..];
    let guid = guid("src/plain@s2");
    let error = refusal(&[header, &other.bytes, end].concat());
    let expected = format!("without src/plain@s2 (guid {guid}), which its header lists");
    assert!(error.contains(&expected), "{error}");
}

#[test]
fn a_saved_stream_is_told_apart_from_one_that_was_cut() {
    let mut saved = Stream::new(Order::Little, true);
    saved.begin(1, TOGUID, 0, &[]);
    saved.record(
        RecordType::FreeObjects,
        &[(8, 8, 3), (24, 8, FROMGUID)],
        &[],
    );
    assert!(refusal(&saved.bytes).contains("as one of 'zfs send --saved' does"));
    let whole = stored("plain-full-s1.zfs");
    let cut = refusal(&whole[..whole.len() - END_RECORD_BYTES]);
    assert!(
        cut.ends_with("the stream ends without its END record"),
        "{cut}"
    );
}
