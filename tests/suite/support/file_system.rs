//! A stream of a file system that is made here: of so many files that only part of it is worth reading.

use super::stream::{BLOCK_BYTES, Stream, TOGUID};
use super::zfs::noise;

pub const FILES: u64 = 90;
pub const BLOCKS: u64 = 8;
/// The first file.
pub const FIRST: u64 = 5;

fn words(words: &[(usize, u64)], bytes: usize) -> Vec<u8> {
    let mut all = vec![0; bytes];
    for (at, word) in words {
        all[*at..][..8].copy_from_slice(&word.to_le_bytes());
    }
    all
}

/// Mode and size of a file, as ZFS had them before it had system attributes.
pub fn znode(mode: u64, size: u64) -> Vec<u8> {
    words(&[(64, 7), (72, mode), (80, size), (96, 1)], 264)
}

pub fn names(entries: &[(String, u64)]) -> Vec<u8> {
    let mut block = words(&[(0, (1 << 63) + 3)], 64);
    for (name, object) in entries {
        let mut entry = words(&[(0, *object)], 64);
        entry[14..][..name.len()].copy_from_slice(name.as_bytes());
        block.extend(entry);
    }
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

pub fn object(stream: &mut Stream, number: u64, kinds: u64, bonus: &[u8], end: u64) {
    let sizes = 512 | (bonus.len() as u64) << 32;
    let fields = [(8, number), (16, kinds), (24, sizes), (40, TOGUID)];
    stream.push(1, &fields, bonus);
    let free = [(8, number), (16, end), (24, u64::MAX), (32, TOGUID)];
    stream.push(4, &free, &[]);
}

/// A file of so many bytes, the content of which is to follow.
pub fn file(stream: &mut Stream, number: u64, bytes: u64) {
    let attributes = znode(0o100_600, bytes);
    object(stream, number, 19 | 17 << 32, &attributes, bytes);
}

pub fn write(stream: &mut Stream, number: u64, offset: u64, block: &[u8]) {
    let size = block.len() as u64;
    let place = [(8, number), (24, offset), (32, size), (40, TOGUID)];
    stream.push(3, &place, block);
}

pub fn content(number: u64) -> Vec<u8> {
    let mut content = vec![0; (BLOCKS * BLOCK_BYTES) as usize];
    for block in content.chunks_mut(BLOCK_BYTES as usize) {
        block[..64].copy_from_slice(&noise(64, number));
    }
    content
}

/// A file system of many files of a MiB.
pub fn made() -> Vec<u8> {
    let mut stream = Stream::begun();
    object(&mut stream, 1, 21, &[], 512);
    write(&mut stream, 1, 0, &names(&[("ROOT".to_owned(), 4)]));
    let top = znode(0o040_755, FILES);
    let entries: Vec<(String, u64)> = (FIRST..FIRST + FILES)
        .map(|it| (format!("f{it}"), it))
        .collect();
    object(&mut stream, 4, 20 | 17 << 32, &top, 8192);
    write(&mut stream, 4, 0, &names(&entries));
    for (_, number) in entries {
        let bytes = BLOCKS * BLOCK_BYTES;
        file(&mut stream, number, bytes);
        for (block, at) in content(number).chunks(BLOCK_BYTES as usize).zip(0..) {
            write(&mut stream, number, at * BLOCK_BYTES, block);
        }
    }
    stream.end();
    stream.bytes
}
