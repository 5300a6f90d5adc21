//! Hostile trees: everything that somebody could put into a stream, each checksum of which is right.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::chain::StreamLink;
use crate::files::build::{FILE, Pool, ROOT, ZNODE, znode};

/// A directory to write into, and one beside it that must stay as it is.
struct Scene {
    top: TempDir,
    chain: StreamChain<'static>,
    tree: Tree,
}

impl Scene {
    fn new(pool: Pool) -> Self {
        let stream = pool.end();
        let links = vec![StreamLink {
            name: "made up".to_owned(),
            stored_bytes: None,
            parts: None,
            open: Box::new(move || Ok(Box::new(Cursor::new(stream.clone())))),
        }];
        let chain = StreamChain {
            links,
            damage: None,
        };
        let tree = Tree::read(&chain, 1 << 24).unwrap();
        let top = tempfile::tempdir().unwrap();
        fs::create_dir(top.path().join("outside")).unwrap();
        fs::create_dir(top.path().join("to")).unwrap();
        Self { top, chain, tree }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// Extracts it: what was told, and how it ended. Nothing has come into the other directory, and nothing is left over.
    fn extract(&self, paths: &[&str], force: bool, setuid: bool) -> (Vec<String>, Result<()>) {
        let to = self.path("to");
        let request = Request {
            to: &to,
            force,
            setuid,
        };
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let mut told = Vec::new();
        let outcome = run(&self.chain, &self.tree, &paths, request, &mut |node| {
            told.push(node.shown());
            Ok(())
        });
        assert_eq!(names(&self.path("outside")), [""; 0]);
        assert!(names(&to).iter().all(|name| !name.starts_with(".z3")));
        (told, outcome)
    }
}

fn names(directory: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn simple() -> Scene {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"d", 5), (b"e", 8)]);
    pool.directory(5, &[(b"a", 6), (b"l", 7), (b"same", 6)]);
    pool.file(6, 0o100_640, b"hello");
    pool.link(7, b"../../outside");
    pool.file(8, 0o100_600, b"");
    Scene::new(pool)
}

#[test]
fn files_have_their_content_mode_time_and_names() {
    let scene = simple();
    let (told, outcome) = scene.extract(&["/d"], false, false);
    outcome.unwrap();
    assert_eq!(told, ["/d", "/d/a", "/d/l", "/d/same"]);
    let file = scene.path("to/d/a");
    assert_eq!(fs::read(&file).unwrap(), b"hello");
    let facts = fs::metadata(&file).unwrap();
    assert_eq!(
        (facts.mode() & 0o7777, facts.mtime()),
        (0o640, 1_000_000_000)
    );
    assert_eq!(
        facts.ino(),
        fs::metadata(scene.path("to/d/same")).unwrap().ino()
    );
    let target = fs::read_link(scene.path("to/d/l")).unwrap();
    assert_eq!(target.to_str(), Some("../../outside"));
    let directory = fs::metadata(scene.path("to/d")).unwrap();
    assert_eq!(
        (directory.mode() & 0o7777, directory.mtime()),
        (0o755, 1_000_000_000)
    );
    assert_eq!(names(&scene.path("to")), ["d"]);
}

#[test]
fn a_file_brings_the_directories_above_it_and_overlapping_paths_are_one() {
    let scene = simple();
    let (told, outcome) = scene.extract(&["/d/same", "/e", "/d/a", "d//a"], false, false);
    outcome.unwrap();
    assert_eq!(told, ["/d/a", "/d/same", "/e"]);
    assert_eq!(
        fs::metadata(scene.path("to/d")).unwrap().mtime(),
        1_000_000_000
    );
    let (_, again) = scene.extract(&["/"], false, false);
    assert!(
        again
            .unwrap_err()
            .to_string()
            .ends_with("to/d/a is there already")
    );
}

#[test]
fn nothing_is_replaced_unless_that_is_asked_for() {
    let scene = simple();
    fs::create_dir(scene.path("to/d")).unwrap();
    fs::write(scene.path("to/d/a"), "mine").unwrap();
    let (told, outcome) = scene.extract(&["/"], false, false);
    assert_eq!(
        outcome.unwrap_err().advice().map(|it| &it[..7]),
        Some("--force")
    );
    assert!(told.is_empty());
    assert_eq!(names(&scene.path("to/d")), ["a"]);
    assert_eq!(fs::read(scene.path("to/d/a")).unwrap(), b"mine");
    scene.extract(&["/"], true, false).1.unwrap();
    assert_eq!(fs::read(scene.path("to/d/a")).unwrap(), b"hello");
    // A directory is nobody's to replace with a file.
    fs::remove_file(scene.path("to/e")).unwrap();
    fs::create_dir(scene.path("to/e")).unwrap();
    let (_, outcome) = scene.extract(&["/"], true, false);
    assert!(matches!(outcome, Err(Error::Partly(_))));
    assert!(scene.path("to/e").is_dir());
}

#[test]
fn what_a_killed_run_has_left_is_cleared_away() {
    let scene = simple();
    // No process can have this number.
    let left = scene.path("to/.z3-extract-4294967290");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("5"), "half").unwrap();
    scene.extract(&["/"], false, false).1.unwrap();
    assert_eq!(names(&scene.path("to")), ["d", "e"]);
}

#[test]
fn links_that_lie_there_are_not_followed() {
    let scene = simple();
    symlink(scene.path("outside"), scene.path("to/d")).unwrap();
    let (_, outcome) = scene.extract(&["/"], false, false);
    assert!(
        outcome
            .unwrap_err()
            .to_string()
            .ends_with("to/d is there already")
    );
    // With --force a directory takes its place.
    scene.extract(&["/"], true, false).1.unwrap();
    assert!(!scene.path("to/d").is_symlink());
    fs::remove_file(scene.path("to/d/a")).unwrap();
    fs::write(scene.path("mine"), "mine").unwrap();
    symlink(scene.path("mine"), scene.path("to/d/a")).unwrap();
    scene.extract(&["/"], true, false).1.unwrap();
    assert!(!scene.path("to/d/a").is_symlink());
    assert_eq!(fs::read(scene.path("mine")).unwrap(), b"mine");
}

#[test]
fn a_link_in_the_stream_is_no_directory_for_what_comes_behind_it() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"a", 5), (b"a", 6)]);
    pool.link(5, b"../outside");
    pool.directory(6, &[(b"x", 7)]);
    pool.file(7, 0o100_644, b"x");
    let scene = Scene::new(pool);
    for force in [false, true] {
        let (_, _) = scene.extract(&["/"], force, false);
    }
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"..", 6), (b"../outside/x", 7), (b"/x", 7)]);
    pool.directory(6, &[(b"outside", 7)]);
    pool.file(7, 0o100_644, b"x");
    let scene = Scene::new(pool);
    let (told, outcome) = scene.extract(&["/"], true, false);
    assert!(matches!(outcome, Err(Error::Partly(_))));
    assert!(told.is_empty() && names(&scene.path("to")).is_empty());
    // Nor if somebody asks for them.
    for path in ["/..", "/../outside", "/../outside/x", "/d/../x"] {
        let (told, outcome) = scene.extract(&[path], true, false);
        let text = outcome.unwrap_err().to_string();
        assert!(told.is_empty() && text.starts_with("find /"), "{text}");
    }
}

#[test]
fn setuid_is_set_only_if_asked_for_and_devices_are_not_made() {
    let mut pool = Pool::new();
    let entries = [
        (&b"blk"[..], 7),
        (b"chr", 8),
        (b"dir", 9),
        (b"pipe", 10),
        (b"sock", 11),
        (b"su", 5),
    ];
    pool.directory(ROOT, &entries);
    pool.file(5, 0o106_755, b"x");
    for (number, mode) in [
        (7, 0o060_666),
        (8, 0o020_666),
        (10, 0o010_600),
        (11, 0o140_777),
    ] {
        pool.object(number, FILE, ZNODE, &znode(mode, 0));
    }
    pool.directory(9, &[]);
    let scene = Scene::new(pool);
    let (told, outcome) = scene.extract(&["/"], false, false);
    outcome.unwrap();
    assert_eq!(told, ["/dir", "/pipe", "/su"]);
    let mode = || {
        fs::metadata(scene.path("to/su"))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode() & 0o7777, 0o755);
    scene.extract(&["/"], true, true).1.unwrap();
    assert_eq!(mode() & 0o7777, 0o6755);
}

#[test]
fn lengths_and_offsets_are_believed_only_so_far() {
    let mut pool = Pool::new();
    pool.directory(ROOT, &[(b"huge", 5), (b"short", 6)]);
    pool.object(5, FILE, ZNODE, &znode(0o100_644, u64::MAX / 2 - 4096));
    pool.write(5, u64::MAX - 511, &[1; 512]);
    pool.object(6, FILE, ZNODE, &znode(0o100_644, 3));
    pool.write(6, 0, &[b'x'; 512]);
    pool.write(6, u64::MAX - 1023, &[b'y'; 512]);
    let scene = Scene::new(pool);
    scene.extract(&["/short"], false, false).1.unwrap();
    assert_eq!(fs::read(scene.path("to/short")).unwrap(), b"xxx");
    // Too long for any file system: it is left out, and the other one is not.
    fs::remove_file(scene.path("to/short")).unwrap();
    let (told, outcome) = scene.extract(&["/"], false, false);
    assert_eq!(told, ["/short"]);
    assert!(matches!(outcome, Err(Error::Partly(_))));
}
