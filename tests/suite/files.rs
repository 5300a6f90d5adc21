//! `z3 ls`, `cat` and `extract`: files out of stored streams, compared with the mounted dataset.

pub mod damaged;
mod parts;
mod salvage;
mod trouble;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Run, Z3, noise, prose, tree};

/// A dataset with everything that files can be, and what it looked like when each snapshot was made.
struct Scene {
    z3: Z3,
    a: BTreeMap<PathBuf, String>,
    b: BTreeMap<PathBuf, String>,
}

impl Scene {
    fn new(test: &str, compressor: &str) -> Self {
        let z3 = Z3::new(test);
        let dataset = &z3.dataset;
        dataset.create();
        let top = dataset.path();
        let text = prose(300_000, 1);
        dataset
            .write("d/text", &text)
            .write("d/sub/deep/empty", b"");
        for number in 0..300 {
            let name =
                format!("many/a-name-that-is-too-long-for-a-directory-of-one-block-{number}");
            dataset.write(&name, &noise(number, number as u64));
        }
        dataset
            .write("gone", &noise(5000, 2))
            .write("odd \u{e4} name\n", b"odd");
        sparse(&top.join("sparse"));
        symlink("text", top.join("d/short")).unwrap();
        symlink("x/".repeat(150), top.join("d/long")).unwrap();
        fs::hard_link(top.join("d/text"), top.join("same")).unwrap();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(top.join("pipe"))
                .status()
                .unwrap()
                .success()
        );
        fs::set_permissions(top.join("gone"), fs::Permissions::from_mode(0o4711)).unwrap();
        chown(top.join("sparse"), Some(1234), Some(5678)).unwrap();
        dataset.snapshot("a");
        let a = tree(&top);
        Self::change(&top);
        dataset.snapshot("b");
        let b = tree(&top);
        z3.z3(["backup", "--compressor", compressor])
            .run()
            .expect_ok();
        dataset.destroy();
        Self { z3, a, b }
    }

    /// A file changed in its middle, shortened, gone, replaced, renamed.
    fn change(top: &Path) {
        use std::os::unix::fs::FileExt;
        let open = |name: &str| {
            fs::OpenOptions::new()
                .write(true)
                .open(top.join(name))
                .unwrap()
        };
        open("d/text")
            .write_all_at(&noise(1000, 3), 140_000)
            .unwrap();
        open("sparse").set_len(700_000).unwrap();
        fs::remove_file(top.join("gone")).unwrap();
        fs::write(top.join("new"), noise(200_000, 4)).unwrap();
        fs::rename(top.join("d/sub"), top.join("moved")).unwrap();
        for number in (0..300).step_by(3) {
            let name =
                format!("many/a-name-that-is-too-long-for-a-directory-of-one-block-{number}");
            fs::remove_file(top.join(name)).unwrap();
        }
    }

    /// It runs where there is no zfs.
    fn z3(&self, arguments: &[&str]) -> Run {
        let run = self.z3.z3(arguments.iter().copied());
        run.env("PATH", "/nonexistent")
    }

    fn expect_extracted(&self, snapshot: &str, wanted: &BTreeMap<PathBuf, String>) {
        let to = self.z3.dir().join(format!("to-{snapshot}"));
        let to_text = to.to_str().unwrap();
        let arguments = ["extract", "--setuid", "--to", to_text, snapshot, "/"];
        let ended = self.z3(&arguments).run().expect_ok();
        assert_eq!((ended.text(), &ended.stderr[..]), ("", ""));
        assert_eq!(&tree(&to), wanted, "{snapshot}");
        let facts = |name: &str| fs::metadata(to.join(name)).unwrap();
        assert_eq!(facts("same").ino(), facts("d/text").ino());
        assert!(facts("sparse").blocks() * 512 < 400_000, "it has holes");
    }
}

/// Some data, a hole, some more.
fn sparse(path: &Path) {
    use std::os::unix::fs::FileExt;
    let file = fs::File::create(path).unwrap();
    file.write_all_at(&noise(3000, 5), 0).unwrap();
    file.write_all_at(&noise(3000, 6), 900_000).unwrap();
}

#[test]
fn a_tree_comes_back_as_it_was_without_zfs() {
    for compressor in ["pigz1", "none"] {
        let scene = Scene::new("files-tree", compressor);
        scene.expect_extracted("a", &scene.a);
        scene.expect_extracted("b", &scene.b);
    }
}

#[test]
fn names_and_single_files_come_back() {
    let scene = Scene::new("files-names", "zstd3");
    let listed = |arguments: &[&str]| scene.z3(arguments).run().expect_ok().text().to_owned();
    assert_eq!(
        listed(&["ls", "a"]),
        "d\ngone\nmany\nodd \u{e4} name?\npipe\nsame\nsparse\n"
    );
    assert_eq!(listed(&["ls", "b", "/d"]), "long\nshort\ntext\n");
    assert_eq!(
        listed(&["ls", "b", "moved/deep/empty"]),
        "/moved/deep/empty\n"
    );
    let all = listed(&["ls", "-R", "b"]);
    assert_eq!(
        all.lines().count(),
        scene.b.len() + 1,
        "and the top directory"
    );
    let long = listed(&["ls", "-l", "a"]);
    let line = |name: &str| {
        let line = long.lines().find(|line| line.ends_with(name)).unwrap();
        Vec::from_iter(line.split_whitespace().take(5).map(str::to_owned)).join(" ")
    };
    assert_eq!(line(" gone"), "-rws--x--x 1 0 0 5000");
    assert_eq!(line(" sparse"), "-rw-r--r-- 1 1234 5678 903000");
    assert_eq!(line(" pipe").get(..11), Some("prw-r--r-- "));
    // Changed in its middle by the increment, and put together.
    let mut text = prose(300_000, 1);
    assert_eq!(
        scene.z3(&["cat", "a", "/d/text"]).run().expect_ok().stdout,
        text
    );
    text[140_000..141_000].copy_from_slice(&noise(1000, 3));
    assert_eq!(
        scene.z3(&["cat", "b", "same"]).run().expect_ok().stdout,
        text
    );
    assert_eq!(listed(&["ls", "--at", "2099-01-01"]), listed(&["ls", "b"]));
    let dated = ["cat", "--at", "0d", "same"];
    assert_eq!(scene.z3(&dated).run().expect_ok().stdout, text);
    let none = scene
        .z3(&["ls", "--at", "2001-01-01"])
        .run()
        .expect_status(1);
    assert!(none.stderr.contains("is of 2001-01-01T23:59:59Z or older"));
    let left = fs::read_dir(scene.z3.dir().join("tmp")).unwrap().count();
    assert_eq!(left, 0, "no temporary file has a name");
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let scene = Scene::new("files-refused", "none");
    let refused = |arguments: &[&str], status: i32| {
        let ended = scene.z3(arguments).run().expect_status(status);
        assert_eq!(ended.text(), "");
        ended.stderr.lines().next().unwrap_or_default().to_owned()
    };
    let name = &scene.z3.dataset.name;
    let none = format!("z3: find /nosuch in {name}@a: there is no such file");
    assert_eq!(refused(&["cat", "a", "/nosuch"], 1), none);
    assert_eq!(
        refused(&["cat", "a", "/d"], 1),
        "z3: /d is no file: it is a directory"
    );
    assert!(refused(&["ls", "nosuch"], 1).contains("nosuch"));
    assert_eq!(
        refused(&["ls"], 2),
        "z3: ls needs a SNAPSHOT, --at TIME or --stream FILE"
    );
    assert!(refused(&["cat", "a"], 2).contains("needs the PATH of a file"));
    assert!(
        refused(&["extract", "--to", "/nonexistent/x", "a", "/"], 1).contains("/nonexistent/x")
    );
    // A damaged object gives nothing, and leaves nothing.
    let key = scene.z3.snapshot_key("b");
    let (mut bytes, head) = (
        scene.z3.bucket.get(&key),
        scene.z3.bucket.head(&key).unwrap(),
    );
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let metadata = Vec::from_iter(head.metadata.iter().map(|(k, v)| (&k[..], &v[..])));
    scene.z3.bucket.put(&key, &bytes, &metadata);
    let to = scene.z3.dir().join("to");
    let told = refused(&["extract", "--to", to.to_str().unwrap(), "b", "/"], 1);
    assert!(told.contains("send stream: at byte"), "{told}");
    assert!(!to.exists());
}

/// Streams that OpenZFS has sent; here and not on the disk, as a machine that runs these tests may have no project.
const STREAMS: [(&str, &[u8]); 6] = [
    (
        "plain-full-s1",
        include_bytes!("../data/zfs-streams/plain-full-s1.zfs"),
    ),
    (
        "lz4-full-ce-s1",
        include_bytes!("../data/zfs-streams/lz4-full-ce-s1.zfs"),
    ),
    (
        "plain-incr-s1-s2",
        include_bytes!("../data/zfs-streams/plain-incr-s1-s2.zfs"),
    ),
    (
        "plain-props-s2",
        include_bytes!("../data/zfs-streams/plain-props-s2.zfs"),
    ),
    (
        "enc-full-w-s1",
        include_bytes!("../data/zfs-streams/enc-full-w-s1.zfs"),
    ),
    (
        "spill-lost-2.3.9",
        include_bytes!("../data/zfs-streams/spill-lost-2.3.9.zfs"),
    ),
];

#[test]
fn streams_in_files_need_no_settings() {
    let z3 = Z3::new("files-streams");
    for (name, stream) in STREAMS {
        z3.file(name, stream);
    }
    let run = |command: &str, names: &[&str], rest: &[&str]| {
        let streams = names.iter().map(|name| z3.dir().join(name));
        let streams = streams.flat_map(|path| ["--stream".into(), path.into_os_string()]);
        let run = Run::program("z3").args([command]).args(streams);
        run.args(rest.iter().copied()).run()
    };
    let chain = ["plain-full-s1", "plain-incr-s1-s2"];
    let listed = run("ls", &chain, &["-R", "/dir2"]).expect_ok();
    assert_eq!(
        listed.text(),
        "/dir2\n/dir2/tiny1\n/dir2/tiny2\n/dir2/tiny4\n/dir2/tiny5\n"
    );
    assert_eq!(
        run("cat", &chain, &["/new2"]).expect_ok().stdout.len(),
        40_000
    );
    let raw = run("ls", &["enc-full-w-s1"], &[]).expect_status(1);
    assert!(raw.stderr.contains("raw stream of an encrypted dataset"));
    let package = run("ls", &["plain-props-s2"], &[]).expect_status(1);
    assert!(package.stderr.contains("a package of streams"));
    // The user attribute that zfs receive would drop.
    let to = z3.dir().join("to");
    let arguments = ["--to", to.to_str().unwrap(), "/"];
    run("extract", &["spill-lost-2.3.9"], &arguments).expect_ok();
    assert_eq!(
        fs::read_link(to.join("longlink"))
            .unwrap()
            .as_os_str()
            .len(),
        1000
    );
}
