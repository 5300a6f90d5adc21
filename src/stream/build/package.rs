//! Packages, as `zfs send -R` writes them.

use super::*;

/// A package of a full stream and an increment, as `zfs send -R` writes it.
pub fn package(order: Order, record_sums: bool) -> Vec<u8> {
    let snaps = [("before", FROMGUID), ("snap", TOGUID)];
    let mut stream = package_of(order, &package_list("snap", &[("tank/a", &snaps)]));
    stream.record_sums = record_sums;
    stream.begin(1, FROMGUID, 0, &[]);
    stream.write(&noise(512));
    stream.end();
    stream.begin(1, TOGUID, FROMGUID, &[]);
    stream.record(RecordType::FreeObjects, &[(8, U64, 3)], &[]);
    stream.end();
    end_package(stream)
}

/// The first two records of a package that lists nothing.
pub fn package_header(order: Order) -> Stream {
    package_of(order, &nvlist(&[field("a", 1, &[])]))
}

/// The first two records of a package; libzfs writes them without checksums of their own.
pub fn package_of(order: Order, list: &[u8]) -> Stream {
    let mut stream = Stream::new(order, false);
    stream.begin(2, 0, 0, list);
    stream.end();
    stream
}

/// What the header of a package lists: the snapshots of file systems, with their guids.
pub fn package_list(tosnap: &str, fss: &[(&str, &[(&str, u64)])]) -> Vec<u8> {
    let of_fs = |(name, snaps): &(&str, &[(&str, u64)])| {
        let snap = |(name, guid): &(&str, u64)| field(name, 8, &guid.to_be_bytes());
        let snaps: Vec<_> = snaps.iter().map(snap).collect();
        let fields = [
            field("name", 9, &opaque(name)),
            field("snaps", 19, &nvlist(&snaps)[4..]),
        ];
        field("0x1f", 19, &nvlist(&fields)[4..])
    };
    let fss: Vec<_> = fss.iter().map(of_fs).collect();
    nvlist(&[
        field("tosnap", 9, &opaque(tosnap)),
        field("fss", 19, &nvlist(&fss)[4..]),
    ])
}

/// An nvlist in XDR; one inside another lacks the first four bytes.
fn nvlist(fields: &[Vec<u8>]) -> Vec<u8> {
    let version_and_flags = [0, 0, 0, 0, 0, 0, 0, 1];
    [
        &[1, 1, 0, 0][..],
        &version_and_flags,
        &fields.concat(),
        &[0; 8],
    ]
    .concat()
}

fn field(name: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    let head = [kind, 1].map(u32::to_be_bytes).concat();
    let rest = [&opaque(name)[..], &head, value].concat();
    let sizes = [rest.len() as u32 + 8, 64].map(u32::to_be_bytes).concat();
    [sizes, rest].concat()
}

fn opaque(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u32).to_be_bytes().to_vec();
    bytes.extend(text.bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub fn end_package(mut stream: Stream) -> Vec<u8> {
    stream.record_sums = false;
    stream.end_with(&[]);
    stream.bytes
}
