//! One file out of a large object: how much of it is asked for.

use crate::support::file_system::{FILES, FIRST, content, file, made, names, object, write, znode};
use crate::support::stream::Stream;
use crate::support::{Proxy, Server, Z3, noise};

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
        file(&mut stream, number, bytes);
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
