//! Spill blocks that OpenZFS 2.3 sends to where no receiver looks for them.

use super::*;

/// A stream, or a package of it, with what a broken sender makes of the spill block of object 128.
fn with_embedded(order: Order, objset: u64, offset: u64, packed: bool) -> Vec<u8> {
    let mut stream = match packed {
        true => package_header(order),
        false => Stream::new(order, true),
    };
    stream.objset = objset;
    stream.begin(1 | 1 << 18, TOGUID, 0, &[]);
    stream.lost_spill(128, offset);
    stream.end();
    match packed {
        true => end_package(stream),
        false => stream.bytes,
    }
}

#[test]
fn only_an_offset_that_no_file_has_is_refused() {
    for (order, packed) in ORDERS
        .into_iter()
        .zip([true, false])
        .chain([(Order::Little, false), (Order::Big, true)])
    {
        let refused = |objset, offset| any(&with_embedded(order, objset, offset, packed)).err();
        for offset in [1 << 63, u64::MAX - 2047, u64::MAX] {
            let error = refused(2, offset).unwrap();
            assert_eq!(error.offset, if packed { 980 } else { 312 });
            assert_eq!(
                error.problem,
                format!(
                    "zfs lost an embedded spill block (openzfs/zfs#18239): symlink targets, extended attributes or ACLs of \
                     object 128 would be dropped by zfs receive (offset {offset}); send without -e, and without -w what \
                     is not encrypted"
                )
            );
            // A volume of absurd size has such blocks.
            assert_eq!(refused(3, offset), None);
        }
        for offset in [0, 4096, (1 << 63) - 1] {
            assert_eq!(refused(2, offset), None);
        }
    }
}

#[test]
fn damage_is_not_taken_for_a_lost_block() {
    let mut bytes = with_embedded(Order::Little, 2, 0, false);
    bytes[312 + 23] = 0xff;
    let error = refusal(&bytes);
    assert!(
        error.contains("the checksum of a WRITE_EMBEDDED record does not match"),
        "{error}"
    );
}

/// `zfs send -e` of OpenZFS 2.3.9.
#[test]
fn a_real_stream_that_has_lost_some_is_refused_or_counted() {
    let bytes = stored("spill-lost-2.3.9.zfs");
    let error = refusal(&bytes);
    assert!(error.contains("or ACLs of object 2 would"), "{error}");
    for check in [Accept::OnePlain, Accept::Any].map(|accept| Check::new(accept, Expect::default()))
    {
        let lost = verdict(&bytes, 313, check.with_lost_spills())
            .unwrap()
            .lost_spills;
        assert_eq!((lost.count, lost.objects.as_slice()), (2, &[2, 128][..]));
        assert_eq!(bytes[lost.first_at as usize], 8, "a WRITE_EMBEDDED record");
        assert_eq!(
            lost.to_string(),
            "zfs send lost embedded spill blocks (openzfs/zfs#18239), 2 in all: zfs receive drops symlink targets, extended \
             attributes or ACLs of inode 2, 128"
        );
    }
}

#[test]
fn of_many_the_first_are_named() {
    let mut stream = Stream::new(Order::Big, true);
    stream.begin(1, TOGUID, 0, &[]);
    (1..=1000).for_each(|object| stream.lost_spill(object, 1 << 63));
    stream.end();
    let check = Check::new(Accept::OnePlain, Expect::default()).with_lost_spills();
    let lost = verdict(&stream.bytes, 65_536, check).unwrap().lost_spills;
    assert_eq!(lost.count, 1000);
    assert!(
        lost.to_string()
            .ends_with("of inode 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..."),
        "{lost}"
    );
    assert_eq!(lost.first_at, 312);
}
