//! `z3 verify --stream`: a stream dump whose exit status can be trusted.

use crate::support::zfs::zfs;
use crate::support::{Dataset, Run, Z3, noise};

/// No settings, no bucket, no home.
fn verify(arguments: &[&str]) -> Run {
    Run::program("z3")
        .args(["verify", "--stream"])
        .args(arguments.iter().copied())
}

#[test]
fn whole_streams_pass_and_others_do_not() {
    let z3 = Z3::new("verify-stream");
    let set = &z3.dataset;
    set.create().write("a", &noise(100_000, 1)).snapshot("1");
    set.write("b", &noise(50_000, 2)).snapshot("2");
    let (full, increment) = (set.send(None, "1"), set.send(Some("1"), "2"));
    let text = |bytes: &[u8]| {
        verify(&["-"])
            .stdin(bytes.to_vec())
            .run()
            .expect_ok()
            .text()
            .to_owned()
    };
    let told = text(&full);
    let name = &set.name;
    assert!(
        told.starts_with(&format!(
            "standard input: a whole stream\nsnapshot  {name}@1\n"
        )),
        "{told}"
    );
    assert!(
        told.contains(&format!("\nguid      {}\ntype      full\n", set.guid("1"))),
        "{told}"
    );
    assert!(
        told.contains(&format!("\nlength    {} bytes\n", full.len())),
        "{told}"
    );
    let told = text(&increment);
    assert!(
        told.contains(&format!(
            "\ntype      incremental, from guid {}\n",
            set.guid("1")
        )),
        "{told}"
    );

    let file = z3.file("stream", &increment).display().to_string();
    let ended = verify(&[&file, "--json"]).run().expect_ok();
    let document = ended.one("stream");
    assert_eq!(document["verdict"], "ok");
    assert_eq!(document["toguid"], set.guid("2"));
    assert_eq!(document["fromguid"], set.guid("1"));

    let mut flipped = full.clone();
    flipped[60_000] ^= 1;
    for (bytes, words) in [
        (
            full[..70_001].to_vec(),
            "at byte 70001: the stream ends inside",
        ),
        (
            full[..full.len() - 312].to_vec(),
            "the stream ends without its END record",
        ),
        // Of the record behind it, where records have checksums of their own; in old streams of END alone.
        (flipped, " record does not match, the damage lies between"),
        ([&full[..], b"x"].concat(), "data follows the END record"),
        (b"".to_vec(), "at byte 0: the stream is empty"),
        (b"echo foo\n".to_vec(), "this is no zfs send stream"),
    ] {
        let file = z3.file("bad", &bytes).display().to_string();
        let ended = verify(&[&file]).run().expect_status(1);
        assert_eq!(ended.text(), "");
        assert!(
            ended
                .stderr
                .starts_with(&format!("z3: {file}: send stream: at byte ")),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    // What cannot be read may be good.
    for (file, words) in [
        (
            "/nosuch/file",
            "open /nosuch/file: no such file or directory",
        ),
        ("/", "/: read: is a directory"),
    ] {
        let ended = verify(&[file]).run().expect_status(3);
        assert_eq!(ended.stderr, format!("z3: {words}\n"));
    }
    verify(&["-", "snapshot"]).run().expect_status(2);
    verify(&["-", "--level", "data"]).run().expect_status(2);
}

/// What zfs-fuse makes of a child that lacks the snapshot: a package that is formally complete, and exit status 1. OpenZFS
/// sends nothing.
#[test]
fn a_package_that_lacks_a_child_is_refused() {
    let z3 = Z3::new("verify-package");
    let name = &z3.dataset.name;
    z3.dataset.create().write("a", &noise(50_000, 1));
    zfs(&["create", &format!("{name}/child")]);
    zfs(&["snapshot", &format!("{name}@only")]);
    let send = |snapshot: &str| z3.shell(&format!("zfs send -R {name}@{snapshot}")).run();
    let package = send("only").expect_status(1);
    let words = match package.stdout.is_empty() {
        true => "the stream is empty".to_owned(),
        false => format!("{name}/child@only did not exist when the package was made"),
    };
    let ended = verify(&["-"]).stdin(package.stdout).run().expect_status(1);
    assert!(ended.stderr.contains(&words), "{}", ended.stderr);
    zfs(&["snapshot", "-r", &format!("{name}@both")]);
    let package = send("both").expect_ok().stdout;
    let ended = verify(&["-"]).stdin(package).run().expect_ok();
    assert!(
        ended.text().contains("\npackage   of 3 streams\n"),
        "{}",
        ended.text()
    );
}

#[test]
fn packages_of_every_kind_pass() {
    let z3 = Z3::new("verify-packages");
    let name = &z3.dataset.name;
    z3.dataset.create().write("a", &noise(50_000, 1));
    zfs(&["create", &format!("{name}/child")]);
    zfs(&["snapshot", "-r", &format!("{name}@1")]);
    zfs(&["create", &format!("{name}/later")]);
    let clone = format!("{name}/clone");
    zfs(&["clone", &format!("{name}/child@1"), &clone]);
    z3.dataset.write("b", &noise(50_000, 2));
    zfs(&["snapshot", "-r", &format!("{name}@2")]);
    zfs(&["snapshot", "-r", &format!("{name}@3")]);
    for (flags, streams) in [
        (format!("-p {name}@1"), 1),
        (format!("-R {name}@3"), 10),
        (format!("-R -i {name}@1 {name}@3"), 4),
        (format!("-R -I {name}@1 {name}@3"), 8),
        (format!("-I {name}@1 {name}@3"), 2),
        (format!("-p -i {name}@1 {name}@3"), 1),
    ] {
        let package = z3.shell(&format!("zfs send {flags}")).run().expect_ok();
        let ended = verify(&["-", "--json"]).stdin(package.stdout).run();
        let ended = ended.expect_ok();
        let told = ended.one("stream");
        assert_eq!(told["package_streams"], streams, "{flags}");
    }
    Dataset::named(clone).destroy();
}

#[test]
fn a_file_that_cannot_be_read_is_a_line_too() {
    for (file, problem) in [
        ("/nosuch", "open /nosuch: no such file or directory"),
        ("/", "/: read: is a directory"),
    ] {
        let ended = verify(&[file, "--json"]).run().expect_status(3);
        let told = ended.one("stream");
        assert_eq!(told["verdict"], "unread");
        assert_eq!(told["problem"], problem);
        assert_eq!(ended.stderr, format!("z3: {problem}\n"));
    }
}
