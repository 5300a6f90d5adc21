//! One file out of a large object: how much of it is asked for.

use crate::enter::stream::{BLOCK_BYTES, Stream, TOGUID};
use crate::support::{Proxy, Server, Z3, noise};

pub const FILES: u64 = 90;
const BLOCKS: u64 = 8;
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
fn znode(mode: u64, size: u64) -> Vec<u8> {
    words(&[(64, 7), (72, mode), (80, size), (96, 1)], 264)
}

fn names(entries: &[(String, u64)]) -> Vec<u8> {
    let mut block = words(&[(0, (1 << 63) + 3)], 64);
    for (name, object) in entries {
        let mut entry = words(&[(0, *object)], 64);
        entry[14..][..name.len()].copy_from_slice(name.as_bytes());
        block.extend(entry);
    }
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn object(stream: &mut Stream, number: u64, kinds: u64, bonus: &[u8], end: u64) {
    let sizes = 512 | (bonus.len() as u64) << 32;
    let fields = [(8, number), (16, kinds), (24, sizes), (40, TOGUID)];
    stream.push(1, &fields, bonus);
    let free = [(8, number), (16, end), (24, u64::MAX), (32, TOGUID)];
    stream.push(4, &free, &[]);
}

fn write(stream: &mut Stream, number: u64, offset: u64, block: &[u8]) {
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
        object(
            &mut stream,
            number,
            19 | 17 << 32,
            &znode(0o100_600, bytes),
            bytes,
        );
        for (block, at) in content(number).chunks(BLOCK_BYTES as usize).zip(0..) {
            write(&mut stream, number, at * BLOCK_BYTES, block);
        }
    }
    stream.end();
    stream.bytes
}

#[test]
fn of_a_large_object_only_what_is_wanted_is_fetched() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("files-parts").through(&proxy);
    let stream = made();
    let parts: Vec<&[u8]> = stream.chunks(16 << 20).collect();
    let key = z3.snapshot_key("snap");
    z3.bucket.put_multipart(&key, &parts, &[("isfull", "true")]);
    let run = |arguments: &[&str], most_bytes: u64| {
        let before = proxy.count("GET", "snap");
        let ended = z3.z3(arguments.iter().copied()).run().expect_ok();
        let asked = proxy.asked_bytes("snap", before);
        assert!(asked <= most_bytes, "{arguments:?}: {asked}");
        ended
    };
    let listed = run(&["ls", "snap"], 4 << 20);
    assert_eq!(listed.text().lines().count() as u64, FILES);
    let last = FIRST + FILES - 1;
    let wanted = content(last);
    let path = format!("/f{last}");
    assert!(run(&["cat", "snap", &path], 16 << 20).stdout == wanted);
    let line = run(&["ls", "-l", "snap", &path], 16 << 20);
    assert!(line.text().starts_with("-rw-------   1"), "{}", line.text());
    let to = z3.dir().join("to");
    run(
        &["extract", "--to", to.to_str().unwrap(), "snap", &path],
        16 << 20,
    );
    assert!(std::fs::read(to.join(format!("f{last}"))).unwrap() == wanted);
    // A file gives the same, and what is damaged elsewhere is not in the way.
    let mut damaged = stream;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    z3.file("stream", &damaged);
    let file = z3.dir().join("stream");
    let from = ["cat", "--stream", file.to_str().unwrap(), &path];
    assert!(z3.z3(from).run().expect_ok().stdout == wanted);
    let told = z3
        .z3(["ls", "-lR", "--stream", file.to_str().unwrap()])
        .run();
    let told = told.expect_status(1).stderr;
    assert!(told.contains("send stream: at byte"), "{told}");
}

/// Small files that lie together cost little more than one of them.
#[test]
fn neighbours_are_found_in_what_was_read_for_the_first() {
    let proxy = Proxy::to(Server::Rgw.endpoint());
    let z3 = Z3::new("files-near").through(&proxy);
    let (big, small) = (FIRST + 40, FIRST + 240);
    let mut stream = Stream::begun();
    object(&mut stream, 1, 21, &[], 512);
    write(&mut stream, 1, 0, &names(&[("ROOT".to_owned(), 4)]));
    let entries: Vec<(String, u64)> = (big..small).map(|it| (format!("f{it}"), it)).collect();
    object(&mut stream, 4, 20 | 17 << 32, &znode(0o040_755, 200), 16384);
    write(&mut stream, 4, 0, &names(&entries));
    for number in FIRST..small + 40 {
        let is_small = (big..small).contains(&number);
        let (blocks, block_bytes) = if is_small { (1, 512) } else { (8, 128 << 10) };
        let bytes = blocks * block_bytes;
        object(
            &mut stream,
            number,
            19 | 17 << 32,
            &znode(0o100_600, bytes),
            bytes,
        );
        for block in 0..blocks {
            write(
                &mut stream,
                number,
                block * block_bytes,
                &noise(block_bytes as usize, number),
            );
        }
    }
    stream.end();
    let parts: Vec<&[u8]> = stream.bytes.chunks(16 << 20).collect();
    z3.bucket
        .put_multipart(&z3.snapshot_key("snap"), &parts, &[("isfull", "true")]);
    let asked = |arguments: &[&str]| {
        let before = proxy.count("GET", "snap");
        let lines = z3
            .z3(arguments.iter().copied())
            .run()
            .expect_ok()
            .text()
            .lines()
            .count();
        (lines, proxy.asked_bytes("snap", before))
    };
    let (_, one) = asked(&["ls", "-l", "snap", "/f100"]);
    let (lines, all) = asked(&["ls", "-l", "snap", "/"]);
    assert_eq!(lines, 200);
    assert!(all < one + (4 << 20), "{all} for all, {one} for one");
}
