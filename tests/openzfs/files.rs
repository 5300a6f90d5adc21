//! `z3 ls`, `cat` and `extract` of what OpenZFS sends: compared with the datasets when the snapshots were made.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{XattrFlags, getxattr, setxattr};

use crate::support::{Dataset, Z3, noise, prose, tree};

/// Everything that files can be.
fn fill(top: &Path, dataset: &Dataset) {
    dataset
        .write("d/text", &prose(3_000_000, 1))
        .write("d/sub/empty", b"");
    for number in 0..700 {
        let name = format!("many/a-name-that-is-too-long-for-a-directory-of-one-block-{number}");
        dataset.write(&name, &noise(number % 90, number as u64));
    }
    dataset
        .write("tiny", &[b'x'; 90])
        .write("noise", &noise(400_000, 2));
    let sparse = fs::File::create(top.join("sparse")).unwrap();
    sparse.write_all_at(&noise(3000, 3), 0).unwrap();
    sparse.write_all_at(&noise(3000, 4), 5_000_000).unwrap();
    symlink("text", top.join("d/short")).unwrap();
    symlink("x/".repeat(400), top.join("d/long")).unwrap();
    fs::hard_link(top.join("d/text"), top.join("same")).unwrap();
    fs::set_permissions(top.join("tiny"), fs::Permissions::from_mode(0o6711)).unwrap();
    let set = |name: &str, value: &[u8]| {
        setxattr(top.join("tiny"), name, value, XattrFlags::empty()).unwrap();
    };
    set("user.small", b"value");
    set("user.large", &noise(3000, 5));
}

/// A file changed in its middle, shortened, gone, replaced, renamed, grown.
fn change(top: &Path) {
    let open = |name: &str| OpenOptions::new().write(true).open(top.join(name)).unwrap();
    open("d/text")
        .write_all_at(&noise(1000, 6), 1_400_000)
        .unwrap();
    open("sparse").set_len(4_700_000).unwrap();
    fs::remove_file(top.join("noise")).unwrap();
    fs::write(top.join("new"), prose(200_000, 7)).unwrap();
    fs::rename(top.join("d/sub"), top.join("moved")).unwrap();
    for number in (0..700).step_by(3) {
        let name = format!("many/a-name-that-is-too-long-for-a-directory-of-one-block-{number}");
        fs::remove_file(top.join(name)).unwrap();
    }
}

/// What is extracted is what was there when the snapshot was made.
fn compare(z3: &Z3, snapshot: &str, wanted: &BTreeMap<PathBuf, String>) {
    let to = Dataset::named(format!("{}-to", z3.dataset.name));
    to.create();
    let below = to.path().join("x");
    let to_text = below.to_str().unwrap();
    let arguments = ["extract", "--setuid", "--to", to_text, snapshot, "/"];
    let run = z3.z3(arguments).env("PATH", "/nonexistent");
    let ended = run.run().expect_ok();
    assert_eq!((ended.text(), &ended.stderr[..]), ("", ""));
    let got = tree(&below);
    let differs = |(path, line): &(&PathBuf, &String)| got.get(*path) != Some(*line);
    let different: Vec<_> = wanted.iter().filter(differs).collect();
    assert!(different.is_empty(), "{different:?}");
    assert_eq!(got.len(), wanted.len());
    for (name, value) in [
        ("user.small", b"value".to_vec()),
        ("user.large", noise(3000, 5)),
    ] {
        let mut there = vec![0; 4096];
        let count = getxattr(below.join("tiny"), name, &mut there[..]).unwrap();
        assert!(there[..count] == value, "{name}");
    }
    let blocks = fs::metadata(below.join("sparse")).unwrap().blocks();
    // Its two blocks of data have up to 1 MiB, which a pool without compression keeps whole.
    assert!(blocks * 512 < 3_000_000, "it has holes");
    to.destroy();
}

fn comes_back(test: &str, options: &[&str], flags: &str) {
    let z3 = Z3::new(test);
    let options: Vec<&str> = options.iter().flat_map(|option| ["-o", option]).collect();
    z3.create(&options);
    let top = z3.dataset.path();
    fill(&top, &z3.dataset);
    z3.dataset.snapshot("a");
    let a = tree(&top);
    change(&top);
    z3.dataset.snapshot("b");
    let b = tree(&top);
    let backup = z3.z3(["backup", "--compressor", "none", "--send-flags", flags]);
    backup.run().expect_ok();
    compare(&z3, "a", &a);
    compare(&z3, "b", &b);
}

#[test]
fn plain_streams() {
    comes_back("files-plain", &["compression=off", "xattr=sa"], "");
    comes_back(
        "files-dirxattr",
        &["compression=on", "xattr=on", "recordsize=16k"],
        "",
    );
}

#[test]
fn packed_streams() {
    let large = ["recordsize=1M", "dnodesize=auto", "xattr=sa"];
    for compression in ["zstd", "lz4", "gzip-6"] {
        let compression = format!("compression={compression}");
        comes_back(
            "files-packed",
            &[&compression, large[0], large[1], large[2]],
            "Lc",
        );
    }
    for compression in ["compression=lzjb", "compression=zle"] {
        comes_back("files-packed", &[compression, "recordsize=8k"], "c");
    }
}

#[test]
fn names_that_are_folded_and_small_records() {
    let folded = ["casesensitivity=insensitive", "normalization=formD"];
    comes_back("files-folded", &folded, "");
    comes_back("files-small", &["recordsize=512", "compression=lz4"], "c");
}
