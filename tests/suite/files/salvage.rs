//! `--salvage`: what is left of damaged streams, and that nothing is given out for whole that is not.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::damaged::{Corner, is_honest, members, overwritten, records, sample};
use crate::support::file_system;
use crate::support::{Server, Z3, noise, share};

#[test]
fn whatever_record_is_overwritten_each_file_is_right_or_named() {
    let chain = ["plain-full-s1", "plain-incr-s1-s2"].map(sample);
    let corner = Corner::new("salvage-each", &[&chain[0], &chain[1]]);
    let (truth, ended) = corner.extracted("truth");
    assert!(truth.len() > 7 && ended.expect_ok().text().is_empty());
    let (mut whole, mut partly, mut gone) = (0, 0, 0);
    for (place, stream) in chain.iter().enumerate() {
        for record in share(2, records(stream).iter().skip(1)) {
            let mut damaged = stream.clone();
            // In the payload, if there is one.
            let at = (record.at + 312).min(record.end - 48);
            damaged[at..at + 48].copy_from_slice(&noise(48, 7));
            fs::write(&corner.streams[place], &damaged).unwrap();
            let (left, ended) = corner.extracted("left");
            match ended.status.code() {
                Some(0) => whole += 1,
                Some(3) => partly += 1,
                _ => {
                    // The tables that say where everything is, and BEGIN.
                    assert!(record.object < 40, "{} {}", record.object, ended.stderr);
                    gone += 1;
                    continue;
                }
            }
            is_honest(&truth, &left, &ended);
            assert_eq!(
                ended.status.success(),
                left == truth && ended.text().is_empty()
            );
        }
        fs::write(&corner.streams[place], stream).unwrap();
    }
    assert!(partly > 10 && gone < partly, "{whole} {partly} {gone}");
}

#[test]
fn of_a_stream_that_is_cut_off_what_is_there_is_given() {
    let chain = ["plain-full-s1", "plain-incr-s1-s2"].map(sample);
    let corner = Corner::new("salvage-cut", &[&chain[0], &chain[1]]);
    let (truth, _) = corner.extracted("truth");
    for percent in [99, 80, 50, 20] {
        let end = chain[1].len() * percent / 100;
        fs::write(&corner.streams[1], &chain[1][..end]).unwrap();
        let (left, ended) = corner.extracted("left");
        is_honest(&truth, &left, &ended.expect_status(3));
    }
}

#[test]
fn a_wrong_bit_is_put_right_and_told_of() {
    let whole = sample("lz4-full-ce-s1");
    let corner = Corner::new("salvage-bit", &[&whole]);
    let wanted = corner.run("cat", &["/text"]).expect_ok().stdout;
    let listed = corner.run("ls", &["-lR"]).expect_ok().stdout;
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 4;
    fs::write(&corner.streams[0], damaged).unwrap();
    let refused = corner.run("cat", &["/text"]).expect_status(1).stderr;
    assert!(
        refused.contains("--salvage gives what is left"),
        "{refused}"
    );
    let given = corner.run("cat", &["--salvage", "/text"]).expect_ok();
    assert!(given.stdout == wanted);
    assert!(given.stderr.contains("put right: 1"), "{}", given.stderr);
    let again = corner.run("ls", &["-lR", "--salvage"]).expect_ok();
    assert!(again.stdout == listed);
}

/// A directory of several blocks that has lost one of them.
#[test]
fn a_directory_with_a_hole_has_the_other_names() {
    let z3 = Z3::new("salvage-directory");
    let stream = file_system::made();
    let damaged = overwritten(&stream, 4, 0, 64);
    let file = z3.file("stream", &damaged);
    let run = |arguments: &[&str]| {
        let arguments = arguments.iter().copied();
        z3.z3(arguments.chain(["--salvage", "--stream", file.to_str().unwrap()]))
            .run()
    };
    // The only block of the top directory is gone, and so are all names.
    let ended = run(&["ls"]).expect_status(3);
    assert_eq!(ended.text(), "");
    assert!(
        ended.stderr.contains("/: damaged: names in it"),
        "{}",
        ended.stderr
    );
}

fn stored(z3: &Z3, bytes: &[u8], metadata: &[(&str, &str)]) {
    let parts: Vec<&[u8]> = bytes.chunks(16 << 20).collect();
    z3.bucket
        .put_multipart(&z3.snapshot_key("snap"), &parts, metadata);
}

#[test]
fn a_large_object_in_the_bucket_is_read_past_its_damage() {
    let z3 = Z3::on(Server::Rgw, "salvage-large");
    let (stream, object) = (file_system::made(), 50);
    let path = format!("/f{object}");
    let damaged = overwritten(&stream, object, 3, 600);
    let junk = |at: usize, mut bytes: Vec<u8>| {
        bytes[at..at + 40].copy_from_slice(&noise(40, 9));
        bytes
    };
    let packed = members(&stream);
    let gzip = [("isfull", "true"), ("compressor", "pigz1")];
    for (bytes, metadata, is_named) in [
        (damaged, &gzip[..1], true),
        (junk(packed.len() / 2, packed), &gzip[..], false),
    ] {
        stored(&z3, &bytes, metadata);
        z3.z3(["ls", "-R", "snap"]).run().expect_status(1);
        let all = z3
            .z3(["ls", "-R", "--salvage", "snap"])
            .run()
            .expect_status(3);
        assert!(all.stderr.contains(": damaged: bytes "), "{}", all.stderr);
        // What is told of one of them may be lost.
        let named = all.stderr.matches(" is missing").count();
        assert_eq!(all.text().lines().count() + named, 91);
        let other = z3
            .z3(["cat", "--salvage", "snap", "/f94"])
            .run()
            .expect_ok();
        assert!(other.stdout == file_system::content(94));
        if is_named {
            let hit = z3.z3(["cat", "--salvage", "snap", &path]).run();
            let hit = hit.expect_status(3);
            assert!(
                hit.stderr
                    .contains(&format!("{path}: damaged: bytes 393216 to 655359")),
                "{}",
                hit.stderr
            );
            let wanted = file_system::content(object);
            assert!(hit.stdout[..393_216] == wanted[..393_216]);
            assert!(hit.stdout[655_360..] == wanted[655_360..]);
        }
    }
}

#[test]
fn what_can_be_read_from_its_beginning_only_is_given_up_to_the_damage() {
    let stream = sample("plain-full-s1");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&stream).unwrap();
    let mut packed = packed.finish().unwrap();
    let at = packed.len() * 2 / 3;
    packed[at..at + 20].copy_from_slice(&noise(20, 1));
    let corner = Corner::new("salvage-single", &[&packed]);
    let (left, ended) = corner.extracted("left");
    let ended = ended.expect_status(3);
    fs::write(&corner.streams[0], &stream).unwrap();
    let (truth, _) = corner.extracted("truth");
    assert!(!left.is_empty());
    is_honest(&truth, &left, &ended);
    let json = corner.run("ls", &["--json", "--salvage"]).expect_ok();
    assert!(
        json.text()
            .lines()
            .last()
            .unwrap()
            .contains(r#""exit_status":0"#)
    );
}

/// Whether each file of [`file_system::made`] that was extracted is right or named, and how many are right.
fn whole(to: &Path, table: &str) -> usize {
    let mut whole = 0;
    for number in file_system::FIRST..file_system::FIRST + file_system::FILES {
        match fs::read(to.join(format!("f{number}"))) {
            Ok(bytes) if bytes == file_system::content(number) => whole += 1,
            Ok(_) => assert!(table.contains(&format!("/f{number} ")), "{number}"),
            Err(_) => {}
        }
    }
    whole
}

#[test]
fn of_frames_of_zstd_no_more_is_lost_than_one_that_is_damaged() {
    let z3 = Z3::on(Server::Rgw, "salvage-zstd");
    let stream = file_system::made();
    let pieces = stream.chunks(8 << 20);
    let frames: Vec<Vec<u8>> = pieces
        .map(|it| z3.piped("zstd -1 -c", it.to_vec()))
        .collect();
    let metadata = [("isfull", "true"), ("compressor", "zstd1")];
    let damages: [fn(&mut Vec<u8>); 4] = [
        // The checksum, behind data that is right.
        |frame| *frame.last_mut().unwrap() ^= 1,
        |frame| {
            let middle = frame.len() / 2;
            frame[middle..middle + 40].copy_from_slice(&noise(40, 9));
        },
        |frame| frame.truncate(frame.len() / 2),
        |frame| frame[0] ^= 1,
    ];
    for (damage, least) in damages.into_iter().zip([88, 79, 79, 79]) {
        let mut damaged = frames.clone();
        damage(&mut damaged[3]);
        stored(&z3, &damaged.concat(), &metadata);
        z3.z3(["ls", "-R", "snap"]).run().expect_status(1);
        let to = z3.dir().join("to");
        let arguments = ["--to", to.to_str().unwrap(), "snap", "/"];
        let run = z3.z3(["extract", "--salvage"]).args(arguments);
        let ended = run.run().expect_status(3);
        let whole = whole(&to, ended.text());
        assert!((least..90).contains(&whole), "{whole}: {}", ended.stderr);
        fs::remove_dir_all(&to).unwrap();
    }
}

#[test]
fn only_for_what_is_damaged_there_is_advice_to_salvage_it() {
    let stream = sample("plain-full-s1");
    let advised = |stream: &[u8]| {
        let ended = Corner::new("salvage-advice", &[stream]).run("ls", &[]);
        ended.expect_status(1).stderr.contains("--salvage")
    };
    assert!(advised(&stream[..stream.len() / 2]));
    let mut packed = members(&stream);
    packed.truncate(packed.len() / 2);
    assert!(advised(&packed));
    for none in [&b"[main]\nBUCKET=b\n"[..], b""] {
        assert!(!advised(none));
    }
}

#[test]
fn what_can_be_read_once_only_gives_names_and_says_why_no_contents() {
    let z3 = Z3::new("files-pipe");
    let piped = |command: &str| {
        let shell = format!("z3 {command} 2>&1; true");
        let told = z3.piped(&shell, sample("plain-full-s1"));
        String::from_utf8(told).unwrap()
    };
    assert!(piped("ls --stream /dev/stdin").contains("text\n"));
    let told = piped("cat --stream /dev/stdin /text");
    assert!(told.contains("can be read once only"), "{told}");
    let told = piped("ls --salvage --stream /nonexistent/s");
    assert!(told.starts_with("z3: /nonexistent/s: open: "), "{told}");
}
