mod rewriting;
mod tokens;

use super::*;
use crate::stream::build::{FROMGUID, Stream, TOGUID, noise};
use crate::stream::{Accept, Check, Checked, Expect, Fletcher4, Order, begin_of};

/// Where an END record has the checksum of all before it, and where every record but BEGIN has its own.
const END_SUMS_AT: usize = 8;
const SUMS_AT: usize = 280;

const ORDERS: [Order; 2] = [Order::Little, Order::Big];

/// One record: what it is, its header without checksums, its payload.
type Record = (RecordType, Vec<u8>, Vec<u8>);

/// A stream's records.
fn records(stream: &[u8]) -> Vec<Record> {
    let mut records = Records::new(stream);
    let mut all = Vec::new();
    while let Some((kind, mut header)) = records.next().unwrap() {
        let mut payload = vec![0; records.payload_left() as usize];
        let mut filled = 0;
        while filled < payload.len() {
            filled += records.payload(&mut payload[filled..]).unwrap();
        }
        if kind == RecordType::End {
            header.set_sums(END_SUMS_AT, [0; 4]);
        }
        all.push((kind, header.bytes[..SUMS_AT].to_vec(), payload));
    }
    all
}

/// The token of a receiver of this stream that has come to this point.
fn token(stream: &[u8], object: u64, offset: u64) -> Token {
    let begin = begin_of(stream).unwrap();
    Token {
        object,
        offset,
        bytes: 0,
        toguid: begin.toguid,
        fromguid: begin.fromguid,
        toname: begin.toname,
    }
}

/// The rest of a stream, read in pieces of this length through the check of the stored one.
fn rest(stream: &[u8], token: Token, piece_bytes: usize) -> io::Result<Vec<u8>> {
    let checked = Checked::new(
        stream,
        Check::new(Accept::OnePlain, Expect::default()).with_lost_spills(),
    );
    let mut reader = rest_of(checked, token);
    let (mut all, mut piece) = (Vec::new(), vec![0; piece_bytes]);
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(all),
            count => all.extend(&piece[..count]),
        }
    }
}

fn stored(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zfs-streams/");
    std::fs::read(format!("{dir}{name}.zfs")).unwrap()
}

/// A file, a directory with a spill block, a hole and a large object, as a sender orders them.
fn small(order: Order, record_sums: bool, fromguid: u64, list: &[u8]) -> Vec<u8> {
    use RecordType::*;
    let mut stream = Stream::new(order, record_sums);
    stream.begin(1 | 4 << 2, TOGUID, fromguid, list);
    stream.record(FreeObjects, &[(8, 8, 0), (16, 8, 1), (24, 8, TOGUID)], &[]);
    for object in [1, 7, 40] {
        let fields = [(8, 8, object), (28, 4, 5), (40, 8, TOGUID)];
        stream.record(Object, &fields, &noise(8));
        let free = [
            (8, 8, object),
            (16, 8, 4096),
            (24, 8, u64::MAX),
            (32, 8, TOGUID),
        ];
        stream.record(Free, &free, &[]);
        for offset in [0, 512, 1024, 3072] {
            let fields = [
                (8, 8, object),
                (24, 8, offset),
                (32, 8, 512),
                (40, 8, TOGUID),
            ];
            stream.record(Write, &fields, &noise(512));
        }
        stream.record(
            Spill,
            &[(8, 8, object), (16, 8, 512), (24, 8, TOGUID)],
            &noise(512),
        );
    }
    stream.record(
        FreeObjects,
        &[(8, 8, 41), (16, 8, 900), (24, 8, TOGUID)],
        &[],
    );
    stream.end();
    stream.bytes
}
