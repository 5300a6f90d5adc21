//! A stream that is made here, and the token of a receiver that has come to some place in it.

use std::fs;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::zfs::noise;

pub const TOGUID: u64 = 0x1111_2222_3333_4444;
pub const BLOCK_BYTES: u64 = 128 << 10;

/// Records, and the checksum of all of them.
#[derive(Default)]
pub struct Stream {
    pub bytes: Vec<u8>,
    sums: [u64; 4],
    summed: usize,
}

impl Stream {
    /// A small file, a large one of so many blocks, and one more.
    pub fn made(blocks: u64) -> Self {
        let mut stream = Self::begun();
        for (object, blocks) in [(2, 2), (7, blocks), (9, 2)] {
            stream.push(1, &[(8, object), (24, 0), (40, TOGUID)], &[]);
            let end = blocks * BLOCK_BYTES;
            stream.push(
                4,
                &[(8, object), (16, end), (24, u64::MAX), (32, TOGUID)],
                &[],
            );
            for block in 0..blocks {
                // Half of each byte is noise, so that compressors have something to do.
                let mut payload = noise(BLOCK_BYTES as usize, object * 10_000 + block);
                payload.iter_mut().for_each(|byte| *byte &= 15);
                let place = [
                    (8, object),
                    (24, block * BLOCK_BYTES),
                    (32, BLOCK_BYTES),
                    (40, TOGUID),
                ];
                stream.push(3, &place, &payload);
            }
        }
        stream.end();
        stream
    }

    /// Nothing yet.
    pub fn begun() -> Self {
        let mut stream = Self::default();
        let begin = [(8, 0x2_F5BA_CBAC), (16, 1 | 4 << 2), (32, 2), (40, TOGUID)];
        stream.push(0, &begin, &[]);
        stream.bytes[56..67].copy_from_slice(b"tank/a@snap");
        stream
    }

    pub fn end(&mut self) {
        let sums = self.sums();
        let sums = [8, 16, 24, 32].into_iter().zip(sums);
        let fields: Vec<(usize, u64)> = sums.chain([(40, TOGUID)]).collect();
        self.push(5, &fields, &[]);
    }

    /// One record more; each field takes eight bytes.
    pub fn push(&mut self, kind: u8, fields: &[(usize, u64)], payload: &[u8]) {
        let at = self.bytes.len();
        self.bytes.resize(at + 280, 0);
        self.bytes[at] = kind;
        for (field, value) in fields {
            self.bytes[at + field..][..8].copy_from_slice(&value.to_le_bytes());
        }
        let sums = if kind == 0 { [0; 4] } else { self.sums() };
        self.bytes
            .extend(sums.iter().flat_map(|sum| sum.to_le_bytes()));
        self.bytes.extend(payload);
    }

    fn sums(&mut self) -> [u64; 4] {
        self.sums = fletcher(self.sums, &self.bytes[self.summed..]);
        self.summed = self.bytes.len();
        self.sums
    }
}

fn fletcher([mut a, mut b, mut c, mut d]: [u64; 4], bytes: &[u8]) -> [u64; 4] {
    for word in bytes.as_chunks().0 {
        a = a.wrapping_add(u32::from_le_bytes(*word).into());
        b = b.wrapping_add(a);
        c = c.wrapping_add(b);
        d = d.wrapping_add(c);
    }
    [a, b, c, d]
}

/// The token of a receiver that has come there: a real one, with other numbers.
pub fn token(object: u64, offset: u64, bytes: u64) -> String {
    let real = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/zfs-streams/plain-full-s1.token"
    );
    let real = fs::read_to_string(real).unwrap();
    let packed = hex::decode(real.trim().rsplit('-').next().unwrap()).unwrap();
    let mut list = Vec::new();
    ZlibDecoder::new(&packed[..])
        .read_to_end(&mut list)
        .unwrap();
    let numbers = [
        ("object", object),
        ("offset", offset),
        ("bytes", bytes),
        ("toguid", TOGUID),
    ];
    for (name, number) in numbers {
        let name = [name.as_bytes(), b"\0"].concat();
        let at = list.windows(name.len()).position(|it| it == name).unwrap();
        let at = at + name.len().next_multiple_of(8);
        list[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&list).unwrap();
    let packed = packer.finish().unwrap();
    let [sum, ..] = fletcher([0; 4], &packed);
    format!("1-{sum:x}-{:x}-{}", list.len(), hex::encode(packed))
}
